package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(120)
class HttpServerTest {
  private static final Instant MODIFIED = Instant.parse("2020-02-03T04:05:06Z");
  private static final String MODIFIED_TEXT = "Mon, 03 Feb 2020 04:05:06 GMT";

  @TempDir private Path root;
  private ServerFixture server;
  private final byte[] large = new byte[1_000_000];

  @BeforeEach
  void startServer() throws IOException {
    new Random(1).nextBytes(large);
    Files.writeString(root.resolve("hello.txt"), "hello, world");
    Files.setLastModifiedTime(root.resolve("hello.txt"), FileTime.from(MODIFIED));
    Files.write(root.resolve("large.bin"), large);
    Files.createFile(root.resolve("empty.css"));
    Files.createDirectories(root.resolve("site/plain/deep"));
    Files.writeString(root.resolve("site/index.html"), "<p>index</p>");
    Files.writeString(root.resolve("site/plain/a b&c.txt"), "odd");
    server = new ServerFixture(root);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void getSendsTheFileWithItsMetadata() throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply reply = client.get("/hello.txt?query=ignored");

      assertEquals(200, reply.status());
      assertEquals("hello, world", reply.text());
      assertEquals("text/plain; charset=utf-8", reply.field("Content-Type"));
      assertEquals("nosniff", reply.field("X-Content-Type-Options"));
      assertEquals(MODIFIED_TEXT, reply.field("Last-Modified"));
      assertEquals("bytes", reply.field("Accept-Ranges"));
      assertTrue(reply.field("ETag").matches("\"[0-9a-f.-]+\""), reply.field("ETag"));
      assertTrue(reply.field("Date").endsWith(" GMT"));
      assertNull(reply.field("Connection"));
    }
  }

  @Test
  void headSendsTheSameHeadWithoutABody() throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply head = client.request("HEAD", "/large.bin");
      RawClient.Reply get = client.get("/large.bin");

      assertEquals("1000000", head.field("Content-Length"));
      assertEquals(get.field("ETag"), head.field("ETag"));
      assertArrayEquals(large, get.body());
      assertEquals(404, client.request("HEAD", "/missing").status());
      assertEquals(200, client.request("HEAD", "/site/plain/").status());
      assertEquals(200, client.get("/empty.css").status());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-0| 206| bytes 0-0/1000000",
        "bytes=999990-| 206| bytes 999990-999999/1000000",
        "bytes=-5| 206| bytes 999995-999999/1000000",
        "bytes=100-200000| 206| bytes 100-200000/1000000",
        "bytes=0-99999999| 206| bytes 0-999999/1000000",
        "bytes=1000000-| 416| bytes */1000000",
        "bytes=0-1,5-6| 200|",
        "bytes=nonsense| 200|",
      })
  void rangeIsAnswered(String range, int status, String contentRange) throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply reply = client.get("/large.bin", "Range: " + range);

      assertEquals(status, reply.status());
      assertEquals(contentRange, reply.field("Content-Range"));
      if (status == 206) {
        String[] positions = contentRange.replaceAll("[^0-9-]*([0-9-]+)/.*", "$1").split("-", -1);
        int first = Integer.parseInt(positions[0]);
        int last = Integer.parseInt(positions[1]);
        assertArrayEquals(java.util.Arrays.copyOfRange(large, first, last + 1), reply.body());
      }
    }
  }

  @Test
  void conditionsDecideWhatIsSent() throws IOException {
    try (RawClient client = server.connect()) {
      String tag = client.get("/hello.txt").field("ETag");

      RawClient.Reply reply = client.get("/hello.txt", "If-None-Match: \"x\", " + tag);
      assertEquals(304, reply.status());
      assertEquals(tag, reply.field("ETag"));
      assertNull(reply.field("Content-Length"));
      assertEquals(200, client.get("/hello.txt", "If-None-Match: \"x\"").status());
      assertEquals(304, client.get("/hello.txt", "If-Modified-Since: " + MODIFIED_TEXT).status());
      assertEquals(412, client.get("/hello.txt", "If-Match: \"x\"").status());
      assertEquals(200, client.get("/hello.txt", "If-Match: " + tag).status());
      String range = "Range: bytes=0-4";
      assertEquals(206, client.get("/hello.txt", range, "If-Range: " + tag).status());
      assertEquals(200, client.get("/hello.txt", range, "If-Range: \"x\"").status());
      assertEquals(206, client.get("/hello.txt", range, "If-Range: " + MODIFIED_TEXT).status());
    }
  }

  @Test
  void changedFileHasAnotherTag() throws IOException {
    try (RawClient client = server.connect()) {
      String tag = client.get("/hello.txt").field("ETag");
      Files.writeString(root.resolve("hello.txt"), "HELLO, world");

      RawClient.Reply reply = client.get("/hello.txt", "If-None-Match: " + tag);
      assertEquals(200, reply.status());
      assertEquals("HELLO, world", reply.text());
    }
  }

  @Test
  void directoryIsItsIndexPageOrAListing() throws IOException {
    try (RawClient client = server.connect()) {
      assertEquals("<p>index</p>", client.get("/site/").text());

      RawClient.Reply listing = client.get("/site/plain/");
      assertEquals("text/html; charset=utf-8", listing.field("Content-Type"));
      assertTrue(listing.text().contains("<a href=\"deep/\">deep/</a>"), listing::text);
      assertTrue(
          listing.text().contains("<a href=\"a%20b%26c.txt\">a b&amp;c.txt</a>"), listing::text);
      assertEquals("odd", client.get("/site/plain/a%20b%26c.txt").text());
      assertTrue(client.get("/").text().contains("hello.txt"));
    }
  }

  @Test
  void directoryWithoutTheSlashIsRedirected() throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply reply = client.get("/site//plain");
      assertEquals(301, reply.status());
      assertEquals("/site/plain/", reply.field("Location"));
      // Not the address of another host.
      assertEquals("/site/", client.get("//site").field("Location"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, 405",
    "PUT, 405",
    "DELETE, 405",
    "OPTIONS, 405",
    "TRACE, 405",
    "CONNECT, 405",
    "BREW, 501",
    "get, 501",
  })
  void otherMethodsAreRefusedAndTheConnectionLives(String method, int status) throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply reply = client.request(method, "/hello.txt");

      assertEquals(status, reply.status());
      assertEquals(status == 405 ? "GET, HEAD" : null, reply.field("Allow"));
      assertEquals("hello, world", client.get("/hello.txt").text());
    }
  }

  @Test
  void unreadableHeadIsAnsweredAndEndsTheConnection() throws IOException {
    String[][] cases = {
      {"GET /\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
      {
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "400"
      },
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"GET /" + "a".repeat(9000) + " HTTP/1.1\r\nHost: h\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(40_000) + "\r\n\r\n", "431"},
      {"GET / HTTP/1.1\r\nHost: h\r\n" + "X: y\r\n".repeat(200) + "\r\n", "431"},
      {"GET / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\n\r\n", "417"},
      {"\u0016\u0003\u0001\u0002", "400"},
    };
    for (String[] current : cases) {
      try (RawClient client = server.connect()) {
        client.send(current[0]);
        RawClient.Reply reply = client.reply();

        assertEquals(current[1], String.valueOf(reply.status()), current[0]);
        assertEquals("close", reply.field("Connection"));
        client.endOutput();
        assertTrue(client.atEnd());
      }
    }
  }

  @Test
  void requestMayComeByteByByte() throws IOException {
    try (RawClient client = server.connect()) {
      byte[] request = Heads.bytes(RawClient.text("GET", "/hello.txt", "Range: bytes=0-4"));
      for (byte b : request) {
        client.send(new byte[] {b});
      }
      assertEquals("hello", client.reply().text());
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    try (RawClient client = server.connect()) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        requests.append(
            RawClient.text(
                "GET",
                i % 7 == 3 ? "/large.bin" : "/hello.txt",
                "Range: bytes=" + i % 10 + "-" + i % 10));
        requests.append(RawClient.text(i % 2 == 0 ? "HEAD" : "POST", "/missing" + i));
      }
      // The server stops reading when too much is pipelined: so write and read at the same time.
      Thread writer = Thread.ofVirtual().start(() -> sendAll(client, requests.toString()));
      for (int i = 0; i < 500; i++) {
        byte expected = i % 7 == 3 ? large[i % 10] : (byte) "hello, world".charAt(i % 10);
        assertArrayEquals(new byte[] {expected}, client.reply().body());
        assertEquals(i % 2 == 0 ? 404 : 405, client.reply(i % 2 == 0 ? "HEAD" : "POST").status());
      }
      join(writer);
    }
  }

  private static void sendAll(RawClient client, String text) {
    try {
      client.send(text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void unwantedBodyIsSkipped() throws IOException {
    try (RawClient client = server.connect()) {
      String body = "GET /secret HTTP/1.1\r\n\r\n";
      client.send(RawClient.text("POST", "/x", "Content-Length: " + body.length()) + body);
      client.send(RawClient.text("GET", "/hello.txt", "Content-Length: 3") + "abc");
      client.send(RawClient.text("GET", "/hello.txt"));

      assertEquals(405, client.reply().status());
      assertEquals("hello, world", client.reply().text());
      assertEquals("hello, world", client.reply().text());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked",
        "Content-Length: 10000000000",
        "Expect: 100-continue\r\nContent-Length: 5"
      })
  void bodyThatIsNotReadEndsTheConnectionBehindTheResponse(String field) throws IOException {
    try (RawClient client = server.connect()) {
      client.send(RawClient.text("POST", "/x", field) + "5\r\nhello\r\n0\r\n\r\n");
      client.send(RawClient.text("GET", "/hello.txt"));
      RawClient.Reply reply = client.reply();

      assertEquals(405, reply.status());
      assertEquals("close", reply.field("Connection"));
      client.endOutput();
      assertTrue(client.atEnd());
    }
  }

  @Test
  void connectionEndsWhenTheClientSaysSo() throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply reply = client.get("/hello.txt", "Connection: close");

      assertEquals("hello, world", reply.text());
      assertEquals("close", reply.field("Connection"));
      assertTrue(client.atEnd());
    }
  }

  @Test
  void http10ConnectionEndsUnlessItIsKeptAlive() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertEquals("keep-alive", client.reply().field("Connection"));
      client.send("GET /hello.txt HTTP/1.0\r\n\r\n");
      assertEquals("close", client.reply().field("Connection"));
      assertTrue(client.atEnd());
    }
  }

  @Test
  void halfClosedClientGetsAllItsResponses() throws IOException {
    try (RawClient client = server.connect()) {
      client.send(RawClient.text("GET", "/large.bin").repeat(3));
      client.endOutput();

      for (int i = 0; i < 3; i++) {
        assertArrayEquals(large, client.reply().body());
      }
      assertTrue(client.atEnd());
    }
  }

  @Test
  void clientThatLeavesInTheMiddleOfAHeadIsForgotten() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("GET /hello.txt HT");
      client.endOutput();

      assertTrue(client.atEnd());
    }
    server.awaitNoConnections();
  }

  @Test
  void absoluteTargetIsServedFromItsPath() throws IOException {
    try (RawClient client = server.connect()) {
      assertEquals("hello, world", client.get("http://other.example/hello.txt").text());
      assertEquals(400, client.get("*").status());
    }
  }
}
