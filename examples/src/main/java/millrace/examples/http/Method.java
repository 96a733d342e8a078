package millrace.examples.http;

/** The request methods of RFC 9110 and RFC 5789; any other token is {@link #UNKNOWN}. */
enum Method {
  GET,
  HEAD,
  POST,
  PUT,
  DELETE,
  CONNECT,
  OPTIONS,
  TRACE,
  PATCH,
  UNKNOWN;

  private static final Method[] KNOWN = {
    GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH
  };

  /** Method names are case-sensitive (RFC 9110, section 9.1). */
  static Method of(byte[] bytes, int from, int to) {
    for (Method method : KNOWN) {
      if (Ascii.equals(bytes, from, to, method.name())) {
        return method;
      }
    }
    return UNKNOWN;
  }
}
