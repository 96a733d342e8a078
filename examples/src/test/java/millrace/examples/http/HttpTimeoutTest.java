package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import millrace.proactor.OperationHandler;
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

  private static final Duration MODEST = Duration.ofSeconds(1);

  /** Both are there when the loop goes on: the end of the timeout, and what has come in time. */
  @Test
  void requestThatHasComeWhileTheLoopWasHeldUpIsAnswered() throws IOException {
    try (ServerFixture server = server(MODEST, LONG, LONG);
        RawClient client = server.connect()) {
      assertEquals("small", client.get("/small.txt").text());
      // In a handler of a completion: behind a task, completions would come before the timers.
      OperationHandler holdUp =
          (context, attachment, result, flags) -> {
            try {
              client.send(RawClient.text("GET", "/small.txt"));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            long startNanos = System.nanoTime();
            while (System.nanoTime() - startNanos <= MODEST.toNanos()) {
              Thread.onSpinWait();
            }
          };
      server.onLoop(() -> server.server().proactor().operations().nop(holdUp, 0, null));
      assertEquals("small", client.reply().text());
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

  /** A slow peer reads these 32 KiB/s. */
  private static final int READ_BYTES = 8 * 1024;

  private static final long READ_INTERVAL_NANOS = Duration.ofMillis(250).toNanos();

  /** More than the kernel's buffers take; what is in the write queue at the end is nearly full. */
  private static final int SLOW_BYTES = (4 << 20) + 60 * 1024;

  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(2);

  /** Progress shows several times within the timeout. */
  private ServerFixture serverForSlowPeers() throws IOException {
    byte[] content = new byte[SLOW_BYTES];
    new Random(1).nextBytes(content);
    Files.write(root.resolve("slow.bin"), content);
    return new ServerFixture(
        root,
        options -> options.withTimeouts(LONG, LONG, WRITE_TIMEOUT).withUnsentLimitBytes(16 * 1024));
  }

  /** Reads {@code length} bytes slowly and steadily. */
  private static byte[] readSlowly(RawClient client, int length) throws IOException {
    byte[] bytes = new byte[length];
    long startNanos = System.nanoTime();
    for (int read = 0, count = 1; read < length; count++) {
      int wanted = Math.min(READ_BYTES, length - read);
      int piece = client.in().readNBytes(bytes, read, wanted);
      assertEquals(wanted, piece, "the stream ends after " + (read + piece));
      read += piece;
      LockSupport.parkNanos(startNanos + count * READ_INTERVAL_NANOS - System.nanoTime());
    }
    return bytes;
  }

  private void assertContent(byte[] first, byte[] second) throws IOException {
    byte[] body = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, body, first.length, second.length);
    assertArrayEquals(Files.readAllBytes(root.resolve("slow.bin")), body);
  }

  @Test
  void peerThatReadsSlowlyButSteadilyGetsAllOfIt() throws IOException {
    try (ServerFixture server = serverForSlowPeers();
        RawClient client = new RawClient(server.address(), 16 * 1024)) {
      client.send(RawClient.text("GET", "/slow.bin"));
      assertEquals(200, client.head().status());
      // Four times as long as the timeout.
      byte[] slow = readSlowly(client, 32 * READ_BYTES);

      assertContent(slow, client.in().readNBytes(SLOW_BYTES - slow.length));
      assertEquals("small", client.get("/small.txt").text());
    }
  }

  @Test
  void peerThatReadsTheEndSlowlyButSteadilyGetsAllOfIt() throws IOException {
    try (ServerFixture server = serverForSlowPeers();
        RawClient client = new RawClient(server.address(), 16 * 1024)) {
      client.send(RawClient.text("GET", "/slow.bin", "Connection: close"));
      assertEquals(200, client.head().status());
      byte[] fast = client.in().readNBytes(SLOW_BYTES - 32 * READ_BYTES);

      assertContent(fast, readSlowly(client, SLOW_BYTES - fast.length));
      assertTrue(client.atEnd());
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
