package millrace.examples.http;

/** Parses {@code method SP request-target SP HTTP-version} (RFC 9112, section 3), strictly. */
final class RequestLine {
  private static final int VERSION_BYTES = "HTTP/1.1".length();

  private RequestLine() {}

  /** Fills {@code request} from the line without its CR LF; null when the line is well-formed. */
  static Rejection parse(byte[] bytes, int from, int to, Request request) {
    int methodEnd = from;
    while (methodEnd < to && Ascii.isToken(bytes[methodEnd])) {
      methodEnd++;
    }
    if (methodEnd == from || methodEnd == to || bytes[methodEnd] != ' ') {
      return Rejection.MALFORMED_REQUEST_LINE;
    }
    int targetStart = methodEnd + 1;
    int targetEnd = targetStart;
    while (targetEnd < to && Ascii.isTarget(bytes[targetEnd])) {
      targetEnd++;
    }
    if (targetEnd == targetStart || targetEnd == to || bytes[targetEnd] != ' ') {
      return Rejection.MALFORMED_REQUEST_LINE;
    }
    Rejection rejection = parseVersion(bytes, targetEnd + 1, to, request);
    if (rejection != null) {
      return rejection;
    }
    request.method = Method.of(bytes, from, methodEnd);
    request.target = Ascii.text(bytes, targetStart, targetEnd);
    return null;
  }

  private static Rejection parseVersion(byte[] bytes, int from, int to, Request request) {
    if (to - from != VERSION_BYTES
        || !Ascii.equals(bytes, from, from + 5, "HTTP/")
        || !Ascii.isDigit(bytes[from + 5])
        || bytes[from + 6] != '.'
        || !Ascii.isDigit(bytes[from + 7])) {
      return Rejection.MALFORMED_REQUEST_LINE;
    }
    if (bytes[from + 5] != '1') {
      return Rejection.UNSUPPORTED_VERSION;
    }
    // RFC 9110, section 6.2: a higher minor version is served as the highest one that is known.
    request.minorVersion = Math.min(1, bytes[from + 7] - '0');
    return null;
  }
}
