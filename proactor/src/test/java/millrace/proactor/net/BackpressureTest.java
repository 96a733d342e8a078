package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import millrace.proactor.LoopFixture;
import millrace.proactor.Transport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

@OnEveryBackend(transports = {Transport.TCP, Transport.UNIX})
class BackpressureTest {

  private static final long SEED = 0x5eed_0002L;

  @Test
  void writeAnswersFalseAboveTheHighWatermarkAndWritableIsToldOnce() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      ConnectionOptions options =
          ConnectionOptions.defaults().withWatermarks(1000, 4000, 1_000_000);
      StreamListener listener = Peers.listen(loop, options, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              for (int i = 1; i <= 4; i++) {
                assertTrue(connection.write(BufferSlice.copyOf(new byte[1000])), "write " + i);
              }
              assertTrue(connection.isWritable());
              assertFalse(connection.write(BufferSlice.copyOf(new byte[1])));
              assertFalse(connection.isWritable());
              assertFalse(connection.write(BufferSlice.copyOf(new byte[999])));
              assertEquals(5000, connection.queuedBytes());
            });
        assertEquals(5000, socket.getInputStream().readNBytes(5000).length);
        loop.until("writable", () -> recorder.writables == 1);
        loop.run(
            () -> {
              assertEquals(0, connection.queuedBytes());
              assertTrue(connection.isWritable());
              assertTrue(connection.write(BufferSlice.copyOf(new byte[1000])));
            });
        assertEquals(1000, socket.getInputStream().readNBytes(1000).length);
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(1, recorder.writables);
    }
  }

  @Test
  void aProducerThatWaitsForWritableSendsEverythingWithAShortQueue() throws Exception {
    byte[] content = Peers.randomBytes(new Random(SEED), 24 << 20);
    int low = 100_000;
    int high = 300_000;
    int piece = 10_007;
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            private int next;
            private int refusals;

            @Override
            void onAccepted(StreamConnection accepted) {
              produce(accepted);
            }

            @Override
            void onWritable(StreamConnection to) {
              assertEquals(refusals, writables);
              assertTrue(to.queuedBytes() <= low, "told at " + to.queuedBytes());
              produce(to);
            }

            private void produce(StreamConnection to) {
              boolean writable = true;
              while (writable && next < content.length) {
                int end = Math.min(content.length, next + piece);
                writable = to.write(BufferSlice.copyOf(Arrays.copyOfRange(content, next, end)));
                next = end;
                assertTrue(to.queuedBytes() <= high + piece, "queued " + to.queuedBytes());
              }
              if (next == content.length) {
                to.close();
              }
              refusals++;
            }
          };
      ConnectionOptions options = ConnectionOptions.defaults().withWatermarks(low, high, 1 << 20);
      StreamListener listener = Peers.listen(loop, options, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        assertArrayEquals(content, loop.await(Peers.start(() -> readFully(socket))));
      }
      assertEquals(0, loop.await(recorder.closed));
    }
  }

  @Test
  void aPeerThatDoesNotReadCostsNoMoreThanTheWatermark() throws Exception {
    byte[] content = Peers.randomBytes(new Random(SEED + 1), 24 << 20);
    int high = 200_000;
    try (LoopFixture loop = LoopFixture.start()) {
      CompletableFuture<Void> full = new CompletableFuture<>();
      long[] most = new long[1];
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              if (!from.write(data.retain())) {
                from.pauseReceive();
                full.complete(null);
              }
              most[0] = Math.max(most[0], from.queuedBytes());
            }

            @Override
            void onWritable(StreamConnection to) {
              to.resumeReceive();
            }
          };
      ConnectionOptions options =
          ConnectionOptions.defaults().withWatermarks(50_000, high, 1 << 20);
      StreamListener listener = Peers.listen(loop, options, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        CompletableFuture<Void> written =
            Peers.start(
                () -> {
                  socket.getOutputStream().write(content);
                  socket.shutdownOutput();
                  return null;
                });
        loop.await(full);
        assertArrayEquals(content, loop.await(Peers.start(() -> readFully(socket))));
        loop.await(written);
      }
      assertEquals(0, loop.await(recorder.closed));
      assertTrue(most[0] <= high + 8192, "queued " + most[0]);
    }
  }

  @Test
  void aWriteBeyondTheLimitResetsTheConnectionAndReleasesEverything() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      ConnectionOptions options = ConnectionOptions.defaults().withWatermarks(0, 4096, 40_960);
      StreamListener listener = Peers.listen(loop, options, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              for (int i = 0; i < 10; i++) {
                connection.write(loop.proactor().buffers().acquire(4096));
              }
              assertTrue(connection.isOpen());
              assertFalse(connection.write(loop.proactor().buffers().acquire(4096)));
              assertFalse(connection.isOpen());
              assertFalse(connection.write(loop.proactor().buffers().acquire(4096)));
              assertEquals(0, recorder.closes, "closed() inside write()");
            });
        assertEquals(Errno.ENOBUFS, loop.await(recorder.closed));
        assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
        // A truncated stream must not look like a whole one.
        Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
        assertEquals(!Transport.isUnix(), input.reset());
      }
    }
  }

  @Test
  void pausingAndResumingAnywhereLosesAndReordersNothing() throws Exception {
    byte[] content = Peers.randomBytes(new Random(SEED + 2), 1 << 20);
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(32, 1024))) {
      Recorder recorder =
          new Recorder() {
            private final Random random = new Random(SEED + 3);
            private int depth;

            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              assertEquals(1, ++depth, "received() inside received()");
              switch (random.nextInt(4)) {
                case 0 -> {
                  from.pauseReceive();
                  loop.proactor().execute(from::resumeReceive);
                }
                case 1 -> {
                  from.pauseReceive();
                  from.resumeReceive();
                }
                case 2 -> {
                  from.pauseReceive();
                  from.pauseReceive();
                  loop.proactor().execute(from::resumeReceive);
                  loop.proactor().execute(from::pauseReceive);
                  loop.proactor().execute(from::resumeReceive);
                  loop.proactor().execute(from::resumeReceive);
                }
                default -> from.resumeReceive();
              }
              depth--;
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        loop.await(
            Peers.start(
                () -> {
                  socket.getOutputStream().write(content);
                  socket.shutdownOutput();
                  return null;
                }));
        assertEquals(0, loop.await(recorder.closed));
      }
      assertArrayEquals(content, recorder.input.toByteArray(), "seed " + SEED);
      assertEquals(1, recorder.ends);
    }
  }

  @Test
  void dataAndEndUnderWayWhenPausedAreKeptForTheResume() throws Exception {
    byte[] content = Peers.randomBytes(new Random(SEED + 4), 10_000);
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(64, 1024))) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              if (input.size() == data.length()) {
                from.pauseReceive();
              }
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        // The loop stands still meanwhile, so that data and FIN come in one batch of completions.
        CountDownLatch sent = new CountDownLatch(1);
        loop.proactor().execute(() -> awaitLatch(sent));
        socket.getOutputStream().write(content);
        socket.shutdownOutput();
        sent.countDown();
        loop.until("first piece", () -> recorder.input.size() > 0);
        loop.run(() -> assertEquals(1024, recorder.input.size()));
        loop.run(() -> assertEquals(0, recorder.ends));
        // On epoll a cancelled receive leaves in the socket what it has not received.
        boolean underWay = loop.proactor().metrics().receiveBuffersOutstanding() > 0;
        assertEquals(!BackendUnderTest.current().isEpoll(), underWay, loop::state);
        loop.run(connection::resumeReceive);
        assertEquals(0, loop.await(recorder.closed));
        assertArrayEquals(content, recorder.input.toByteArray());
        assertEquals(1, recorder.ends);
      }
    }
  }

  @Test
  void aConnectionPausedWhenAcceptedReceivesAllOnResume() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              accepted.pauseReceive();
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        OutputStream out = socket.getOutputStream();
        out.write("early".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        StreamConnection connection = loop.await(recorder.opened);
        for (int i = 0; i < 20; i++) {
          loop.run(() -> assertEquals("", recorder.text()));
        }
        loop.run(connection::resumeReceive);
        assertEquals(0, loop.await(recorder.closed));
        assertEquals("early", recorder.text());
      }
    }
  }

  @Test
  void smallSlicesOfOneTurnGoOutInOrderWithFewSends() throws Exception {
    int slices = 3000;
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      StringBuilder expected = new StringBuilder();
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        long before = loop.proactor().metrics().operationsSubmitted();
        loop.run(
            () -> {
              for (int i = 0; i < slices; i++) {
                String text = "slice " + i + ";";
                expected.append(text);
                connection.write(Peers.slice(text));
              }
              connection.shutdownOutput();
            });
        Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
        assertEquals(new Peers.Input(expected.toString(), false), input);
        long operations = loop.proactor().metrics().operationsSubmitted() - before;
        // Sixty to a send, and a few more should the kernel take one in parts.
        assertTrue(operations <= slices / 60 + 5, operations + " operations");
      }
      assertEquals(0, loop.await(recorder.closed));
    }
  }

  private static byte[] readFully(Socket socket) throws Exception {
    return socket.getInputStream().readAllBytes();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
