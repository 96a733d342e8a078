package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(300)
class HttpLoadTest {
  /** What sha256sum says of the file that the first test writes. */
  private static final String HUGE_SHA_256 =
      "77e0ef5d0c38450abe839281cd4b9057b1a723f081540e07e776cb7b42db3e41";

  private static final int LARGE_BYTES = 16 << 20;
  private static final int SMALL_WINDOW_BYTES = 64 * 1024;

  @TempDir private Path root;
  private final byte[] large = new byte[LARGE_BYTES];

  @BeforeEach
  void writeFiles() throws IOException {
    new Random(2).nextBytes(large);
    Files.write(root.resolve("large.bin"), large);
    Files.writeString(root.resolve("small.txt"), "small");
  }

  @Test
  void fileOfThreeGibibytesArrivesUnchangedInBoundedMemory()
      throws IOException, NoSuchAlgorithmException {
    Path file = root.resolve("huge.bin");
    long sizeBytes = 3L << 30;
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(sizeBytes);
      for (long position : new long[] {0, 65_535, 1L << 31, sizeBytes - 4}) {
        sparse.seek(position);
        sparse.write(new byte[] {1, 2, 3, 4});
      }
    }
    try (ServerFixture server = new ServerFixture(root);
        RawClient client = server.connect()) {
      client.send(RawClient.text("GET", "/huge.bin"));
      assertEquals(String.valueOf(sizeBytes), client.head().field("Content-Length"));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest(digest, client.in(), sizeBytes);

      assertEquals(HUGE_SHA_256, HexFormat.of().formatHex(digest.digest()));
      long poolBytes = server.onLoop(() -> server.server().proactor().buffers().allocatedBytes());
      assertTrue(poolBytes <= 2 << 20, "pool grew to " + poolBytes);
      String tail = "Range: bytes=" + (sizeBytes - 4) + "-";
      assertArrayEquals(new byte[] {1, 2, 3, 4}, client.get("/huge.bin", tail).body());
    }
  }

  private static void digest(MessageDigest digest, InputStream in, long sizeBytes)
      throws IOException {
    byte[] buffer = new byte[1 << 20];
    for (long left = sizeBytes; left > 0; ) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      assertTrue(count > 0, "ended with " + left + " bytes missing");
      digest.update(buffer, 0, count);
      left -= count;
    }
  }

  @Test
  void readersThatDoNotReadHoldUpNobodyAndLittleMemory() throws IOException {
    try (ServerFixture server = new ServerFixture(root)) {
      List<RawClient> slow = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        RawClient client = new RawClient(server.address(), SMALL_WINDOW_BYTES);
        client.send(RawClient.text("GET", "/large.bin"));
        slow.add(client);
      }
      try (RawClient client = server.connect()) {
        for (int i = 0; i < 200; i++) {
          assertEquals("small", client.get("/small.txt").text());
        }
      }
      // Two pieces for each in the queue, and one on its way there.
      long poolBytes = server.onLoop(() -> server.server().proactor().buffers().allocatedBytes());
      assertTrue(poolBytes <= 20 * 3 * 65_536 + (1 << 20), "pool grew to " + poolBytes);
      for (RawClient client : slow) {
        assertArrayEquals(large, client.reply().body());
        client.close();
      }
    }
  }

  @Test
  void poolWithoutBuffersIsWaitedFor() throws IOException {
    // Room for a few pieces only, which the first clients hold until they read.
    try (ServerFixture server =
        new ServerFixture(root, options -> options.withBufferBytes(1 << 20))) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        RawClient client = new RawClient(server.address(), SMALL_WINDOW_BYTES);
        client.send(RawClient.text("GET", "/large.bin"));
        clients.add(client);
      }
      Thread[] readers = new Thread[clients.size()];
      int[] failures = new int[clients.size()];
      for (int i = 0; i < readers.length; i++) {
        int index = i;
        readers[i] =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (RawClient client = clients.get(index)) {
                        failures[index] =
                            java.util.Arrays.equals(large, client.reply().body()) ? 0 : 1;
                      } catch (IOException e) {
                        failures[index] = 2;
                      }
                    });
      }
      for (int i = 0; i < readers.length; i++) {
        join(readers[i]);
        assertEquals(0, failures[i], "reader " + i);
      }
      assertTrue(server.onLoop(() -> server.server().proactor().buffers().exhaustions()) > 0);
      server.awaitNoConnections();
      assertEquals(0, server.outstandingBuffers());
    }
  }

  @Test
  void loadOfOneKindLeavesTheMemoryFitForOthers() throws IOException {
    Files.write(root.resolve("medium.bin"), new byte[10_000]);
    try (ServerFixture server =
        new ServerFixture(root, options -> options.withBufferBytes(1 << 20))) {
      for (int round = 0; round < 2; round++) {
        // Many small responses that nobody reads, then large ones, then one in between.
        for (String target : new String[] {"/small.txt", "/large.bin"}) {
          List<RawClient> clients = new ArrayList<>();
          for (int i = 0; i < 8; i++) {
            RawClient client = new RawClient(server.address(), SMALL_WINDOW_BYTES);
            client.send(RawClient.text("GET", target).repeat(200));
            clients.add(client);
          }
          for (RawClient client : clients) {
            assertEquals(200, client.head().status());
            client.reset();
          }
          server.awaitNoConnections();
        }
        try (RawClient client = server.connect()) {
          assertEquals(10_000, client.get("/medium.bin").body().length);
          assertArrayEquals(large, client.get("/large.bin").body());
        }
      }
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
  void resetInTheMiddleOfASendFreesEverything() throws IOException {
    try (ServerFixture server = new ServerFixture(root)) {
      for (int i = 0; i < 50; i++) {
        RawClient client = new RawClient(server.address(), SMALL_WINDOW_BYTES);
        client.send(RawClient.text("GET", "/large.bin"));
        client.in().readNBytes(1 + i * 1000);
        client.reset();
      }
      server.awaitNoConnections();
      assertEquals(0, server.outstandingBuffers());
      try (RawClient client = server.connect()) {
        assertEquals("small", client.get("/small.txt").text());
      }
    }
  }

  @Test
  void fileThatShrinksWhileItIsSentBreaksTheConnectionOff() throws IOException {
    try (ServerFixture server = new ServerFixture(root);
        RawClient client = new RawClient(server.address(), SMALL_WINDOW_BYTES)) {
      client.send(RawClient.text("GET", "/large.bin") + RawClient.text("GET", "/small.txt"));
      long announced = Long.parseLong(client.head().field("Content-Length"));
      try (RandomAccessFile file = new RandomAccessFile(root.resolve("large.bin").toFile(), "rw")) {
        file.setLength(100);
      }
      // Never the next response in the place of the missing bytes.
      long received = 0;
      byte[] buffer = new byte[65_536];
      boolean ended = false;
      while (!ended) {
        int count;
        try {
          count = client.in().read(buffer);
        } catch (IOException reset) {
          count = -1;
        }
        for (int i = 0; i < count; i++) {
          assertEquals(large[(int) received + i], buffer[i], "byte " + (received + i));
        }
        received += Math.max(0, count);
        ended = count < 0;
      }
      assertTrue(received < announced, received + " of " + announced);
      server.awaitNoConnections();
      assertEquals(0, server.outstandingBuffers());
    }
  }

  @Test
  void drainLetsTheResponseUnderWayEnd() throws IOException {
    ServerFixture server = new ServerFixture(root);
    try (RawClient busy = new RawClient(server.address(), SMALL_WINDOW_BYTES);
        RawClient idle = server.connect()) {
      assertEquals("small", idle.get("/small.txt").text());
      busy.send(RawClient.text("GET", "/large.bin") + RawClient.text("GET", "/small.txt"));
      RawClient.Reply head = busy.head();
      assertEquals(200, head.status());

      var report = server.server().proactor().shutdown(ServerFixture.LIMIT).toCompletableFuture();
      assertTrue(idle.atEnd());
      assertArrayEquals(large, busy.in().readNBytes(LARGE_BYTES));
      busy.endOutput();
      assertTrue(busy.atEnd());
      assertTrue(report.join().drained(), () -> report.join().toString());
      assertThrows(IOException.class, server::connect);
    } finally {
      server.close();
    }
  }

  @Test
  void drainEndsAfterItsLimit() throws IOException {
    try (ServerFixture server = new ServerFixture(root);
        RawClient client = new RawClient(server.address(), SMALL_WINDOW_BYTES)) {
      client.send(RawClient.text("GET", "/large.bin"));
      client.head();

      var report = server.server().proactor().shutdown(Duration.ofMillis(50));
      assertEquals(false, report.toCompletableFuture().join().drained());
      assertThrows(IOException.class, () -> readAll(client));
    }
  }

  private static void readAll(RawClient client) throws IOException {
    if (client.in().readNBytes(LARGE_BYTES).length < LARGE_BYTES) {
      throw new IOException("ended early");
    }
  }
}
