package millrace.examples.http;

import java.nio.charset.StandardCharsets;

/** Short ways to feed a {@link RequestParser}. */
final class Heads {
  private Heads() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Lines joined and ended by CR LF, then the empty line. */
  static String head(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  static RequestParser parse(String text) {
    RequestParser parser = new RequestParser(RequestLimits.DEFAULT);
    byte[] input = bytes(text);
    parser.parse(input, 0, input.length);
    return parser;
  }

  static Request accepted(String... lines) {
    RequestParser parser = parse(head(lines));
    if (parser.state() == RequestParser.State.REJECTED) {
      throw new AssertionError("rejected: " + parser.rejection());
    }
    return parser.request();
  }

  static Rejection rejected(String text) {
    return parse(text).rejection();
  }

  /** What can be observed of a parser, to compare two of them. */
  static String describe(RequestParser parser) {
    return switch (parser.state()) {
      case READING -> "reading, started=" + parser.started();
      case REJECTED -> "rejected " + parser.rejection();
      case COMPLETE -> describe(parser.request());
    };
  }

  static String describe(Request request) {
    return String.join(
        "|",
        request.method.name(),
        String.valueOf(request.minorVersion),
        request.target,
        String.valueOf(request.bodyBytes),
        String.valueOf(request.expectsContinue),
        request.range,
        request.ifRange,
        request.ifModifiedSince,
        request.ifUnmodifiedSince,
        request.ifMatch,
        request.ifNoneMatch,
        String.valueOf(request.keepAlive()));
  }
}
