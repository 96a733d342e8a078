package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import millrace.proactor.LoopFixture;
import millrace.proactor.Transport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;

@OnEveryBackend(transports = {Transport.TCP, Transport.UNIX})
class SendTest {

  private static UringException failure(LoopFixture loop, CompletionStage<?> stage) {
    Throwable failure =
        loop.await(
            stage.handle(
                (value, error) -> error instanceof CompletionException e ? e.getCause() : error));
    return assertInstanceOf(UringException.class, failure);
  }

  @Test
  void sendsOfManyThreadsKeepTheOrderOfEach() throws Exception {
    int threads = 8;
    int each = 2000;
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        CompletableFuture<byte[]> input =
            Peers.start(() -> socket.getInputStream().readNBytes(threads * each * 8));
        List<CompletableFuture<Void>> senders = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          int thread = i;
          senders.add(
              Peers.start(
                  () -> {
                    List<CompletableFuture<Void>> sends = new ArrayList<>();
                    for (int n = 0; n < each; n++) {
                      byte[] record = ByteBuffer.allocate(8).putInt(thread).putInt(n).array();
                      sends.add(connection.send(BufferSlice.copyOf(record)).toCompletableFuture());
                    }
                    for (CompletableFuture<Void> send : sends) {
                      assertNull(send.get());
                    }
                    return null;
                  }));
        }
        for (CompletableFuture<Void> sender : senders) {
          loop.await(sender);
        }
        ByteBuffer records = ByteBuffer.wrap(loop.await(input));
        int[] next = new int[threads];
        while (records.hasRemaining()) {
          int thread = records.getInt();
          assertEquals(next[thread]++, records.getInt(), "thread " + thread);
        }
      }
    }
  }

  @Test
  void aSendCompletesOnlyWhenTheKernelHasTakenAllOfIt() throws Exception {
    byte[] content = new byte[24 << 20];
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        CompletionStage<Long> sent =
            connection
                .send(BufferSlice.copyOf(content))
                .thenApply(none -> loop.proactor().metrics().bytesSent());
        CompletionStage<Void> nothing = connection.send(BufferSlice.copyOf(new byte[0]));
        loop.run(
            () -> {
              assertTrue(connection.queuedBytes() > 0);
              assertTrue(!sent.toCompletableFuture().isDone());
              assertTrue(!nothing.toCompletableFuture().isDone(), "overtook what was queued");
            });
        loop.await(Peers.start(() -> socket.getInputStream().readNBytes(content.length)));
        assertEquals(content.length, loop.await(sent));
        assertNull(loop.await(nothing));
        loop.run(() -> assertEquals(0, connection.queuedBytes()));
      }
    }
  }

  @Test
  void aSendAfterCloseFailsAndReleasesItsSlice() throws Exception {
    LoopFixture loop = LoopFixture.start();
    Recorder recorder = new Recorder();
    StreamListener listener = Peers.listen(loop, recorder::accept);
    try (Socket socket = Peers.connect(listener)) {
      StreamConnection connection = loop.await(recorder.opened);
      loop.await(connection.closeAsync());
      BufferSlice slice = BufferSlice.copyOf(new byte[10]);
      assertEquals(Errno.EPIPE, failure(loop, connection.send(slice)).errno());
      assertThrows(IllegalStateException.class, slice::release);
      loop.close();
      BufferSlice late = BufferSlice.copyOf(new byte[10]);
      CompletionStage<Void> send = connection.send(late);
      assertTrue(send.toCompletableFuture().isCompletedExceptionally());
      assertThrows(IllegalStateException.class, late::release);
      assertTrue(socket.isConnected());
    }
  }

  @Test
  void aResetFailsEverySendThatIsQueued() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connectWithSmallWindow(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        List<BufferSlice> slices = new ArrayList<>();
        List<CompletionStage<Void>> sends = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          slices.add(BufferSlice.copyOf(new byte[2 << 20]));
          sends.add(connection.send(slices.get(i)));
        }
        loop.await(Peers.start(() -> socket.getInputStream().readNBytes(1000)));
        Peers.reset(socket);
        int errno = loop.await(recorder.closed);
        assertTrue(errno == Errno.ECONNRESET || errno == Errno.EPIPE, Errno.name(errno));
        assertEquals(errno, failure(loop, sends.get(19)).errno());
        for (int i = 0; i < 20; i++) {
          assertTrue(sends.get(i).toCompletableFuture().isDone(), "send " + i);
          assertThrows(IllegalStateException.class, slices.get(i)::release);
        }
      }
    }
  }

  @Test
  void aSendMayEndTheConnectionWhenItCompletes() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              connection
                  .send(Peers.slice("first "))
                  .whenComplete((none, error) -> connection.write(Peers.slice("third ")));
              connection
                  .send(Peers.slice("second "))
                  .whenComplete((none, error) -> connection.close());
              connection
                  .send(Peers.slice("beside "))
                  .whenComplete((none, error) -> connection.abort());
            });
        // All three are sent at once, so that the abort finds the third write unsent.
        Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
        assertTrue("first second beside third ".startsWith(input.text()), input.text());
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
      }
    }
  }
}
