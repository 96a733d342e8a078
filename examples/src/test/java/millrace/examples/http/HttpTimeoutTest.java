package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each test sets one of the three timeouts short, the others out of reach, and waits for it. */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(120)
class HttpTimeoutTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofHours(1);

  @TempDir private Path root;

  @BeforeEach
  void writeFiles() throws IOException {
    Files.writeString(root.resolve("small.txt"), "small");
    Files.write(root.resolve("large.bin"), new byte[32 << 20]);
  }

  private ServerFixture server(Duration idle, Duration header, Duration write) throws IOException {
    return new ServerFixture(root, options -> options.withTimeouts(idle, header, write));
  }

  @Test
  void clientThatNeverSendsIsDisconnectedWithoutAWord() throws IOException {
    try (ServerFixture server = server(LONG, SHORT, LONG);
        RawClient client = server.connect()) {
      assertTrue(client.atEnd());
    }
  }

  @Test
  void idleConnectionIsClosed() throws IOException {
    try (ServerFixture server = server(SHORT, LONG, LONG);
        RawClient client = server.connect()) {
      assertEquals("small", client.get("/small.txt").text());
      assertTrue(client.atEnd());
    }
  }

  @Test
  void headThatComesTooSlowlyIsRefusedHoweverOftenAByteComes() throws IOException {
    try (ServerFixture server = server(LONG, SHORT, LONG);
        RawClient client = server.connect()) {
      client.send("GET /small.txt HTTP/1.1\r\nHost: h\r\n");
      Thread trickle = Thread.ofVirtual().start(() -> trickle(client));
      RawClient.Reply reply = client.reply();

      assertEquals(408, reply.status());
      assertEquals("close", reply.field("Connection"));
      client.reset();
      trickle.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A header line that grows byte by byte, and stays below the limit of its size. */
  private static void trickle(RawClient client) {
    try {
      for (int i = 0; i < 20_000; i++) {
        client.send("x");
      }
    } catch (IOException closed) {
      // What the test waits for.
    }
  }

  @Test
  void secondHeadIsTimedAsWell() throws IOException {
    try (ServerFixture server = server(LONG, SHORT, LONG);
        RawClient client = server.connect()) {
      assertEquals("small", client.get("/small.txt").text());
      client.send("GET");
      assertEquals(408, client.reply().status());
    }
  }

  @Test
  void bodyThatDoesNotComeEndsTheConnection() throws IOException {
    try (ServerFixture server = server(LONG, SHORT, LONG);
        RawClient client = server.connect()) {
      client.send(RawClient.text("POST", "/x", "Content-Length: 100") + "abc");
      assertEquals(405, client.reply().status());
      client.endOutput();
      assertTrue(client.atEnd());
    }
  }

  @Test
  void peerThatTakesNothingIsCutOff() throws IOException {
    try (ServerFixture server = server(LONG, LONG, SHORT);
        RawClient client = new RawClient(server.address(), 16 * 1024)) {
      client.send(RawClient.text("GET", "/large.bin"));
      server.await("connection", () -> server.server().liveConnections() == 1);
      server.awaitNoConnections();

      assertEquals(0, server.outstandingBuffers());
      assertThrows(SocketException.class, () -> client.in().transferTo(new Discard()));
    }
  }

  @Test
  void peerThatSendsRequestsAndTakesNothingIsCutOff() throws IOException {
    try (ServerFixture server = server(LONG, LONG, SHORT);
        RawClient client = new RawClient(server.address(), 16 * 1024)) {
      // The server stops reading at some point, and then this blocks until it gives up.
      byte[] requests = Heads.bytes(RawClient.text("GET", "/small.txt").repeat(1000));
      assertThrows(
          SocketException.class,
          () -> {
            while (true) {
              client.send(requests);
            }
          });
      server.awaitNoConnections();
      assertEquals(0, server.outstandingBuffers());
    }
  }

  private static final class Discard extends java.io.OutputStream {
    @Override
    public void write(int b) {}

    @Override
    public void write(byte[] bytes, int offset, int length) {}
  }
}
