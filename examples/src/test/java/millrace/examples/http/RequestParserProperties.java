package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RequestParserProperties {
  private static final RequestLimits SMALL = new RequestLimits(64, 96, 5);

  /** Pieces that are legal at the right place, so that random text gets far into the grammar. */
  private static final String[] PIECES = {
    "GET ",
    "HEAD ",
    "/",
    "/a",
    "/%41?q",
    "*",
    " HTTP/1.1",
    " HTTP/1.0",
    " HTTP/2.0",
    "\r\n",
    "\r\n\r\n",
    "Host: h",
    "Host:",
    "host: a:1",
    "Content-Length: 5",
    "content-length:",
    "\t",
    "Transfer-Encoding: chunked",
    "transfer-encoding: ,",
    "chunked",
    "Connection: close",
    "Connection: keep-alive",
    "Expect: 100-continue",
    "Expect: x",
    "Range: bytes=0-1",
    ":",
    ",",
    " ",
    "\r",
    "\n",
    "\0",
    "\u00ff",
    "x",
    "12",
    "If-None-Match: \"a\"",
    "X: y",
  };

  @Provide
  Arbitrary<String> almostHeads() {
    Arbitrary<String> soup =
        Arbitraries.of(PIECES).list().ofMaxSize(24).map(pieces -> String.join("", pieces));
    Arbitrary<String> requestLine =
        Combinators.combine(
                Arbitraries.of("GET", "HEAD", "POST", "x"),
                Arbitraries.of("/", "/a/b", "*", "http://h/x", "/%zz"),
                Arbitraries.of("HTTP/1.1", "HTTP/1.0", "HTTP/1.7"))
            .as((method, target, version) -> method + " " + target + " " + version);
    Arbitrary<List<String>> fields =
        Arbitraries.of(
                "Host: h",
                "Host: [::1]:80",
                "Host: ",
                "Host: a b",
                "Content-Length: 0",
                "Content-Length: 12",
                "Content-Length: 1 2",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: , chunked,",
                "Transfer-Encoding: gzip",
                "Connection: close",
                "Expect: 100-continue",
                "Expect: other",
                "X:\tvalue ",
                "X :y",
                " fold",
                "Range: bytes=1-2")
            .list()
            .ofMaxSize(5);
    Arbitrary<String> shaped =
        Combinators.combine(Arbitraries.of("", "\r\n"), requestLine, fields)
            .as(
                (empty, line, list) ->
                    empty
                        + line
                        + "\r\n"
                        + String.join("", list.stream().map(field -> field + "\r\n").toList())
                        + "\r\n");
    return Arbitraries.oneOf(soup, shaped, shaped);
  }

  @Property(tries = 5000)
  void resultDoesNotDependOnHowTheInputIsCut(
      @ForAll("almostHeads") String text, @ForAll long seed) {
    byte[] input = text.getBytes(StandardCharsets.ISO_8859_1);
    for (RequestLimits limits : List.of(RequestLimits.DEFAULT, SMALL)) {
      RequestParser whole = new RequestParser(limits);
      int wholeEnd = whole.parse(input, 0, input.length);

      RequestParser byByte = new RequestParser(limits);
      int byByteEnd = 0;
      while (byByteEnd < input.length && byByte.state() == RequestParser.State.READING) {
        byByteEnd = byByte.parse(input, byByteEnd, byByteEnd + 1);
      }
      assertEquals(Heads.describe(whole), Heads.describe(byByte));

      Random random = new Random(seed);
      RequestParser inPieces = new RequestParser(limits);
      int piecesEnd = 0;
      while (piecesEnd < input.length && inPieces.state() == RequestParser.State.READING) {
        int to = Math.min(input.length, piecesEnd + 1 + random.nextInt(20));
        piecesEnd = inPieces.parse(input, piecesEnd, to);
      }
      assertEquals(Heads.describe(whole), Heads.describe(inPieces));
      if (whole.state() == RequestParser.State.COMPLETE) {
        assertEquals(wholeEnd, byByteEnd);
        assertEquals(wholeEnd, piecesEnd);
      }
    }
  }

  @Property(tries = 5000)
  void acceptsExactlyWhatTheGrammarAccepts(@ForAll("almostHeads") String text) {
    byte[] input = text.getBytes(StandardCharsets.ISO_8859_1);
    RequestParser parser = new RequestParser(RequestLimits.DEFAULT);
    int end = parser.parse(input, 0, input.length);
    if (parser.state() == RequestParser.State.COMPLETE) {
      String head = text.substring(0, end);
      assertTrue(NaiveRequestModel.accepts(head), () -> "model refuses " + head);
    } else if (parser.state() == RequestParser.State.REJECTED) {
      assertEquals(false, NaiveRequestModel.accepts(text), () -> "model accepts " + text);
    }
  }

  @Property(tries = 5000)
  void anyBytesAreEitherAcceptedOrRejectedOrIncomplete(@ForAll byte[] input) {
    RequestParser parser = new RequestParser(SMALL);
    int position = 0;
    while (position < input.length) {
      int end = parser.parse(input, position, input.length);
      assertTrue(end > position, "no progress");
      position = end;
      if (parser.state() != RequestParser.State.READING) {
        parser.reset();
      }
    }
  }

  @Property
  void pipelinedRequestsComeOutOneByOne(
      @ForAll("targets") List<String> targets, @ForAll long seed) {
    StringBuilder text = new StringBuilder();
    for (String target : targets) {
      text.append("GET ").append(target).append(" HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n");
    }
    byte[] input = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    RequestParser parser = new RequestParser(RequestLimits.DEFAULT);
    Random random = new Random(seed);
    int found = 0;
    for (int position = 0; position < input.length; ) {
      int limit = Math.min(input.length, position + 1 + random.nextInt(64));
      position = parser.parse(input, position, limit);
      if (parser.state() == RequestParser.State.COMPLETE) {
        assertEquals(targets.get(found++), parser.request().target);
        parser.reset();
      }
    }
    assertEquals(targets.size(), found);
  }

  @Provide
  Arbitrary<List<String>> targets() {
    return Arbitraries.strings()
        .alpha()
        .ofMaxLength(40)
        .map(name -> "/" + name)
        .list()
        .ofMaxSize(9);
  }
}
