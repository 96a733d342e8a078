package millrace.examples.http;

import java.nio.charset.StandardCharsets;

/** The kinds of response that this server gives. Each method fills a {@link Response}. */
final class Replies {
  static final String ALLOWED_METHODS = "GET, HEAD";

  private Replies() {}

  /** A short text that says what went wrong. */
  static void error(Response response, Status status, String reason, boolean withBody) {
    String text = status.code() + " " + status.phrase() + ": " + reason + "\n";
    response.clear(status);
    page(response, ContentTypes.PLAIN_TEXT, text.getBytes(StandardCharsets.US_ASCII), withBody);
    if (status == Status.METHOD_NOT_ALLOWED) {
      response.allow = ALLOWED_METHODS;
    }
  }

  /** An HTML page made in memory. */
  static void html(Response response, byte[] page, boolean withBody) {
    response.clear(Status.OK);
    page(response, ContentTypes.HTML, page, withBody);
  }

  private static void page(Response response, String type, byte[] page, boolean withBody) {
    response.contentType = type;
    response.bytes = page;
    response.contentLength = page.length;
    response.bodyBytes = withBody ? page.length : 0;
  }

  /** From a directory's name without the slash to the one with it. */
  static void redirect(Response response, String relativePath, boolean withBody) {
    // Relative to the root and made from the normalised path: a target like //host/ must not turn
    // into the address of another host.
    String location = "/" + PercentEncoding.encode(relativePath, true) + "/";
    error(response, Status.MOVED_PERMANENTLY, "a directory's name ends in a slash", withBody);
    response.location = location;
  }

  /** A file, or the part of it that {@code request} asks for, if its conditions hold. */
  static void file(
      Response response, Request request, Representation representation, long nowSeconds) {
    boolean get = request.method == Method.GET;
    Preconditions.Outcome outcome =
        Preconditions.evaluate(
            request, representation.entityTag(), representation.modifiedSeconds(), nowSeconds);
    if (outcome == Preconditions.Outcome.FAILED) {
      error(response, Status.PRECONDITION_FAILED, "the file is not the one asked for", get);
      return;
    }
    if (outcome == Preconditions.Outcome.NOT_MODIFIED) {
      response.clear(Status.NOT_MODIFIED);
      response.representation = representation;
      response.contentLength = -1;
      return;
    }
    ByteRange range = get ? range(request, representation, nowSeconds) : ByteRange.WHOLE;
    if (range.equals(ByteRange.UNSATISFIABLE)) {
      error(response, Status.RANGE_NOT_SATISFIABLE, "the file has no such bytes", get);
      response.representation = representation;
      return;
    }
    boolean whole = range.equals(ByteRange.WHOLE);
    response.clear(whole ? Status.OK : Status.PARTIAL_CONTENT);
    response.contentType = representation.contentType();
    response.representation = representation;
    response.range = range;
    response.contentLength = whole ? representation.sizeBytes() : range.lengthBytes();
    response.bodyPosition = whole ? 0 : range.first();
    response.bodyBytes = get ? response.contentLength : 0;
  }

  private static ByteRange range(Request request, Representation representation, long nowSeconds) {
    if (request.range == null
        || !Preconditions.rangeApplies(
            request, representation.entityTag(), representation.modifiedSeconds(), nowSeconds)) {
      return ByteRange.WHOLE;
    }
    return ByteRange.parse(request.range, representation.sizeBytes());
  }
}
