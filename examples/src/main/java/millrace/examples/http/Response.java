package millrace.examples.http;

/**
 * One response to be: what its head says and which bytes its body has. Filled by {@link Replies},
 * turned into bytes by {@link ResponseSender}; reused for all responses of a connection.
 */
final class Response {
  private static final byte[] NO_BYTES = {};
  private static final byte[] NO_SNIFFING = Ascii.bytes("X-Content-Type-Options: nosniff\r\n");

  Status status;
  String contentType;
  String location;
  String allow;

  /** The file the response is about; null without one. */
  Representation representation;

  /** The part of it that is sent, or null. */
  ByteRange range;

  /** What Content-Length says; negative to leave the field out. */
  long contentLength;

  /** The body's bytes, when they do not come from a file. */
  byte[] bytes;

  /** Where the body begins in its file or in {@link #bytes}. */
  long bodyPosition;

  /** How many bytes follow the head: none for HEAD, whatever Content-Length says. */
  long bodyBytes;

  void clear(Status newStatus) {
    status = newStatus;
    contentType = null;
    location = null;
    allow = null;
    representation = null;
    range = null;
    contentLength = 0;
    bytes = NO_BYTES;
    bodyPosition = 0;
    bodyBytes = 0;
  }

  /** Writes the head, for a client that speaks HTTP/1.{@code minorVersion}. */
  void writeHead(ResponseHead head, int minorVersion, boolean close, long nowSeconds) {
    head.start(status, nowSeconds);
    if (contentType != null) {
      head.field(ResponseField.CONTENT_TYPE, contentType).raw(NO_SNIFFING);
    }
    if (contentLength >= 0) {
      head.field(ResponseField.CONTENT_LENGTH, contentLength);
    }
    if (representation != null) {
      writeRepresentation(head, nowSeconds);
    }
    if (location != null) {
      head.field(ResponseField.LOCATION, location);
    }
    if (allow != null) {
      head.field(ResponseField.ALLOW, allow);
    }
    if (status == Status.SERVICE_UNAVAILABLE) {
      head.field(ResponseField.RETRY_AFTER, 1);
    }
    if (close) {
      head.field(ResponseField.CONNECTION, "close");
    } else if (minorVersion == 0) {
      // An HTTP/1.0 client expects the end of the connection unless it is told otherwise.
      head.field(ResponseField.CONNECTION, "keep-alive");
    }
    head.end();
  }

  private void writeRepresentation(ResponseHead head, long nowSeconds) {
    if (status == Status.RANGE_NOT_SATISFIABLE) {
      head.unsatisfiedRange(representation.sizeBytes());
      return;
    }
    head.field(ResponseField.ENTITY_TAG, representation.entityTag());
    // RFC 9110, section 8.8.2.1: never later than Date, whatever the file's clock says.
    head.dateField(
        ResponseField.LAST_MODIFIED, Math.min(representation.modifiedSeconds(), nowSeconds));
    if (status == Status.PARTIAL_CONTENT) {
      head.contentRange(range, representation.sizeBytes());
    } else if (status == Status.OK) {
      head.field(ResponseField.ACCEPT_RANGES, "bytes");
    }
  }
}
