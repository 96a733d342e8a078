package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.file.AsyncDirectory;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpConnector;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;

/** What connections leave alone when the kernel may still have one of their operations. */
@OnEveryBackend
class LifetimeAbandonNetTest {

  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private static BufferSlice unpooled(String text) {
    return BufferSlice.copyOf(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static BufferSlice pooled(Proactor proactor, String text) {
    BufferSlice slice = proactor.buffers().acquire(text.length());
    slice.copyWindow(unpooled(text));
    return slice;
  }

  private static void assertSentSlicesAreKept(List<String> texts, OperationKind kind)
      throws Exception {
    List<BufferSlice> slices = new ArrayList<>();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.swallow(operation -> operation.kind == kind);
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      TcpListener listener =
          TcpListener.bind(
              loop.proactor,
              ANY_PORT,
              TcpListenerOptions.defaults(),
              connection -> {
                accepted.complete(connection);
                return new ConnectionHandler() {
                  @Override
                  public void received(StreamConnection c, BufferSlice data) {}

                  @Override
                  public void draining(StreamConnection c) {}

                  @Override
                  public void closed(StreamConnection c, int errno) {
                    closed.complete(errno);
                  }
                };
              });
      try (Socket client =
          new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort())) {
        assertTrue(client.isConnected());
        StreamConnection connection = FaultyLoop.await(accepted);
        List<CompletionStage<Void>> sent = new ArrayList<>();
        loop.run(
            () -> {
              for (String text : texts) {
                slices.add(slices.isEmpty() ? pooled(loop.proactor, text) : unpooled(text));
                sent.add(connection.send(slices.getLast()));
              }
            });
        int before = descriptors();
        assertEquals(1, loop.abandon().operationsAbandoned());
        loop.proactor.awaitTermination();
        assertEquals(Errno.ECANCELED, FaultyLoop.await(closed));
        for (CompletionStage<Void> stage : sent) {
          assertThrows(ExecutionException.class, () -> FaultyLoop.await(stage));
        }
        // The connection's own stays; those of the listener, the ring and the wake-up are gone.
        assertEquals(before - 3, descriptors());
        assertFalse(client.isInputShutdown());
      }
    }
    for (int index = 0; index < texts.size(); index++) {
      // Throws if the last reference had been given up: the memory would be somebody else's.
      assertEquals(
          texts.get(index),
          new String(slices.get(index).retain().toByteArray(), StandardCharsets.US_ASCII));
    }
  }

  @Test
  void slicesOfASendThatNeverCompletedAreKept() throws Exception {
    assertSentSlicesAreKept(List.of("one"), OperationKind.SEND);
  }

  @Test
  void slicesOfAGatheringSendThatNeverCompletedAreKept() throws Exception {
    assertSentSlicesAreKept(List.of("one", "two", "three"), OperationKind.SEND_MESSAGE);
  }

  @Test
  void theDescriptorOfAConnectThatNeverCompletedStaysOpen() throws Exception {
    int before;
    try (FaultyLoop loop = new FaultyLoop(64);
        ServerSocket server = new ServerSocket()) {
      server.bind(ANY_PORT);
      loop.backend.swallow(operation -> operation.kind == OperationKind.CONNECT);
      before = descriptors();
      CompletionStage<StreamConnection> connecting =
          TcpConnector.connect(
              loop.proactor,
              (InetSocketAddress) server.getLocalSocketAddress(),
              Duration.ZERO,
              ConnectionOptions.defaults(),
              connection -> {
                throw new AssertionError("connected");
              });
      loop.run(() -> {});
      assertEquals(before + 1, descriptors());
      assertEquals(1, loop.abandon().operationsAbandoned());
      loop.proactor.awaitTermination();
      ExecutionException e =
          assertThrows(ExecutionException.class, () -> FaultyLoop.await(connecting));
      assertEquals(Errno.ECANCELED, assertInstanceOf(UringException.class, e.getCause()).errno());
      // The socket's stays; those of the ring and the wake-up are gone.
      assertEquals(before + 1 - 2, descriptors());
    }
  }

  @Test
  void aDirectoryClosedWhileAFileBeneathItIsOpenedKeepsItsDescriptorUntilThen() throws Exception {
    Path directory = Files.createTempDirectory("millrace");
    Files.writeString(directory.resolve("file"), "content");
    try (FaultyLoop loop = new FaultyLoop(64)) {
      int before = descriptors();
      CompletableFuture<Integer> failed = new CompletableFuture<>();
      loop.backend.fail(Errno.EIO, operation -> operation.kind == OperationKind.OPEN_HOW);
      AsyncDirectory first = AsyncDirectory.open(loop.proactor, directory);
      loop.run(
          () -> {
            first.openBeneath("file", Libc.O_RDONLY, (file, errno) -> failed.complete(errno));
            first.close();
            // The number is not free while an open names it.
            assertEquals(before + 1, descriptors());
          });
      assertEquals(Errno.EIO, FaultyLoop.await(failed));
      assertEquals(before, descriptors());

      loop.backend.fail(0, operation -> false);
      loop.backend.swallow(operation -> operation.kind == OperationKind.OPEN_HOW);
      AsyncDirectory second = AsyncDirectory.open(loop.proactor, directory);
      CompletableFuture<Integer> abandoned = new CompletableFuture<>();
      loop.run(
          () -> {
            second.openBeneath("file", Libc.O_RDONLY, (file, errno) -> abandoned.complete(errno));
            second.close();
            assertThrows(
                IllegalStateException.class,
                () -> second.openBeneath("file", Libc.O_RDONLY, (file, errno) -> {}));
          });
      assertEquals(1, loop.abandon().operationsAbandoned());
      loop.proactor.awaitTermination();
      assertEquals(Errno.ECANCELED, abandoned.get());
      // The kernel may still open beneath it.
      assertEquals(before + 1 - 2, descriptors());
    }
  }
}
