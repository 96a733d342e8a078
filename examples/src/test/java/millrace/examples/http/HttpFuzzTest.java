package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a peer may send: anything. */
@Timeout(300)
class HttpFuzzTest {
  private static final String[] PIECES = {
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /a.txt HTTP/1.1\r\nHost: h\r\nRange: bytes=1-\r\n\r\n",
    "HEAD /large.bin HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /dir HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n",
    "POST /a.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n123456789",
    "POST /a.txt HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
    "\r\n",
    "GET ",
    "/../../etc/passwd HTTP/1.1\r\n",
    "Host: h\r\n",
    "Content-Length: 99999999999999999999\r\n",
    " \t\0\u00ff:",
    "\r",
    "\n",
    "X: " + "y".repeat(3000) + "\r\n",
  };

  @TempDir private Path root;

  private static byte[] input(Random random) {
    StringBuilder text = new StringBuilder();
    for (int count = random.nextInt(12); count >= 0; count--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    for (int count = random.nextInt(3) - 1; count > 0; count--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  @Test
  void whateverIsSentEndsInWellFormedResponsesAndALivingServer() throws IOException {
    Files.writeString(root.resolve("a.txt"), "content");
    Files.createDirectory(root.resolve("dir"));
    Files.write(root.resolve("large.bin"), new byte[300_000]);
    try (ServerFixture server = new ServerFixture(root)) {
      for (int seed = 0; seed < 400; seed++) {
        Random random = new Random(seed);
        try (RawClient client = server.connect()) {
          talk(client, input(random), random);
        } catch (IOException | AssertionError e) {
          throw new AssertionError("seed " + seed, e);
        }
      }
      try (RawClient client = server.connect()) {
        assertEquals("content", client.get("/a.txt").text());
      }
      server.awaitNoConnections();
      assertEquals(0, server.outstandingBuffers());
    }
  }

  private static void talk(RawClient client, byte[] input, Random random) throws IOException {
    int end = random.nextInt(5);
    try {
      for (int from = 0; from < input.length; ) {
        int to = Math.min(input.length, from + 1 + random.nextInt(700));
        client.send(java.util.Arrays.copyOfRange(input, from, to));
        from = to;
      }
      if (end == 0) {
        client.reset();
        return;
      }
      client.endOutput();
    } catch (SocketException closed) {
      // The server had seen enough and did not wait for the rest.
      return;
    }
    byte[] output = client.in().readAllBytes();
    assertStatusLineFirst(output);
  }

  private static void assertStatusLineFirst(byte[] output) throws IOException {
    if (output.length > 0) {
      String start =
          new String(new ByteArrayInputStream(output).readNBytes(12), StandardCharsets.ISO_8859_1);
      assertTrue(start.matches("HTTP/1\\.1 [2-5][0-9][0-9]"), start);
    }
  }
}
