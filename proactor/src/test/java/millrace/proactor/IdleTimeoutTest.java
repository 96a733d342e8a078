package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** When a connection counts as idle. The clock stands still but for the test. */
@OnEveryBackend
class IdleTimeoutTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long TIMEOUT_NANOS = TIMEOUT.toNanos();

  /** More than a tick of the timers. */
  private static final long TICKS_NANOS = 3_000_000;

  /** More than the kernel's buffers of both sides take in. */
  private static final int FILLING_BYTES = 12 << 20;

  /** Takes what comes, and answers an end with nothing. */
  private static final class Sink implements ConnectionHandler {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    final CompletableFuture<Void> ended = new CompletableFuture<>();
    final BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
    final CompletableFuture<Void> toldToDrain = new CompletableFuture<>();
    final StreamConnection connection;
    final List<BufferSlice> kept = new ArrayList<>();
    volatile boolean ignoresDraining;
    volatile boolean keeps;

    Sink(StreamConnection connection) {
      this.connection = connection;
    }

    @Override
    public void received(StreamConnection from, BufferSlice data) {
      if (keeps) {
        kept.add(data.retain());
      }
      received.add(data.length());
    }

    @Override
    public void endOfStream(StreamConnection from) {
      ended.complete(null);
    }

    @Override
    public void draining(StreamConnection from) {
      toldToDrain.complete(null);
      if (!ignoresDraining) {
        from.abort();
      }
    }

    @Override
    public void closed(StreamConnection from, int errno) {
      closed.complete(errno);
    }
  }

  /** A loop, a listener, and one connection to it. */
  private static final class Pair implements AutoCloseable {
    final FaultyLoop loop;
    final Socket peer = new Socket();
    final Sink sink;

    Pair() throws Exception {
      this(ConnectionOptions.defaults().withIdleTimeout(TIMEOUT));
    }

    Pair(ConnectionOptions options) throws Exception {
      this(options, UnaryOperator.identity());
    }

    Pair(ConnectionOptions options, UnaryOperator<ProactorOptions.Builder> ofLoop)
        throws Exception {
      loop = new FaultyLoop(64, ofLoop);
      loop.backend.freezeClock();
      CompletableFuture<Sink> accepted = new CompletableFuture<>();
      TcpListener listener =
          TcpListener.bind(
              loop.proactor,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults().withConnection(options),
              connection -> {
                Sink handler = new Sink(connection);
                accepted.complete(handler);
                return handler;
              });
      peer.setReceiveBufferSize(4096);
      peer.setSoTimeout(60_000);
      peer.connect(listener.localAddress());
      sink = await(accepted);
      // The connection's timers are started after the handler was made.
      loop.turns(1);
    }

    static <T> T await(CompletionStage<T> stage) throws Exception {
      return FaultyLoop.await(stage);
    }

    void pass(long nanos) throws Exception {
      loop.backend.advance(nanos);
      loop.turns(2);
    }

    void send() throws Exception {
      peer.getOutputStream().write(7);
      assertEquals(1, sink.received.poll(60, TimeUnit.SECONDS));
    }

    void assertOpen() {
      assertFalse(sink.closed.isDone(), () -> loop.proactor.metrics().toString());
    }

    void assertTimedOut() throws Exception {
      // The timeout was late to be seen, by what a test lets pass at once.
      for (int i = 0; i < 100 && !sink.closed.isDone(); i++) {
        pass(TICKS_NANOS);
      }
      assertEquals(Errno.ETIMEDOUT, await(sink.closed));
      loop.run(() -> assertEquals(0, loop.proactor.buffers().outstanding()));
    }

    @Override
    public void close() throws IOException {
      peer.close();
      loop.close();
    }
  }

  @Test
  void aSilentPeerIsToldTheEndAfterTheTimeoutAndNotBefore() throws Exception {
    try (Pair pair = new Pair()) {
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
      assertEquals(-1, pair.peer.getInputStream().read());
    }
  }

  @Test
  void aPeerThatTricklesIsKeptUntilItStops() throws Exception {
    try (Pair pair = new Pair()) {
      for (int i = 0; i < 20; i++) {
        pair.pass(TIMEOUT_NANOS - 1);
        pair.send();
      }
      // The timer may have been started anew for a part of the timeout.
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
    }
  }

  @Test
  void whatTheKernelTakesIsActivity() throws Exception {
    try (Pair pair = new Pair()) {
      for (int i = 0; i < 5; i++) {
        pair.pass(TIMEOUT_NANOS - 1);
        FaultyLoop.await(pair.sink.connection.send(BufferSlice.copyOf(new byte[] {1})));
        assertEquals(1, pair.peer.getInputStream().read());
      }
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
    }
  }

  @Test
  void whatHasComeWhileTheLoopWasHeldUpIsActivity() throws Exception {
    try (Pair pair = new Pair()) {
      for (int i = 0; i < 5; i++) {
        // In the handler of a completion: the timers of the next turn come before what was sent.
        OperationHandler holdUp =
            (context, attachment, result, flags) -> {
              try {
                pair.peer.getOutputStream().write(7);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              pair.loop.backend.advance(TIMEOUT_NANOS + TICKS_NANOS);
            };
        pair.loop.run(() -> pair.loop.proactor.operations().nop(holdUp, 0, null));
        assertEquals(1, pair.sink.received.poll(60, TimeUnit.SECONDS));
        pair.assertOpen();
      }
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
    }
  }

  /** The kernel tells of some only in each turn, however many have sent something. */
  @Test
  void whatManyPeersHaveSentWhileTheLoopWasHeldUpIsActivity() throws Exception {
    int peers = 200;
    List<Sink> sinks = Collections.synchronizedList(new ArrayList<>());
    List<Socket> sockets = new ArrayList<>();
    try (FaultyLoop loop = new FaultyLoop(1024)) {
      loop.backend.freezeClock();
      TcpListener listener =
          TcpListener.bind(
              loop.proactor,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults()
                  .withConnection(ConnectionOptions.defaults().withIdleTimeout(TIMEOUT)),
              connection -> {
                Sink sink = new Sink(connection);
                sinks.add(sink);
                return sink;
              });
      for (int i = 0; i < peers; i++) {
        sockets.add(new Socket());
        sockets.get(i).connect(listener.localAddress());
      }
      while (sinks.size() < peers) {
        loop.turns(1);
      }
      OperationHandler holdUp =
          (context, attachment, result, flags) -> {
            try {
              for (Socket socket : sockets) {
                socket.getOutputStream().write(7);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            loop.backend.advance(TIMEOUT_NANOS + TICKS_NANOS);
          };
      loop.run(() -> loop.proactor.operations().nop(holdUp, 0, null));
      for (Sink sink : sinks) {
        assertEquals(1, sink.received.poll(60, TimeUnit.SECONDS));
      }
      loop.backend.advance(TICKS_NANOS);
      loop.turns(3);
      assertTrue(sinks.stream().noneMatch(sink -> sink.closed.isDone()));
      for (int i = 0; i < 100 && !sinks.stream().allMatch(sink -> sink.closed.isDone()); i++) {
        loop.backend.advance(TIMEOUT_NANOS + TICKS_NANOS);
        loop.turns(2);
      }
      for (Sink sink : sinks) {
        assertEquals(Errno.ETIMEDOUT, sink.closed.getNow(null));
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aPeerThatReadsNothingOfWhatIsQueuedIsReset() throws Exception {
    try (Pair pair = new Pair()) {
      pair.loop.run(() -> pair.sink.connection.write(BufferSlice.unpooled(FILLING_BYTES)));
      // The kernel takes some more now and then.
      for (int i = 0; i < 100 && !pair.sink.closed.isDone(); i++) {
        pair.pass(TIMEOUT_NANOS + TICKS_NANOS);
      }
      pair.assertTimedOut();
      assertThrows(SocketException.class, () -> pair.peer.getInputStream().readAllBytes());
    }
  }

  @Test
  void afterThePeersEndTheTimeoutGoesOn() throws Exception {
    try (Pair pair = new Pair()) {
      pair.peer.shutdownOutput();
      Pair.await(pair.sink.ended);
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
    }
  }

  @Test
  void afterTheOwnEndWhatThePeerSendsIsActivity() throws Exception {
    try (Pair pair = new Pair()) {
      pair.loop.run(pair.sink.connection::shutdownOutput);
      pair.pass(TIMEOUT_NANOS - 1);
      pair.send();
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
    }
  }

  @Test
  void whileReceivingIsPausedTheTimeoutStandsStill() throws Exception {
    try (Pair pair = new Pair()) {
      pair.loop.run(pair.sink.connection::pauseReceive);
      for (int i = 0; i < 5; i++) {
        pair.pass(TIMEOUT_NANOS + TICKS_NANOS);
      }
      pair.assertOpen();
      pair.pass(TIMEOUT_NANOS / 2);
      pair.loop.run(pair.sink.connection::resumeReceive);
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.pass(TICKS_NANOS);
      pair.assertTimedOut();
    }
  }

  @Test
  void whileTheLoopHasNoReceiveBufferTheTimeoutStandsStill() throws Exception {
    ConnectionOptions options = ConnectionOptions.defaults().withIdleTimeout(TIMEOUT);
    try (Pair pair = new Pair(options, ofLoop -> ofLoop.receiveBuffers(1, 256))) {
      pair.sink.keeps = true;
      pair.send();
      pair.peer.getOutputStream().write(8);
      while (pair.loop.proactor.metrics().receiveStarvations() == 0) {
        pair.loop.turns(1);
      }
      for (int i = 0; i < 5; i++) {
        pair.pass(TIMEOUT_NANOS + TICKS_NANOS);
      }
      pair.assertOpen();
      pair.sink.keeps = false;
      pair.pass(TIMEOUT_NANOS / 2);
      pair.loop.run(() -> pair.sink.kept.forEach(BufferSlice::release));
      assertEquals(1, pair.sink.received.poll(60, TimeUnit.SECONDS));
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      pair.assertTimedOut();
    }
  }

  @Test
  void whatIsQueuedWhilePausedIsWaitedForFromThenOn() throws Exception {
    try (Pair pair = new Pair()) {
      pair.loop.run(pair.sink.connection::pauseReceive);
      pair.pass(TIMEOUT_NANOS - 1);
      pair.loop.run(() -> pair.sink.connection.write(BufferSlice.unpooled(FILLING_BYTES)));
      pair.pass(TIMEOUT_NANOS - 1);
      pair.assertOpen();
      for (int i = 0; i < 100 && !pair.sink.closed.isDone(); i++) {
        pair.pass(TIMEOUT_NANOS + TICKS_NANOS);
      }
      pair.assertTimedOut();
    }
  }

  @Test
  void aConnectionThatDoesNotFinishWhileDrainingTimesOut() throws Exception {
    try (Pair pair = new Pair()) {
      pair.sink.ignoresDraining = true;
      CompletionStage<ShutdownReport> shutdown =
          pair.loop.proactor.shutdown(TIMEOUT.multipliedBy(3));
      Pair.await(pair.sink.toldToDrain);
      pair.loop.backend.advance(TIMEOUT_NANOS);
      for (int i = 0; i < 5; i++) {
        pair.loop.backend.advance(TICKS_NANOS);
        pair.loop.turnsUnless(pair.sink.closed, 5);
      }
      assertEquals(Errno.ETIMEDOUT, Pair.await(pair.sink.closed));
      ShutdownReport report = Pair.await(shutdown);
      assertTrue(report.drained(), report::toString);
    }
  }

  @Test
  void afterAnOrderlyCloseNothingTimesOut() throws Exception {
    try (Pair pair = new Pair()) {
      pair.loop.run(() -> pair.sink.connection.closeLingering(3 * TIMEOUT_NANOS));
      pair.pass(TIMEOUT_NANOS + TICKS_NANOS);
      pair.assertOpen();
      pair.peer.close();
      assertEquals(0, Pair.await(pair.sink.closed));
    }
  }

  @Test
  void withoutATimeoutASilentPeerIsKept() throws Exception {
    try (Pair pair = new Pair(ConnectionOptions.defaults())) {
      pair.pass(Duration.ofDays(1000).toNanos());
      pair.assertOpen();
      pair.send();
    }
  }

  @Test
  void aNegativeTimeoutIsRefused() {
    ConnectionOptions options = ConnectionOptions.defaults();
    assertEquals(Duration.ZERO, options.idleTimeout());
    Duration negative = Duration.ofNanos(-1);
    assertThrows(IllegalArgumentException.class, () -> options.withIdleTimeout(negative));
  }
}
