package millrace.examples.http;

/**
 * One parsed request head. Reused for every request of a connection: the parser fills it, the
 * connection reads it until it asks the parser for the next head.
 */
final class Request {
  /** {@link #bodyBytes} of a body whose length only its chunks tell. */
  static final long CHUNKED = -1;

  Method method;
  int minorVersion;
  String target;

  /** 0 without a body, {@link #CHUNKED}, or the value of Content-Length. */
  long bodyBytes;

  boolean expectsContinue;

  // Field values as sent, null when absent. A field that must occur once and occurs more often is
  // null again: RFC 9110 lets a recipient ignore what it cannot interpret.
  String range;
  String ifRange;
  String ifModifiedSince;
  String ifUnmodifiedSince;
  // Lists: several lines of them are joined with commas.
  String ifMatch;
  String ifNoneMatch;

  boolean connectionClose;
  boolean connectionKeepAlive;

  boolean keepAlive() {
    // RFC 9112, section 9.3: "close" wins over everything else.
    return !connectionClose && (minorVersion >= 1 || connectionKeepAlive);
  }

  void clear() {
    method = Method.UNKNOWN;
    minorVersion = 1;
    target = null;
    bodyBytes = 0;
    expectsContinue = false;
    range = null;
    ifRange = null;
    ifModifiedSince = null;
    ifUnmodifiedSince = null;
    ifMatch = null;
    ifNoneMatch = null;
    connectionClose = false;
    connectionKeepAlive = false;
  }
}
