package millrace.examples.http;

/** The fields of a response whose values vary. */
enum ResponseField {
  ACCEPT_RANGES("Accept-Ranges"),
  ALLOW("Allow"),
  CONNECTION("Connection"),
  CONTENT_LENGTH("Content-Length"),
  CONTENT_RANGE("Content-Range"),
  CONTENT_TYPE("Content-Type"),
  ENTITY_TAG("ETag"),
  LAST_MODIFIED("Last-Modified"),
  LOCATION("Location"),
  RETRY_AFTER("Retry-After");

  private final String prefix;

  ResponseField(String name) {
    this.prefix = name + ": ";
  }

  /** Name, colon and space. */
  String prefix() {
    return prefix;
  }
}
