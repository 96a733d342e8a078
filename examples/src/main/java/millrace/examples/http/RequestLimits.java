package millrace.examples.http;

/**
 * How much of a request head is read before it is refused.
 *
 * @param requestLineBytes the longest request line, without its line end
 * @param headerSectionBytes the sum of all field lines, with their line ends
 * @param headerFields the number of field lines
 */
record RequestLimits(int requestLineBytes, int headerSectionBytes, int headerFields) {
  /** RFC 9112, section 3, asks for at least 8000 bytes of request line. */
  static final RequestLimits DEFAULT = new RequestLimits(8192, 32 * 1024, 100);

  RequestLimits {
    if (requestLineBytes < 16 || headerSectionBytes < 16 || headerFields < 1) {
      throw new IllegalArgumentException(
          "limits too small: %d, %d, %d"
              .formatted(requestLineBytes, headerSectionBytes, headerFields));
    }
  }
}
