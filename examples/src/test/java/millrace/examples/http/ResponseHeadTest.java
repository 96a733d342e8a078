package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ResponseHeadTest {
  private static final long NOW = 784_111_777;

  private static String text(ResponseHead head) {
    return new String(head.bytes(), 0, head.lengthBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void headIsWrittenLineByLine() {
    ResponseHead head = new ResponseHead();
    head.start(Status.PARTIAL_CONTENT, NOW)
        .field(ResponseField.CONTENT_TYPE, "text/plain")
        .field(ResponseField.CONTENT_LENGTH, 0)
        .dateField(ResponseField.LAST_MODIFIED, 0)
        .contentRange(new ByteRange(0, Long.MAX_VALUE - 1), Long.MAX_VALUE)
        .end();

    assertEquals(
        """
        HTTP/1.1 206 Partial Content\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Content-Type: text/plain\r
        Content-Length: 0\r
        Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r
        Content-Range: bytes 0-9223372036854775806/9223372036854775807\r
        \r
        """,
        text(head));
  }

  @Test
  void nextHeadStartsAfreshAndMayBeLong() {
    ResponseHead head = new ResponseHead();
    head.start(Status.OK, NOW).end();
    String location = "/" + "a".repeat(30_000);
    head.start(Status.RANGE_NOT_SATISFIABLE, NOW)
        .field(ResponseField.LOCATION, location)
        .unsatisfiedRange(1234567890)
        .end();

    assertEquals(
        """
        HTTP/1.1 416 Range Not Satisfiable\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Location: %s\r
        Content-Range: bytes */1234567890\r
        \r
        """
            .formatted(location),
        text(head));
  }

  @Test
  void lineBreakCannotEnterAField() {
    ResponseHead head = new ResponseHead().start(Status.OK, NOW);

    for (String value : new String[] {"a\r\nSet-Cookie: b", "a\nb", "\0", "\u00e4"}) {
      assertThrows(IllegalArgumentException.class, () -> head.field(ResponseField.LOCATION, value));
    }
  }
}
