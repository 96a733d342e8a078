package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.UdpHandler;
import millrace.proactor.net.UdpSocket;
import millrace.proactor.net.UdpSocketOptions;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** UDP sockets when the kernel fails them, or never completes what they have submitted. */
@OnEveryBackend
class UdpFailureTest {

  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Longer than a socket rests. */
  private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

  private final Recorder recorder = new Recorder();

  private static final class Recorder implements UdpHandler {
    final LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<Integer> errors = new LinkedBlockingQueue<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();

    @Override
    public void received(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
      received.add(text(data));
    }

    @Override
    public void errorReceived(UdpSocket socket, int errno) {
      errors.add(errno);
    }

    @Override
    public void draining(UdpSocket socket) {}

    @Override
    public void closed(UdpSocket socket, int errno) {
      closed.complete(errno);
    }
  }

  private static String text(BufferSlice slice) {
    return new String(slice.toByteArray(), StandardCharsets.US_ASCII);
  }

  private static BufferSlice unpooled(String text) {
    return BufferSlice.copyOf(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private UdpSocket bind(FaultyLoop loop, UdpSocketOptions options) throws Exception {
    return UdpSocket.bind(loop.proactor, ANY_PORT, options, recorder);
  }

  private static boolean isReceive(Operation operation) {
    return operation.kind == OperationKind.RECEIVE_MESSAGE_MULTISHOT;
  }

  private static boolean isSend(Operation operation) {
    return operation.kind == OperationKind.SEND_MESSAGE;
  }

  @Test
  void aSocketRestsWhenTheKernelIsOutOfMemoryAndGoesOn() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.freezeClock();
      loop.backend.fail(Errno.ENOMEM, UdpFailureTest::isReceive);
      UdpSocket socket = bind(loop, UdpSocketOptions.defaults());
      assertEquals(Errno.ENOMEM, recorder.errors.poll(60, TimeUnit.SECONDS));
      loop.turns(20);
      assertEquals(1, loop.backend.failures(), "no busy loop");
      loop.backend.advance(SECOND_NANOS);
      loop.run(() -> {});
      assertEquals(Errno.ENOMEM, recorder.errors.poll(60, TimeUnit.SECONDS));
      // A pause ends the rest, and a resume tries anew.
      loop.backend.fail(0, operation -> false);
      loop.run(socket::pauseReceive);
      loop.run(socket::resumeReceive);
      try (DatagramSocket peer = new DatagramSocket(ANY_PORT)) {
        peer.send(new DatagramPacket(new byte[] {'x'}, 1, socket.localAddress()));
        assertEquals("x", recorder.received.poll(60, TimeUnit.SECONDS));
      }
      assertEquals(2, socket.metrics().errors());
      FaultyLoop.await(socket.closeAsync());
    }
  }

