package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.LoopFixture;
import millrace.proactor.Transport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.uring.Errno;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;

@OnEveryBackend(transports = Transport.UNIX)
class UnixConnectorTest {

  private static CompletionStage<StreamConnection> connect(
      LoopFixture loop, UnixDomainSocketAddress address, Duration deadline, Recorder recorder) {
    return UnixConnector.connect(
        loop.proactor(), address, deadline, ConnectionOptions.defaults(), recorder::accept);
  }

  private static UringException refusal(
      LoopFixture loop, UnixDomainSocketAddress address, Duration deadline) {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    connect(loop, address, deadline, new Recorder())
        .whenComplete((connection, thrown) -> failure.complete(thrown));
    return (UringException) loop.await(failure);
  }

  private static ServerSocketChannel listen(UnixDomainSocketAddress address, int backlog)
      throws Exception {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(address, backlog);
    return server;
  }

  /** Connects until the queue takes no more. */
  private static List<SocketChannel> fillQueue(UnixDomainSocketAddress address) throws Exception {
    List<SocketChannel> waiting = new ArrayList<>();
    while (true) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.configureBlocking(false);
      boolean connected;
      try {
        connected = channel.connect(address);
      } catch (java.io.IOException full) {
        connected = false;
      }
      if (!connected) {
        channel.close();
        return waiting;
      }
      waiting.add(channel);
    }
  }

  @Test
  void aConnectionCarriesBytesBothWaysAndEnds() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start();
        ServerSocketChannel server = listen(address, 10)) {
      Recorder recorder = new Recorder();
      StreamConnection connection = loop.await(connect(loop, address, Duration.ZERO, recorder));
      try (SocketChannel peer = server.accept()) {
        loop.run(
            () -> {
              assertEquals(address, connection.remoteAddress());
              connection.write(Peers.slice("grist"));
            });
        ByteBuffer bytes = ByteBuffer.allocate(5);
        while (bytes.hasRemaining()) {
          assertTrue(peer.read(bytes) >= 0);
        }
        assertEquals("grist", Peers.text(bytes.array()));
        peer.write(bytes.flip());
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals("grist", recorder.text());
      Files.delete(address.getPath());
    }
  }

  @Test
  void errorsNameTheCallThePathAndWhatToDo() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start()) {
      int before = Peers.openDescriptors();
      UringException missing = refusal(loop, address, Duration.ZERO);
      assertEquals(Errno.ENOENT, missing.errno());
      assertEquals(
          "connect "
              + address.getPath()
              + ": "
              + Errno.describe(Errno.ENOENT)
              + "; nobody has bound it",
          missing.getMessage());
      listen(address, 1).close();
      UringException stale = refusal(loop, address, Duration.ZERO);
      assertEquals(Errno.ECONNREFUSED, stale.errno());
      assertTrue(stale.getMessage().contains("nobody listens there"), stale.getMessage());
      Files.delete(address.getPath());
      UnixDomainSocketAddress tooLong = UnixDomainSocketAddress.of(Path.of("/", "x".repeat(107)));
      UringException refusal = refusal(loop, tooLong, Duration.ZERO);
      assertEquals(Errno.ENAMETOOLONG, refusal.errno());
      assertTrue(refusal.getMessage().contains("it has 108 bytes"), refusal.getMessage());
      loop.until("quiet", () -> loop.proactor().metrics().operationsInFlight() == 0);
      assertEquals(before, Peers.openDescriptors());
    }
  }

  @Test
  void aFullQueueIsWaitedForUntilSomebodyIsAccepted() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start();
        ServerSocketChannel server = listen(address, 1)) {
      List<SocketChannel> queue = fillQueue(address);
      Recorder recorder = new Recorder();
      CompletableFuture<StreamConnection> connecting =
          connect(loop, address, Duration.ofSeconds(60), recorder).toCompletableFuture();
      loop.until("under way", () -> loop.proactor().metrics().operationsInFlight() > 0);
      // Several turns of the loop: it has been tried.
      for (int i = 0; i < 10; i++) {
        loop.run(() -> {});
      }
      assertFalse(connecting.isDone());
      for (SocketChannel waiting : queue) {
        try (SocketChannel accepted = server.accept()) {
          assertTrue(accepted.isConnected());
        }
        waiting.close();
      }
      StreamConnection connection = loop.await(connecting);
      try (SocketChannel accepted = server.accept()) {
        loop.run(() -> connection.write(Peers.slice("x")));
        ByteBuffer one = ByteBuffer.allocate(1);
        assertEquals(1, accepted.read(one));
      }
      assertEquals(0, loop.await(recorder.closed));
      Files.delete(address.getPath());
    }
  }

  @Test
  void theDeadlineEndsTheWaitForAFullQueue() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start();
        ServerSocketChannel server = listen(address, 1)) {
      List<SocketChannel> queue = fillQueue(address);
      assertTrue(server.isOpen());
      int before = Peers.openDescriptors();
      assertEquals(Errno.ETIME, refusal(loop, address, Duration.ofMillis(50)).errno());
      assertEquals(before, Peers.openDescriptors());
      for (SocketChannel waiting : queue) {
        waiting.close();
      }
      Files.delete(address.getPath());
    }
  }

  @Test
  void aShutdownEndsTheWaitForAFullQueue() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (ServerSocketChannel server = listen(address, 1)) {
      assertTrue(server.isOpen());
      List<SocketChannel> queue = fillQueue(address);
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      try (LoopFixture loop = LoopFixture.start()) {
        connect(loop, address, Duration.ZERO, new Recorder())
            .whenComplete((connection, thrown) -> failure.complete(thrown));
        loop.until("under way", () -> loop.proactor().metrics().operationsInFlight() > 0);
        assertEquals(0, loop.shutdown(Duration.ofSeconds(20)).operationsAbandoned());
      }
      assertEquals(Errno.ECANCELED, ((UringException) failure.get()).errno());
      for (SocketChannel waiting : queue) {
        waiting.close();
      }
    }
    Files.delete(address.getPath());
  }
}
