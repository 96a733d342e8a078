package millrace.examples.http;

/** The syntax of {@code uri-host [ ":" port ]} (RFC 3986, section 3.2; RFC 9110, section 7.2). */
final class Authority {
  private static final int HIGHEST_PORT = 65535;

  private Authority() {}

  /** An empty value is legal: it is what a client sends for a URI without an authority. */
  static boolean isHostAndPort(String value) {
    int hostEnd = value.startsWith("[") ? literalEnd(value) : nameEnd(value);
    if (hostEnd < 0) {
      return false;
    }
    if (hostEnd == value.length()) {
      return true;
    }
    if (value.charAt(hostEnd) != ':') {
      return false;
    }
    return isPort(value, hostEnd + 1);
  }

  /** Digits, of a number that TCP has, or none at all (RFC 3986, section 3.2.3). */
  private static boolean isPort(String value, int from) {
    int port = 0;
    for (int i = from; i < value.length(); i++) {
      if (!Ascii.isDigit(value.charAt(i))) {
        return false;
      }
      port = 10 * port + value.charAt(i) - '0';
      if (port > HIGHEST_PORT) {
        return false;
      }
    }
    return true;
  }

  private static int nameEnd(String value) {
    int end = 0;
    while (end < value.length() && Ascii.isHost(value.charAt(end))) {
      if (value.charAt(end) == '%'
          && (end + 2 >= value.length()
              || Ascii.hexDigit(value.charAt(end + 1)) < 0
              || Ascii.hexDigit(value.charAt(end + 2)) < 0)) {
        return -1;
      }
      end++;
    }
    return end;
  }

  /** An IPv6 or a future address in brackets: its characters are checked, not its meaning. */
  private static int literalEnd(String value) {
    for (int i = 1; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == ']') {
        return i > 1 ? i + 1 : -1;
      }
      if (c != ':' && !Ascii.isHost(c)) {
        return -1;
      }
    }
    return -1;
  }
}
