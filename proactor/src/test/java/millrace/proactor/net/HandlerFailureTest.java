package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@OnEveryBackend
class HandlerFailureTest {

  enum Callback {
    RECEIVED,
    END_OF_STREAM,
    WRITABLE,
    DRAINING,
    CLOSED
  }

  /** Throws in one callback. */
  private static final class Thrower extends Recorder {
    private final Callback when;

    Thrower(Callback when) {
      this.when = when;
    }

    private void at(Callback callback) {
      if (callback == when) {
        throw new IllegalStateException("planted in " + callback);
      }
    }

    @Override
    void onReceived(StreamConnection from, BufferSlice data) {
      from.write(BufferSlice.copyOf(new byte[20_000]));
      at(Callback.RECEIVED);
    }

    @Override
    void onEnd(StreamConnection from) {
      at(Callback.END_OF_STREAM);
      from.close();
    }

    @Override
    void onWritable(StreamConnection to) {
      at(Callback.WRITABLE);
    }

    @Override
    void onDraining(StreamConnection from) {
      at(Callback.DRAINING);
      from.close();
    }

    @Override
    void onClosed(StreamConnection from, int errno) {
      at(Callback.CLOSED);
    }
  }

  @ParameterizedTest
  @EnumSource(Callback.class)
  void aHandlerThatThrowsLosesItsConnectionAndNoOther(Callback callback) throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder bystander =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              from.write(data.retain());
            }
          };
      Thrower thrower = new Thrower(callback);
      ConnectionOptions options = ConnectionOptions.defaults().withWatermarks(0, 10_000, 1 << 20);
      StreamListener good = Peers.listen(loop, bystander::accept);
      StreamListener bad = Peers.listen(loop, options, thrower::accept);
      try (Socket neighbour = Peers.connect(good);
          Socket socket = Peers.connect(bad)) {
        assertEchoes(loop, neighbour);
        loop.await(thrower.opened);
        socket.getOutputStream().write(1);
        CompletableFuture<Peers.Input> input = Peers.start(() -> Peers.readAll(socket));
        loop.until("received", () -> thrower.input.size() == 1);
        if (callback == Callback.END_OF_STREAM || callback == Callback.CLOSED) {
          socket.shutdownOutput();
        }
        if (callback != Callback.DRAINING) {
          int expected = callback == Callback.CLOSED ? 0 : Errno.ECANCELED;
          assertEquals(expected, loop.await(thrower.closed));
          assertEquals(callback != Callback.CLOSED, loop.await(input).reset());
          assertEchoes(loop, neighbour);
        } else {
          assertTrue(loop.shutdown(Duration.ofSeconds(20)).drained(), loop::state);
          assertEquals(Errno.ECANCELED, loop.await(thrower.closed));
          assertEquals(0, loop.await(bystander.closed));
          assertTrue(loop.await(input).reset());
        }
      }
      assertEquals(1, thrower.closes);
      assertEquals(1, failures.size(), loop::state);
      assertEquals("planted in " + callback, failures.get(0).getMessage());
      assertEquals(1, loop.proactor().metrics().handlerFailures());
    }
  }

  private static void assertEchoes(LoopFixture loop, Socket socket) {
    int echo =
        loop.await(
            Peers.start(
                () -> {
                  socket.getOutputStream().write(7);
                  return socket.getInputStream().read();
                }));
    assertEquals(7, echo);
  }

  @Test
  void anAcceptorThatThrowsOrGivesNoHandlerRefusesThatConnectionOnly() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              from.write(data.retain());
            }
          };
      int[] count = new int[1];
      StreamListener listener =
          Peers.listen(
              loop,
              connection ->
                  switch (count[0]++) {
                    case 0 -> throw new IllegalStateException("planted");
                    case 1 -> null;
                    case 2 -> {
                      connection.write(connection.proactor().buffers().acquire(1000));
                      throw new IllegalStateException("planted after a write");
                    }
                    case 3 -> throw new StackOverflowError("planted error");
                    default -> recorder.accept(connection);
                  });
      for (int i = 0; i < 4; i++) {
        try (Socket socket = Peers.connect(listener)) {
          Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
          assertEquals(new Peers.Input("", true), input);
        }
      }
      try (Socket socket = Peers.connect(listener)) {
        assertEchoes(loop, socket);
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(
          List.of("planted", "accepted() returned null", "planted after a write", "planted error"),
          failures.stream().map(Throwable::getMessage).toList());
      loop.until("all closed", () -> listener.liveConnections() == 0);
    }
  }

  @Test
  void anOutgoingConnectionWhoseAcceptorThrowsIsAborted() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      StreamConnection connection =
          loop.await(
              Peers.open(
                  loop,
                  listener,
                  accepted -> {
                    throw new IllegalStateException("planted");
                  }));
      loop.await(connection.closeAsync());
      assertEquals(Errno.ECONNRESET, loop.await(recorder.closed));
      assertEquals(1, failures.size());
    }
  }
}
