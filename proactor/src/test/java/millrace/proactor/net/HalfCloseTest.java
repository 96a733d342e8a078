package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.Transport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.api.Test;

@OnEveryBackend(transports = {Transport.TCP, Transport.UNIX})
class HalfCloseTest {

  private static final long SEED = 0x5eed_0003L;

  private static String randomText(long seed, int length) {
    return Peers.text(Peers.randomBytes(new Random(seed), length));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  @Test
  void aPeerThatHasFinishedStillReadsTheReply() throws Exception {
    String request = randomText(SEED, 100_000);
    String reply = randomText(SEED + 1, 8 << 20);
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onEnd(StreamConnection from) {
              assertEquals(request, text());
              from.write(Peers.slice(reply));
              from.close();
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        socket.getOutputStream().write(bytes(request));
        socket.shutdownOutput();
        assertEquals(
            new Peers.Input(reply, false), loop.await(Peers.start(() -> Peers.readAll(socket))));
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(1, recorder.ends);
    }
  }

  @Test
  void afterShutdownOutputTheConnectionStillReceives() throws Exception {
    String reply = randomText(SEED + 2, 8 << 20);
    String rest = randomText(SEED + 3, 1 << 20);
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              accepted.write(Peers.slice(reply));
              accepted.shutdownOutput();
              assertFalse(accepted.isWritable());
              accepted.shutdownOutput();
              BufferSlice late = accepted.proactor().buffers().acquire(100);
              assertFalse(accepted.write(late));
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
        assertEquals(new Peers.Input(reply, false), input);
        loop.run(
            () -> {
              assertEquals(0, loop.proactor().buffers().outstanding());
              assertEquals(0, recorder.ends);
            });
        loop.await(
            Peers.start(
                () -> {
                  socket.getOutputStream().write(bytes(rest));
                  socket.shutdownOutput();
                  return null;
                }));
        assertEquals(0, loop.await(recorder.closed));
      }
      assertEquals(rest, recorder.text());
      assertEquals(1, recorder.ends);
    }
  }

  @Test
  void theEndIsToldOnceHoweverOftenReceivingIsPausedAfterIt() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      CompletableFuture<Void> ended = new CompletableFuture<>();
      Recorder recorder =
          new Recorder() {
            @Override
            void onEnd(StreamConnection from) {
              from.pauseReceive();
              from.resumeReceive();
              ended.complete(null);
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        socket.shutdownOutput();
        loop.await(ended);
        for (int i = 0; i < 10; i++) {
          loop.run(recorder.connection::pauseReceive);
          loop.run(recorder.connection::resumeReceive);
        }
        loop.run(() -> recorder.connection.write(Peers.slice("still here")));
        loop.run(recorder.connection::close);
        Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
        assertEquals(new Peers.Input("still here", false), input);
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(1, recorder.ends);
    }
  }

  @Test
  void bothSidesFinishInEitherOrder() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      for (boolean peerFirst : new boolean[] {true, false}) {
        Recorder recorder =
            new Recorder() {
              @Override
              void onEnd(StreamConnection from) {}
            };
        StreamListener listener = Peers.listen(loop, recorder::accept);
        try (Socket socket = Peers.connect(listener)) {
          loop.await(recorder.opened);
          if (peerFirst) {
            socket.shutdownOutput();
            loop.until("end", () -> recorder.ends == 1);
          }
          loop.run(recorder.connection::shutdownOutput);
          assertEquals(-1, loop.await(Peers.start(() -> socket.getInputStream().read())));
          if (!peerFirst) {
            socket.shutdownOutput();
            loop.until("end", () -> recorder.ends == 1);
          }
          loop.run(recorder.connection::close);
          assertEquals(0, loop.await(recorder.closed));
        }
      }
    }
  }
}
