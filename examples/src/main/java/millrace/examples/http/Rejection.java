package millrace.examples.http;

/** Every way in which a request head is refused, with the reply it gets. */
enum Rejection {
  REQUEST_LINE_TOO_LONG(Status.URI_TOO_LONG, "the request line is longer than this server reads"),
  MALFORMED_REQUEST_LINE(Status.BAD_REQUEST, "malformed request line"),
  UNSUPPORTED_VERSION(Status.VERSION_NOT_SUPPORTED, "this server speaks HTTP/1.1 and HTTP/1.0"),
  MALFORMED_TARGET(Status.BAD_REQUEST, "malformed request target"),
  TARGET_LEAVES_ROOT(Status.BAD_REQUEST, "the path leaves the root"),
  NO_SUCH_NAME(Status.NOT_FOUND, "no file name contains a slash"),
  BARE_LINE_FEED(Status.BAD_REQUEST, "a line must end with CR LF"),
  TOO_MANY_EMPTY_LINES(Status.BAD_REQUEST, "too many empty lines before the request line"),
  HEADER_SECTION_TOO_LARGE(
      Status.HEADER_FIELDS_TOO_LARGE, "the header section is larger than this server reads"),
  TOO_MANY_FIELDS(Status.HEADER_FIELDS_TOO_LARGE, "more header fields than this server reads"),
  FOLDED_LINE(Status.BAD_REQUEST, "a header line must not start with white space"),
  MALFORMED_FIELD_NAME(Status.BAD_REQUEST, "malformed header field name"),
  MALFORMED_FIELD_VALUE(Status.BAD_REQUEST, "control character in a header field value"),
  MISSING_HOST(Status.BAD_REQUEST, "an HTTP/1.1 request needs a Host field"),
  DUPLICATE_HOST(Status.BAD_REQUEST, "more than one Host field"),
  MALFORMED_HOST(Status.BAD_REQUEST, "malformed Host field"),
  MALFORMED_CONTENT_LENGTH(Status.BAD_REQUEST, "malformed Content-Length"),
  DUPLICATE_CONTENT_LENGTH(Status.BAD_REQUEST, "more than one Content-Length field"),
  LENGTH_AND_TRANSFER_ENCODING(
      Status.BAD_REQUEST, "Content-Length together with Transfer-Encoding"),
  TRANSFER_ENCODING_IN_HTTP_1_0(Status.BAD_REQUEST, "Transfer-Encoding in an HTTP/1.0 request"),
  MALFORMED_TRANSFER_ENCODING(Status.BAD_REQUEST, "chunked must be the last transfer coding, once"),
  UNKNOWN_TRANSFER_ENCODING(Status.NOT_IMPLEMENTED, "unknown transfer coding"),
  UNKNOWN_EXPECTATION(Status.EXPECTATION_FAILED, "unknown expectation");

  private final Status status;
  private final String reason;

  Rejection(Status status, String reason) {
    this.status = status;
    this.reason = reason;
  }

  Status status() {
    return status;
  }

  String reason() {
    return reason;
  }
}
