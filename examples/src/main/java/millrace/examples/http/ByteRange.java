package millrace.examples.http;

/**
 * The one range of a representation that a Range field selects (RFC 9110, section 14).
 *
 * <p>Policy: several ranges in one request are answered with the whole representation, which
 * section 14.2 allows. It costs no {@code multipart/byteranges} and is no way to make the server
 * send more than it has: overlapping ranges have been used for that.
 *
 * @param first the position of the first byte
 * @param last the position of the last byte
 */
record ByteRange(long first, long last) {
  /** Range is to be ignored: send the whole representation. */
  static final ByteRange WHOLE = new ByteRange(0, -1);

  /** Nothing of the representation is in the range: 416. */
  static final ByteRange UNSATISFIABLE = new ByteRange(-1, -1);

  long lengthBytes() {
    return last - first + 1;
  }

  /** Never throws: what is not understood is {@link #WHOLE}. */
  static ByteRange parse(String value, long sizeBytes) {
    if (!value.regionMatches(true, 0, "bytes=", 0, 6) || value.indexOf(',') >= 0) {
      return WHOLE;
    }
    int from = 6;
    int to = value.length();
    while (from < to && isBlank(value.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(value.charAt(to - 1))) {
      to--;
    }
    int dash = value.indexOf('-', from);
    if (dash < 0 || dash >= to || !areDigits(value, from, dash)) {
      return WHOLE;
    }
    if (!areDigits(value, dash + 1, to) || (dash == from && dash + 1 == to)) {
      return WHOLE;
    }
    if (dash == from) {
      return suffix(number(value, dash + 1, to), sizeBytes);
    }
    long first = number(value, from, dash);
    long last = dash + 1 == to ? Long.MAX_VALUE : number(value, dash + 1, to);
    if (last < first) {
      return WHOLE;
    }
    return first >= sizeBytes ? UNSATISFIABLE : new ByteRange(first, Math.min(last, sizeBytes - 1));
  }

  private static ByteRange suffix(long lengthBytes, long sizeBytes) {
    if (lengthBytes == 0) {
      return UNSATISFIABLE;
    }
    // The suffix of nothing is satisfiable, yet Content-Range has no way to say so.
    return sizeBytes == 0
        ? WHOLE
        : new ByteRange(Math.max(0, sizeBytes - lengthBytes), sizeBytes - 1);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean areDigits(String value, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Ascii.isDigit(value.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Saturates: positions beyond any file are all alike. */
  private static long number(String value, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      int digit = value.charAt(i) - '0';
      if (number > (Long.MAX_VALUE - digit) / 10) {
        return Long.MAX_VALUE;
      }
      number = number * 10 + digit;
    }
    return number;
  }
}