  @Test
  void aSocketThatRestsCanBeClosed() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.freezeClock();
      loop.backend.fail(Errno.ENOMEM, UdpFailureTest::isReceive);
      UdpSocket socket = bind(loop, UdpSocketOptions.defaults());
      assertEquals(Errno.ENOMEM, recorder.errors.poll(60, TimeUnit.SECONDS));
      FaultyLoop.await(socket.closeAsync());
      assertEquals(0, FaultyLoop.await(recorder.closed));
      assertEquals(0, loop.proactor.metrics().timersLive());
    }
  }

  @Test
  void anErrorThatWillBeTheSameTheNextTimeEndsTheSocket() throws Exception {
    for (int errno : new int[] {Errno.EBADF, Errno.ENOTSOCK, Errno.EINVAL, Errno.EFAULT}) {
      int before = descriptors();
      try (FaultyLoop loop = new FaultyLoop(64)) {
        loop.backend.fail(errno, UdpFailureTest::isReceive);
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        UdpSocket.bind(
            loop.proactor,
            ANY_PORT,
            UdpSocketOptions.defaults(),
            new UdpHandler() {
              @Override
              public void received(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {}

              @Override
              public void closed(UdpSocket socket, int reason) {
                closed.complete(reason);
              }
            });
        assertEquals(errno, FaultyLoop.await(closed));
        assertEquals(1, loop.backend.failures());
      }
      assertEquals(before, descriptors());
    }
  }

  @Test
  void aReceiveBufferMayHaveRoomForAFewBytesOnly() throws Exception {
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    ProactorOptions options =
        ProactorOptions.builder().receiveBuffers(4, UdpSocket.RECEIVE_OVERHEAD_BYTES + 16).build();
    try (Proactor proactor = Proactor.start(options);
        DatagramSocket peer = new DatagramSocket(ANY_PORT)) {
      UdpSocket socket = UdpSocket.bind(proactor, ANY_PORT, UdpSocketOptions.defaults(), recorder);
      byte[] bytes = "0123456789abcdefcut".getBytes(StandardCharsets.US_ASCII);
      peer.send(new DatagramPacket(bytes, bytes.length, socket.localAddress()));
      assertEquals("0123456789abcdef", recorder.received.poll(60, TimeUnit.SECONDS));
      socket.closeAsync().thenRun(() -> closed.complete(0));
      assertEquals(0, FaultyLoop.await(closed));
    }
  }

  @Test
  void closeGivesUpWhenTheKernelDoesNotTakeWhatIsQueued() throws Exception {
    CompletionStage<Void> stuck;
    CompletionStage<Void> queued;
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.swallow(UdpFailureTest::isSend);
      UdpSocket socket =
          bind(
              loop,
              UdpSocketOptions.defaults().withSendsInFlight(1).withCloseLimit(Duration.ofHours(1)));
      InetSocketAddress target = socket.localAddress();
      stuck = socket.sendAsync(unpooled("stuck"), target);
      queued = socket.sendAsync(unpooled("queued"), target);
      loop.run(socket::close);
      loop.turns(3);
      loop.run(() -> assertEquals(2, socket.queuedDatagrams()));
      for (int i = 0; i < 2; i++) {
        loop.backend.advance(Duration.ofHours(2).toNanos());
        loop.turns(3);
      }
      // The queue is dropped; what the kernel has keeps the socket open.
      assertThrows(ExecutionException.class, () -> FaultyLoop.await(queued));
      loop.run(() -> assertEquals(1, socket.queuedDatagrams()));
      assertEquals(1, loop.abandon().operationsAbandoned());
      assertEquals(Errno.ETIMEDOUT, FaultyLoop.await(recorder.closed));
      assertThrows(ExecutionException.class, () -> FaultyLoop.await(stuck));
    }
  }

  @Test
  void repliesThatCannotBeSentDoNotKeepTheLastReceiveBuffersWithoutMemory() throws Exception {
    int buffers = 8;
    LinkedBlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
    UdpHandler echo = (socket, data, datagram) -> taken.add(socket.reply(data.retain(), datagram));
    try (FaultyLoop loop =
            new FaultyLoop(64, o -> o.receiveBuffers(buffers, 256).bufferPoolBytes(1 << 18));
        DatagramSocket peer = new DatagramSocket(ANY_PORT)) {
      loop.backend.swallow(UdpFailureTest::isSend);
      UdpSocket socket =
          UdpSocket.bind(
              loop.proactor, ANY_PORT, UdpSocketOptions.defaults().withSendsInFlight(1), echo);
      loop.run(
          () -> {
            BufferPool pool = loop.proactor.buffers();
            for (int bytes = BufferPool.LARGEST_BYTES; bytes > 0; bytes >>= 1) {
              while (pool.acquire(bytes) != null) {}
            }
            socket.send(unpooled("stuck"), (InetSocketAddress) peer.getLocalSocketAddress());
          });
      loop.turns(1);
      int refused = 0;
      for (int i = 0; i < 3 * buffers; i++) {
        peer.send(new DatagramPacket(new byte[] {'x'}, 1, socket.localAddress()));
        refused += taken.poll(60, TimeUnit.SECONDS) ? 0 : 1;
      }
      assertEquals(refused, socket.metrics().refused());
      assertEquals(3 * buffers - (buffers - buffers / 4), refused);
      loop.abandon();
    }
  }

  @Test
  void whatASendThatNeverCompletedReadsIsKept() throws Exception {
    List<BufferSlice> slices = new ArrayList<>();
    List<CompletionStage<Void>> stages = new ArrayList<>();
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.swallow(UdpFailureTest::isSend);
      UdpSocket socket = bind(loop, UdpSocketOptions.defaults().withSendsInFlight(2));
      loop.run(
          () -> {
            for (String text : List.of("one", "two", "not submitted")) {
              BufferSlice slice = loop.proactor.buffers().acquire(text.length());
              slice.copyWindow(unpooled(text));
              slices.add(slice);
              stages.add(socket.sendAsync(slice, socket.localAddress()));
            }
          });
      loop.turns(3);
      int before = descriptors();
      ShutdownReport report = loop.abandon();
      assertEquals(2, report.operationsAbandoned());
      loop.proactor.awaitTermination();
      assertEquals(Errno.ECANCELED, FaultyLoop.await(recorder.closed));
      for (CompletionStage<Void> stage : stages) {
        assertThrows(ExecutionException.class, () -> FaultyLoop.await(stage));
      }
      // The socket's own stays: its number must not be another's under the sends.
      assertEquals(before - 2, descriptors(), "those of the backend are gone, and no other");
    }
    // Throws if the last reference had been given up: the memory would be somebody else's.
    assertEquals("one", text(slices.get(0).retain()));
    assertEquals("two", text(slices.get(1).retain()));
    assertThrows(IllegalStateException.class, () -> slices.get(2).retain());
  }

  @Test
  void aReceiveThatNeverCompletedKeepsTheSocketsDescriptor() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.swallow(UdpFailureTest::isReceive);
      bind(loop, UdpSocketOptions.defaults());
      int before = descriptors();
      assertEquals(1, loop.abandon().operationsAbandoned());
      loop.proactor.awaitTermination();
      assertEquals(Errno.ECANCELED, FaultyLoop.await(recorder.closed));
      assertEquals(before - 2, descriptors(), "those of the backend are gone, and no other");
    }
  }
}
