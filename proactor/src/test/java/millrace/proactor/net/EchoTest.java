package millrace.proactor.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.ProactorMetrics;
import millrace.proactor.Transport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.timers.Timer;
import org.junit.jupiter.api.Test;

@OnEveryBackend(
    value = {BackendUnderTest.IO_URING, BackendUnderTest.EPOLL},
    transports = {Transport.TCP, Transport.UNIX})
class EchoTest {

  private static final long SEED = 0x5eed_0001L;
  private static final int LARGEST_BYTES = 1 << 20;

  /** Sends back what comes, and stops reading from a peer that does not read. */
  private static final class Echo implements ConnectionHandler {
    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (!connection.write(data.retain())) {
        connection.pauseReceive();
      }
    }

    @Override
    public void writable(StreamConnection connection) {
      connection.resumeReceive();
    }
  }

  @Test
  void aThousandConnectionsGetEachByteBack() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      echo(loop, 1000, 2, SEED);
    }
  }

  @Test
  void fewAndSmallReceiveBuffersOnlyMakeItSlower() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(8, 512))) {
      echo(loop, 200, 2, SEED + 1);
      assertTrue(loop.proactor().metrics().receiveStarvations() > 0, loop::state);
    }
  }

  @Test
  void oneReceiveBufferIsEnough() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(1, 4096))) {
      echo(loop, 50, 2, SEED + 2);
    }
  }

  @Test
  void anExhaustedSlabPoolOnlyMakesItSlower() throws Exception {
    // No copies of scarce buffers and no gathered writes then: both must do without.
    try (LoopFixture loop =
        LoopFixture.start(o -> o.receiveBuffers(8, 512).bufferPoolBytes(1 << 18))) {
      List<BufferSlice> hoard = new ArrayList<>();
      loop.run(
          () -> {
            BufferSlice slice = loop.proactor().buffers().acquire(1 << 18);
            assertTrue(slice != null);
            hoard.add(slice);
          });
      echo(loop, 50, 2, SEED + 3);
      loop.run(() -> hoard.forEach(BufferSlice::release));
    }
  }

  private static void echo(LoopFixture loop, int connections, int messages, long seed)
      throws Exception {
    String context = "seed " + seed;
    StreamListener listener = Peers.listen(loop, connection -> new Echo());
    List<CompletableFuture<Integer>> clients = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Random random = new Random(seed * 1_000_003 + i);
      byte[][] payloads = new byte[messages][];
      for (int m = 0; m < messages; m++) {
        int length = (int) Math.round(Math.exp(random.nextDouble() * Math.log(LARGEST_BYTES)));
        payloads[m] = Peers.randomBytes(random, Math.clamp(length, 1, LARGEST_BYTES));
      }
      clients.add(Peers.start(() -> exchange(listener, payloads)));
    }
    long total = 0;
    for (CompletableFuture<Integer> client : clients) {
      try {
        total += loop.await(client);
      } catch (AssertionError e) {
        throw new AssertionError(context + ": " + e.getMessage(), e);
      }
    }
    loop.until("all closed", () -> listener.liveConnections() == 0);
    ProactorMetrics metrics = loop.proactor().metrics();
    assertEquals(total, metrics.bytesReceived(), context);
    assertEquals(total, metrics.bytesSent(), context);
    assertEquals(connections, metrics.connectionsClosed(), context);
    assertEquals(0, metrics.connectionsRefused() + metrics.acceptFailures(), context);
  }

  private static int exchange(StreamListener listener, byte[][] payloads) throws Exception {
    try (Socket socket = Peers.connect(listener)) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int total = 0;
      for (byte[] payload : payloads) {
        // Writes and reads at once: a peer that only wrote would be stopped by backpressure.
        CompletableFuture<Void> written =
            Peers.start(
                () -> {
                  socket.getOutputStream().write(payload);
                  return null;
                });
        byte[] echo = new byte[payload.length];
        in.readFully(echo);
        written.get();
        assertArrayEquals(payload, echo);
        total += payload.length;
      }
      socket.shutdownOutput();
      assertEquals(-1, in.read());
      return total;
    }
  }

  @Test
  void aStarvedLoopDoesNotTurnWhilePeersKeepSending() throws Exception {
    int buffers = 8;
    int peers = 20;
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(buffers, 512))) {
      ArrayDeque<BufferSlice> hoard = new ArrayDeque<>();
      List<Recorder> recorders = new ArrayList<>();
      boolean[] hoarding = {true};
      StreamListener listener =
          Peers.listen(
              loop,
              connection -> {
                Recorder recorder =
                    new Recorder() {
                      @Override
                      void onReceived(StreamConnection from, BufferSlice data) {
                        if (hoarding[0]) {
                          hoard.add(data.retain());
                        }
                      }
                    };
                recorders.add(recorder);
                return recorder;
              });
      List<Socket> sockets = new ArrayList<>();
      // More than all buffers hold, so that whoever took them all starves too.
      byte[] first = new byte[512 * buffers + 1];
      Arrays.fill(first, (byte) 'a');
      for (int i = 0; i < peers; i++) {
        sockets.add(Peers.connect(listener));
        sockets.get(i).getOutputStream().write(first);
      }
      Loop engine = Loop.of(loop.proactor());
      loop.until("all starved", () -> engine.receiveBuffers().starvedCount() == peers);
      assertEquals(buffers, loop.call(hoard::size));

      long turnsBefore = loop.proactor().metrics().turns();
      // Of so small pieces a UNIX socket takes but a few hundred: each costs it a buffer.
      int rounds = Transport.isUnix() ? 100 : 500;
      byte[] more = {'b'};
      for (int round = 0; round < rounds; round++) {
        for (Socket socket : sockets) {
          OutputStream out = socket.getOutputStream();
          out.write(more);
        }
      }
      long turns = loop.proactor().metrics().turns() - turnsBefore;
      // The turn in which the last look was taken may still have been under way, and no more; on
      // epoll one event of each connection tells that nobody waits for it any more.
      int most = BackendUnderTest.current().isEpoll() ? 3 + peers : 3;
      assertTrue(turns <= most, turns + " turns while " + rounds * peers + " bytes came");

      loop.run(
          () -> {
            hoarding[0] = false;
            hoard.forEach(BufferSlice::release);
          });
      for (Socket socket : sockets) {
        socket.close();
      }
      String expected = "a".repeat(first.length) + "b".repeat(rounds);
      for (Recorder recorder : recorders) {
        assertEquals(0, loop.await(recorder.closed));
        assertEquals(1, recorder.ends);
        assertEquals(expected, recorder.text());
      }
    }
  }

  @Test
  void buffersReleasedForAWaiterOfTheSlabPoolReachTheStarved() throws Exception {
    try (LoopFixture loop =
        LoopFixture.start(o -> o.receiveBuffers(1, 512).bufferPoolBytes(1 << 18))) {
      Loop engine = Loop.of(loop.proactor());
      BufferSlice[] slab = new BufferSlice[1];
      loop.run(() -> slab[0] = loop.proactor().buffers().acquire(1 << 18));
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              if (input.size() <= 512) {
                BufferSlice kept = data.retain();
                // As a proxy does that wants to copy and finds the pool empty.
                loop.proactor().buffers().whenAvailable(kept::release);
              }
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        socket.getOutputStream().write(new byte[4096]);
        loop.until("starved", () -> engine.receiveBuffers().starvedCount() == 1);
        socket.shutdownOutput();
        // By a timer, so that no other event makes the loop turn once more.
        Timer release = Timer.of((timer, now) -> slab[0].release());
        loop.run(() -> loop.proactor().startTimer(release, Duration.ofMillis(20).toNanos()));
        assertEquals(0, loop.await(recorder.closed));
        assertEquals(4096, recorder.input.size());
      }
    }
  }

  @Test
  void idleConnectionsInLineDoNotKeepBuffersFromThoseWithData() throws Exception {
    int buffers = 8;
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(buffers, 512))) {
      Loop engine = Loop.of(loop.proactor());
      List<BufferSlice> hoard = new ArrayList<>();
      Recorder last = new Recorder();
      List<Recorder> recorders = new ArrayList<>();
      StreamListener listener =
          Peers.listen(
              loop,
              connection -> {
                Recorder recorder =
                    new Recorder() {
                      @Override
                      void onReceived(StreamConnection from, BufferSlice data) {
                        if (hoard.size() < buffers) {
                          hoard.add(data.retain());
                        }
                      }
                    };
                recorders.add(recorder);
                return recorders.size() == 1 + 3 * buffers ? last.accept(connection) : recorder;
              });
      List<Socket> sockets = new ArrayList<>();
      sockets.add(Peers.connect(listener));
      sockets.get(0).getOutputStream().write(new byte[512 * buffers]);
      loop.until("all taken", () -> hoard.size() == buffers);
      // io_uring selects the buffer before it looks at the socket: a receive without buffers fails
      // on an idle connection too. On epoll it waits for data.
      boolean idleOnesStarve = !BackendUnderTest.current().isEpoll();
      for (int i = 1; i < 3 * buffers; i++) {
        sockets.add(Peers.connect(listener));
        int count = i;
        loop.until("open", () -> recorders.size() == count + 1);
        if (idleOnesStarve) {
          loop.until("in line", () -> engine.receiveBuffers().starvedCount() == count);
        }
      }
      try (Socket socket = Peers.connect(listener)) {
        socket.getOutputStream().write("here".getBytes(US_ASCII));
        socket.shutdownOutput();
        int least = idleOnesStarve ? 3 * buffers : 1;
        loop.until("all in line", () -> engine.receiveBuffers().starvedCount() >= least);
        Timer release = Timer.of((timer, now) -> hoard.forEach(BufferSlice::release));
        loop.run(() -> loop.proactor().startTimer(release, Duration.ofMillis(20).toNanos()));
        assertEquals(0, loop.await(last.closed));
        assertEquals("here", last.text());
      }
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
