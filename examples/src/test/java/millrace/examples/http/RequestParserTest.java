package millrace.examples.http;

import static millrace.examples.http.Heads.accepted;
import static millrace.examples.http.Heads.bytes;
import static millrace.examples.http.Heads.head;
import static millrace.examples.http.Heads.rejected;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
  @Test
  void simpleGetIsParsed() {
    Request request = accepted("GET /a/b?c=d HTTP/1.1", "Host: example.org:8080");

    assertEquals(Method.GET, request.method);
    assertEquals("/a/b?c=d", request.target);
    assertEquals(1, request.minorVersion);
    assertEquals(0, request.bodyBytes);
    assertTrue(request.keepAlive());
  }

  @Test
  void interestingFieldsAreKeptWithoutSurroundingWhiteSpace() {
    Request request =
        accepted(
            "GET / HTTP/1.1",
            "HOST:h",
            "Range: \t bytes=0-1 \t",
            "if-RANGE:\"x\"",
            "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
            "If-Unmodified-Since: never",
            "If-Match: \"a\"",
            "If-None-Match: \"b\"",
            "If-None-Match: \"c\"",
            "User-Agent: \u00e4 test");

    assertEquals("bytes=0-1", request.range);
    assertEquals("\"x\"", request.ifRange);
    assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", request.ifModifiedSince);
    assertEquals("never", request.ifUnmodifiedSince);
    assertEquals("\"a\"", request.ifMatch);
    assertEquals("\"b\", \"c\"", request.ifNoneMatch);
  }

  @Test
  void singleFieldSentTwiceCountsAsAbsent() {
    Request request =
        accepted("GET / HTTP/1.1", "Host: h", "Range: bytes=0-1", "Range: bytes=5-6", "Range: x");

    assertNull(request.range);
  }

  @Test
  void nothingOfARequestIsLeftForTheNextOne() {
    RequestParser parser = new RequestParser(RequestLimits.DEFAULT);
    byte[] first =
        bytes(
            head(
                "POST /x HTTP/1.1",
                "Host: h",
                "Content-Length: 5",
                "Range: a",
                "Expect: 100-continue",
                "Connection: close"));
    byte[] second = bytes(head("GET / HTTP/1.1", "Host: h"));
    assertEquals(first.length, parser.parse(first, 0, first.length));
    parser.reset();
    parser.parse(second, 0, second.length);

    RequestParser fresh = new RequestParser(RequestLimits.DEFAULT);
    fresh.parse(second, 0, second.length);
    assertEquals(Heads.describe(fresh), Heads.describe(parser));
  }

  @Test
  void parserStopsRightBehindTheHead() {
    String head = head("POST / HTTP/1.1", "Host: h", "Content-Length: 4");
    byte[] input = bytes(head + "bodyGET");
    RequestParser parser = new RequestParser(RequestLimits.DEFAULT);

    assertEquals(head.length(), parser.parse(input, 0, input.length));
    assertEquals(4, parser.request().bodyBytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET  / HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /",
        "GET",
        "GET / HTTP/1",
        "GET / HTTP/1.10",
        "GET / http/1.1",
        "GET / HTTP/a.1",
        "GET\t/\tHTTP/1.1",
        "G@T / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /\u00e4 HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /a\\b HTTP/1.1",
        "GET /\u0000 HTTP/1.1",
        "GET /\r HTTP/1.1",
        "\u0016\u0003\u0001",
        ": x"
      })
  void malformedRequestLineIsABadRequest(String line) {
    assertEquals(Rejection.MALFORMED_REQUEST_LINE, rejected(head(line, "Host: h")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/2.0", "HTTP/0.9", "HTTP/3.1"})
  void otherMajorVersionIsNotSupported(String version) {
    assertEquals(Rejection.UNSUPPORTED_VERSION, rejected(head("GET / " + version, "Host: h")));
  }

  @Test
  void higherMinorVersionIsServedAsOneDotOne() {
    assertEquals(1, accepted("GET / HTTP/1.9", "Host: h").minorVersion);
  }

  @Test
  void unknownMethodIsLeftToTheCaller() {
    assertEquals(Method.UNKNOWN, accepted("get / HTTP/1.1", "Host: h").method);
    assertEquals(Method.DELETE, accepted("DELETE / HTTP/1.1", "Host: h").method);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Host : h| MALFORMED_FIELD_NAME",
        "Host| MALFORMED_FIELD_NAME",
        ": h| MALFORMED_FIELD_NAME",
        "Ho st: h| MALFORMED_FIELD_NAME",
        "H\u00f6st: h| MALFORMED_FIELD_NAME",
        "X: a\u0000b| MALFORMED_FIELD_VALUE",
        "X: a\u007fb| MALFORMED_FIELD_VALUE",
        "X: a\rb| MALFORMED_FIELD_VALUE",
        "Host: a b| MALFORMED_HOST",
        "Host: a/b| MALFORMED_HOST",
        "Host: u@h| MALFORMED_HOST",
        "Host: h:8x| MALFORMED_HOST",
        "Host: h:123456| MALFORMED_HOST",
        "Host: h:65536| MALFORMED_HOST",
        "Host: h:99999999999999999999| MALFORMED_HOST",
        "Host: [::1]:65536| MALFORMED_HOST",
        "Host: h%4| MALFORMED_HOST",
        "Host: []| MALFORMED_HOST",
        "Host: [::1| MALFORMED_HOST",
        "Host: [::1]x| MALFORMED_HOST",
        "Content-Length: | MALFORMED_CONTENT_LENGTH",
        "Content-Length: -1| MALFORMED_CONTENT_LENGTH",
        "Content-Length: +1| MALFORMED_CONTENT_LENGTH",
        "Content-Length: 1, 1| MALFORMED_CONTENT_LENGTH",
        "Content-Length: 0x1| MALFORMED_CONTENT_LENGTH",
        "Content-Length: 1234567890123456789| MALFORMED_CONTENT_LENGTH",
        "Transfer-Encoding: | MALFORMED_TRANSFER_ENCODING",
        "Transfer-Encoding: chunked, chunked| MALFORMED_TRANSFER_ENCODING",
        "Transfer-Encoding: chunked, gzip| MALFORMED_TRANSFER_ENCODING",
        "Transfer-Encoding: gzip, chunked| UNKNOWN_TRANSFER_ENCODING",
        "Transfer-Encoding: xchunked| UNKNOWN_TRANSFER_ENCODING",
        "Expect: 200-ok| UNKNOWN_EXPECTATION",
      })
  void badFieldIsRejected(String line, Rejection expected) {
    assertEquals(expected, rejected(head("GET / HTTP/1.1", line, "X: y")));
  }

  @Test
  void foldedLineIsABadRequest() {
    assertEquals(Rejection.FOLDED_LINE, rejected(head("GET / HTTP/1.1", "Host: h", " folded")));
    assertEquals(Rejection.FOLDED_LINE, rejected(head("GET / HTTP/1.1", "\tHost: h")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "h",
        "h:",
        "h:80",
        "127.0.0.1:65535",
        "[::1]",
        "[::1]:65535",
        "h:00080",
        "h:000080",
        "a%20b"
      })
  void hostFieldMayHold(String value) {
    assertEquals(Method.GET, accepted("GET / HTTP/1.1", "Host: " + value).method);
  }

  @Test
  void hostIsNeededOnceInHttp11AndAtMostOnceInHttp10() {
    assertEquals(Rejection.MISSING_HOST, rejected(head("GET / HTTP/1.1")));
    assertEquals(Rejection.DUPLICATE_HOST, rejected(head("GET / HTTP/1.1", "Host: h", "host: h")));
    assertEquals(Rejection.DUPLICATE_HOST, rejected(head("GET / HTTP/1.0", "Host: h", "Host: h")));
    assertEquals(0, accepted("GET / HTTP/1.0").minorVersion);
  }

  @Test
  void framingThatCanBeReadTwoWaysIsRejected() {
    assertEquals(
        Rejection.DUPLICATE_CONTENT_LENGTH,
        rejected(head("GET / HTTP/1.1", "Host: h", "Content-Length: 1", "Content-Length: 1")));
    assertEquals(
        Rejection.LENGTH_AND_TRANSFER_ENCODING,
        rejected(
            head("GET / HTTP/1.1", "Host: h", "Content-Length: 1", "Transfer-Encoding: chunked")));
    assertEquals(
        Rejection.TRANSFER_ENCODING_IN_HTTP_1_0,
        rejected(head("GET / HTTP/1.0", "Transfer-Encoding: chunked")));
    assertEquals(
        Rejection.MALFORMED_TRANSFER_ENCODING,
        rejected(
            head(
                "GET / HTTP/1.1",
                "Host: h",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked")));
  }

  @Test
  void chunkedBodyHasNoKnownLength() {
    Request request = accepted("GET / HTTP/1.1", "Host: h", "Transfer-Encoding: , Chunked ,");

    assertEquals(Request.CHUNKED, request.bodyBytes);
  }

  @Test
  void expectationOfAnHttp10RequestIsIgnored() {
    assertFalse(accepted("GET / HTTP/1.0", "Expect: 100-continue").expectsContinue);
    assertTrue(accepted("GET / HTTP/1.1", "Host: h", "Expect: 100-Continue").expectsContinue);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1| X: y| true",
        "HTTP/1.1| Connection: close| false",
        "HTTP/1.1| Connection: foo, Close| false",
        "HTTP/1.1| Connection: keep-alive, close| false",
        "HTTP/1.1| Connection: closer| true",
        "HTTP/1.0| X: y| false",
        "HTTP/1.0| Connection: Keep-Alive| true",
        "HTTP/1.0| Connection: keep-alive, close| false",
      })
  void persistenceFollowsVersionAndConnectionField(String version, String field, boolean expected) {
    assertEquals(expected, accepted("GET / " + version, "Host: h", field).keepAlive());
  }

  @Test
  void emptyLinesBeforeARequestAreIgnoredUpToALimit() {
    String head = head("GET / HTTP/1.1", "Host: h");
    RequestParser parser = Heads.parse("\r\n\r\n" + head);

    assertEquals(RequestParser.State.COMPLETE, parser.state());
    assertFalse(Heads.parse("\r\n").started());
    assertEquals(Rejection.TOO_MANY_EMPTY_LINES, rejected("\r\n\r\n\r\n" + head));
  }

  @Test
  void loneLineFeedEndsNoLine() {
    assertEquals(Rejection.BARE_LINE_FEED, rejected("GET / HTTP/1.1\nHost: h\r\n\r\n"));
    assertEquals(Rejection.BARE_LINE_FEED, rejected("GET / HTTP/1.1\r\nHost: h\n\r\n"));
    assertEquals(Rejection.BARE_LINE_FEED, rejected("GET / HTTP/1.1\r\nHost: h\r\n\n"));
    assertEquals(Rejection.BARE_LINE_FEED, rejected("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  }

  @Test
  void requestLineMayBeAsLongAsTheLimit() {
    int limit = RequestLimits.DEFAULT.requestLineBytes();
    String fits = "GET /" + "a".repeat(limit - "GET / HTTP/1.1".length()) + " HTTP/1.1";
    assertEquals(limit, fits.length());
    assertEquals(Method.GET, accepted(fits, "Host: h").method);

    assertEquals(Rejection.REQUEST_LINE_TOO_LONG, rejected("GET /a" + fits.substring(5) + "\r\n"));
    // Without an end the line is given up as soon as no end can make it fit.
    assertEquals(Rejection.REQUEST_LINE_TOO_LONG, rejected("G".repeat(limit + 2)));
  }

  @Test
  void headerSectionMayBeAsLargeAsTheLimit() {
    int limit = RequestLimits.DEFAULT.headerSectionBytes();
    String host = "Host: h\r\n";
    String fits = "X: " + "a".repeat(limit - host.length() - "X: \r\n".length());
    assertEquals(Method.GET, accepted("GET / HTTP/1.1", "Host: h", fits).method);

    assertEquals(
        Rejection.HEADER_SECTION_TOO_LARGE,
        rejected(head("GET / HTTP/1.1", "Host: h", fits + "aaa")));
    assertEquals(
        Rejection.HEADER_SECTION_TOO_LARGE, rejected("GET / HTTP/1.1\r\n" + "X".repeat(limit + 2)));
  }

  @Test
  void numberOfFieldsIsLimited() {
    int limit = RequestLimits.DEFAULT.headerFields();
    String[] lines = new String[limit + 1];
    lines[0] = "GET / HTTP/1.1";
    lines[1] = "Host: h";
    for (int i = 2; i < lines.length; i++) {
      lines[i] = "X: y";
    }
    assertEquals(Method.GET, accepted(lines).method);

    assertEquals(
        Rejection.TOO_MANY_FIELDS, rejected(String.join("\r\n", lines) + "\r\nX: y\r\n\r\n"));
  }
}
