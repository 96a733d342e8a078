package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.ShutdownReport;
import millrace.proactor.Transport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@OnEveryBackend(transports = {Transport.TCP, Transport.UNIX})
class CloseTest {

  private static final long SEED = 0x5eed_0004L;
  private static final long LINGER_NANOS = Duration.ofSeconds(20).toNanos();

  private static byte[] random(int length) {
    return Peers.randomBytes(new Random(SEED), length);
  }

  private static Peers.Input readAll(LoopFixture loop, Socket socket) {
    return loop.await(Peers.start(() -> Peers.readAll(socket)));
  }

  @Test
  void closeSendsAllThatIsQueued() throws Exception {
    byte[] content = random(16 << 20);
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              accepted.write(BufferSlice.copyOf(content));
              accepted.close();
              assertFalse(accepted.isOpen());
              assertEquals(content.length, accepted.queuedBytes());
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        assertEquals(new Peers.Input(Peers.text(content), false), readAll(loop, socket));
      }
      assertEquals(0, loop.await(recorder.closed));
    }
  }

  @Test
  void closeToAPeerThatNeverReadsEndsWithTheCloseLimit() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              for (int i = 0; i < 100; i++) {
                accepted.write(accepted.proactor().buffers().acquire(1 << 18));
              }
              accepted.close();
            }
          };
      ConnectionOptions options =
          ConnectionOptions.defaults().withCloseLimit(Duration.ofMillis(100));
      StreamListener listener = Peers.listen(loop, options, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        assertEquals(Errno.ETIMEDOUT, loop.await(recorder.closed));
        assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
        assertEquals(!Transport.isUnix(), readAll(loop, socket).reset());
      }
    }
  }

  @Test
  void aPeerThatIsStillSendingGetsTheWholeReplyOfALingeringClose() throws Exception {
    byte[] reply = random(200_000);
    byte[] request = random(16 << 20);
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(8, 512))) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              from.write(BufferSlice.copyOf(reply));
              from.closeLingering(LINGER_NANOS);
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        // All of the request first: it would not get through if nobody took it.
        loop.await(
            Peers.start(
                () -> {
                  socket.getOutputStream().write(request);
                  socket.shutdownOutput();
                  return null;
                }));
        assertEquals(new Peers.Input(Peers.text(reply), false), readAll(loop, socket));
        assertEquals(0, loop.await(recorder.closed));
      }
      assertEquals(0, recorder.ends);
      assertTrue(recorder.input.size() <= 512);
    }
  }

  @Test
  void lingeringEndsByItsLimitAndAtOnceWhenThePeerHasFinished() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder patient =
          new Recorder() {
            @Override
            void onEnd(StreamConnection from) {
              from.write(Peers.slice("bye"));
              from.closeLingering(Duration.ofDays(1).toNanos());
            }
          };
      StreamListener first = Peers.listen(loop, patient::accept);
      try (Socket socket = Peers.connect(first)) {
        socket.shutdownOutput();
        assertEquals(0, loop.await(patient.closed));
        assertEquals(new Peers.Input("bye", false), readAll(loop, socket));
      }
      Recorder limited =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              accepted.write(Peers.slice("bye"));
              accepted.closeLingering(Duration.ofMillis(30).toNanos());
            }
          };
      StreamListener second = Peers.listen(loop, limited::accept);
      try (Socket socket = Peers.connect(second)) {
        assertEquals(new Peers.Input("bye", false), readAll(loop, socket));
        assertEquals(0, loop.await(limited.closed));
      }
    }
  }

  @Test
  void abortGivesThePeerAReset() throws Exception {
    Peers.assumeResets();
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              connection.write(loop.proactor().buffers().acquire(4096));
              connection.abort();
              assertEquals(0, recorder.closes, "closed() inside abort()");
            });
        assertEquals(new Peers.Input("", true), readAll(loop, socket));
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
        loop.run(() -> assertNull(connection.remoteAddress()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Interest.class)
  void aResetInTheMiddleOfALargeSendIsToldOnceAndLeaksNothing(Interest interest) throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              for (int i = 0; i < 100; i++) {
                accepted.write(accepted.proactor().buffers().acquire(1 << 18));
              }
              switch (interest) {
                case RECEIVING -> {}
                case PAUSED -> accepted.pauseReceive();
                case CLOSING -> accepted.close();
                case LINGERING -> accepted.closeLingering(LINGER_NANOS);
              }
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        loop.await(Peers.start(() -> socket.getInputStream().readNBytes(100_000)));
        Peers.reset(socket);
        int errno = loop.await(recorder.closed);
        assertTrue(errno == Errno.ECONNRESET || errno == Errno.EPIPE, Errno.name(errno));
      }
      assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
      assertEquals(0, recorder.ends);
    }
  }

  enum Interest {
    RECEIVING,
    PAUSED,
    CLOSING,
    LINGERING
  }

  @Test
  void aResetOfAnIdleConnectionIsTold() throws Exception {
    Peers.assumeResets();
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        loop.await(recorder.opened);
        Peers.reset(socket);
      }
      assertEquals(Errno.ECONNRESET, loop.await(recorder.closed));
      assertEquals(0, recorder.ends);
    }
  }

  enum Way {
    CLOSE,
    CLOSE_LINGERING,
    ABORT,
    SHUTDOWN_OUTPUT_AND_CLOSE,
    CLOSE_THEN_ABORT,
    LINGER_THEN_ABORT,
    ALL_TWICE;

    void end(StreamConnection connection) {
      switch (this) {
        case CLOSE -> connection.close();
        case CLOSE_LINGERING -> connection.closeLingering(LINGER_NANOS);
        case ABORT -> connection.abort();
        case SHUTDOWN_OUTPUT_AND_CLOSE -> {
          connection.shutdownOutput();
          connection.close();
        }
        case CLOSE_THEN_ABORT -> {
          connection.close();
          connection.abort();
        }
        case LINGER_THEN_ABORT -> {
          connection.closeLingering(LINGER_NANOS);
          connection.abort();
        }
        case ALL_TWICE -> {
          for (int i = 0; i < 2; i++) {
            connection.close();
            connection.closeLingering(1);
            connection.abort();
            connection.shutdownOutput();
            connection.pauseReceive();
            connection.resumeReceive();
          }
        }
      }
    }
  }

  private enum Callback {
    ACCEPTED,
    RECEIVED,
    END_OF_STREAM,
    WRITABLE,
    DRAINING,
    CLOSED
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aConnectionMayBeEndedInsideEachCallback(Way way) throws Exception {
    for (Callback callback : Callback.values()) {
      for (boolean withOutput : new boolean[] {false, true}) {
        endInside(callback, way, withOutput);
      }
    }
  }

  /** Ends the connection inside one callback; whatever comes first otherwise ends nothing. */
  private static final class Ender extends Recorder {
    private final Callback when;
    private final Way way;
    private final boolean withOutput;

    Ender(Callback when, Way way, boolean withOutput) {
      this.when = when;
      this.way = way;
      this.withOutput = withOutput;
    }

    private void at(Callback callback, StreamConnection connection) {
      if (callback != when) {
        return;
      }
      if (withOutput) {
        write(connection, 1000);
      }
      way.end(connection);
      assertFalse(connection.isOpen());
      assertFalse(connection.isWritable());
      assertFalse(write(connection, 10), "write after the end");
    }

    private static boolean write(StreamConnection connection, int bytes) {
      BufferSlice slice = connection.proactor().buffers().acquire(bytes);
      return connection.write(slice.range(0, bytes));
    }

    @Override
    void onAccepted(StreamConnection accepted) {
      at(Callback.ACCEPTED, accepted);
    }

    @Override
    void onReceived(StreamConnection from, BufferSlice data) {
      at(Callback.RECEIVED, from);
      if (when == Callback.WRITABLE) {
        assertFalse(write(from, 20_000));
      }
    }

    @Override
    void onEnd(StreamConnection from) {
      at(Callback.END_OF_STREAM, from);
      if (when == Callback.CLOSED) {
        from.close();
      }
    }

    @Override
    void onWritable(StreamConnection to) {
      at(Callback.WRITABLE, to);
    }

    @Override
    void onDraining(StreamConnection from) {
      at(Callback.DRAINING, from);
    }

    @Override
    void onClosed(StreamConnection from, int errno) {
      at(Callback.CLOSED, from);
    }
  }

  private static void endInside(Callback callback, Way way, boolean withOutput) throws Exception {
    String context = callback + " " + way + " " + withOutput;
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(16, 512))) {
      Ender ender = new Ender(callback, way, withOutput);
      ConnectionOptions options = ConnectionOptions.defaults().withWatermarks(0, 10_000, 1 << 20);
      StreamListener listener = Peers.listen(loop, options, ender::accept);
      try (Socket socket = Peers.connect(listener)) {
        loop.await(ender.opened);
        CompletableFuture<Void> peer = Peers.start(() -> talk(socket, callback));
        if (callback == Callback.DRAINING) {
          loop.until("received", () -> ender.input.size() == 4);
          ShutdownReport report = loop.shutdown(Duration.ofSeconds(20));
          assertEquals(new ShutdownReport(true, 0, 0, 0, 0, 0, null), report, context);
        }
        int errno = loop.await(ender.closed);
        loop.await(peer);
        boolean aborted = way.name().endsWith("ABORT") || way == Way.ALL_TWICE;
        if (callback != Callback.CLOSED && (way == Way.ABORT || withOutput)) {
          assertEquals(aborted ? Errno.ECANCELED : 0, errno, context);
        } else {
          // With nothing to send the close may have been over before the abort.
          assertTrue(errno == 0 || (aborted && errno == Errno.ECANCELED), context + errno);
        }
      }
      assertEquals(1, ender.closes, context);
      assertTrue(ender.ends <= 1, context);
    }
  }

  private static Void talk(Socket socket, Callback callback) throws Exception {
    try {
      socket.getOutputStream().write(new byte[] {1, 2, 3, 4});
      if (callback == Callback.END_OF_STREAM || callback == Callback.CLOSED) {
        socket.shutdownOutput();
      }
      Peers.readAll(socket);
      // The end of a lingering close.
      socket.close();
    } catch (IOException e) {
      // Reset by an abort while writing; what this side sees is other tests' business.
      assertTrue(e.getMessage() != null);
    }
    return null;
  }

  @Test
  void manyConnectionsClosedInOneTurnAllEnd() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.submissionEntries(8))) {
      List<Recorder> recorders = new ArrayList<>();
      StreamListener listener =
          Peers.listen(
              loop,
              connection -> {
                Recorder recorder = new Recorder();
                recorders.add(recorder);
                return recorder.accept(connection);
              });
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        sockets.add(Peers.connect(listener));
      }
      loop.until("all accepted", () -> recorders.size() == 200);
      loop.run(
          () -> {
            for (Recorder recorder : recorders) {
              recorder.connection.write(Peers.slice("bye"));
              recorder.connection.close();
            }
          });
      for (int i = 0; i < 200; i++) {
        assertEquals(new Peers.Input("bye", false), readAll(loop, sockets.get(i)));
        assertEquals(0, loop.await(recorders.get(i).closed));
        sockets.get(i).close();
      }
      assertTrue(loop.proactor().metrics().submissionDeferrals() >= 0);
    }
  }

  @Test
  void closeAsyncCompletesForEachCallerAfterClosed() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        List<CompletableFuture<Integer>> closes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          closes.add(
              connection.closeAsync().toCompletableFuture().thenApply(none -> recorder.closes));
        }
        for (CompletableFuture<Integer> close : closes) {
          assertEquals(1, loop.await(close));
        }
        assertNull(loop.await(connection.closeAsync()));
        assertEquals(new Peers.Input("", false), readAll(loop, socket));
      }
    }
  }
}
