package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import millrace.proactor.LoopFixture;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;

@OnEveryBackend
class TcpConnectorTest {

  private static CompletionStage<StreamConnection> connect(
      LoopFixture loop, InetSocketAddress address, Duration deadline, Recorder recorder) {
    return TcpConnector.connect(
        loop.proactor(), address, deadline, ConnectionOptions.defaults(), recorder::accept);
  }

  private static Throwable failure(LoopFixture loop, CompletionStage<?> stage) {
    return loop.await(
        stage.handle(
            (value, error) -> error instanceof CompletionException e ? e.getCause() : error));
  }

  /** A listening socket whose backlog is full: the kernel drops every further SYN. */
  private static final class FullBacklog implements AutoCloseable {
    private final ServerSocket server = new ServerSocket();
    private final List<SocketChannel> waiting = new ArrayList<>();

    FullBacklog() throws IOException {
      server.bind(Peers.anyPort(), 1);
      // A backlog of n holds n + 1 connections (listen(2), sk_acceptq_is_full); two more for luck.
      for (int i = 0; i < 4; i++) {
        SocketChannel channel = SocketChannel.open();
        waiting.add(channel);
        channel.configureBlocking(false);
        channel.connect(server.getLocalSocketAddress());
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) server.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel channel : waiting) {
        channel.close();
      }
      server.close();
    }
  }

  @Test
  void connectsAndExchangesBothWays() throws Exception {
    byte[] content = Peers.randomBytes(new Random(5), 1 << 20);
    try (LoopFixture loop = LoopFixture.start();
        ServerSocket server = new ServerSocket()) {
      server.bind(Peers.anyPort());
      Recorder recorder = new Recorder();
      CompletableFuture<byte[]> peer =
          Peers.start(
              () -> {
                try (Socket socket = server.accept()) {
                  byte[] got = new byte[content.length];
                  new DataInputStream(socket.getInputStream()).readFully(got);
                  socket.getOutputStream().write(got);
                  return got;
                }
              });
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      StreamConnection connection =
          loop.await(connect(loop, address, Duration.ofSeconds(30), recorder));
      loop.run(
          () -> {
            assertEquals(address, connection.remoteAddress());
            connection.write(BufferSlice.copyOf(content));
          });
      assertEquals(Peers.text(content), Peers.text(loop.await(peer)));
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(Peers.text(content), recorder.text());
    }
  }

  @Test
  void aRefusedConnectionIsToldWithTheAddress() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      InetSocketAddress address;
      try (ServerSocket server = new ServerSocket()) {
        server.bind(Peers.anyPort());
        address = (InetSocketAddress) server.getLocalSocketAddress();
      }
      int before = Peers.openDescriptors();
      Recorder recorder = new Recorder();
      for (Duration deadline : List.of(Duration.ZERO, Duration.ofSeconds(30))) {
        Throwable failure = failure(loop, connect(loop, address, deadline, recorder));
        UringException e = assertInstanceOf(UringException.class, failure);
        assertEquals(Errno.ECONNREFUSED, e.errno());
        assertTrue(
            e.getMessage()
                .toLowerCase(java.util.Locale.ROOT)
                .startsWith(
                    "connect 127.0.0.1:"
                        + address.getPort()
                        + ": econnrefused (111): connection refused"),
            e.getMessage());
      }
      assertEquals(before, Peers.openDescriptors());
      assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
      assertTrue(!recorder.opened.isDone());
    }
  }

  @Test
  void anUnresolvedAddressAndANegativeDeadlineAreRefused() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
      assertInstanceOf(
          UnknownHostException.class,
          failure(loop, connect(loop, unresolved, Duration.ZERO, recorder)));
      assertThrows(
          IllegalArgumentException.class,
          () -> connect(loop, Peers.anyPort(), Duration.ofNanos(-1), recorder));
    }
  }

  @Test
  void aConnectThatNobodyAnswersEndsWithItsDeadline() throws Exception {
    try (LoopFixture loop = LoopFixture.start();
        FullBacklog full = new FullBacklog()) {
      int before = Peers.openDescriptors();
      Throwable failure =
          failure(loop, connect(loop, full.address(), Duration.ofMillis(50), new Recorder()));
      UringException e = assertInstanceOf(UringException.class, failure);
      assertEquals(Errno.ETIME, e.errno(), e.getMessage());
      assertEquals("the deadline is over", e.hint());
      assertEquals(before, Peers.openDescriptors());
    }
  }

  @Test
  void shutdownCancelsConnectsUnderWay() throws Exception {
    for (Duration deadline : List.of(Duration.ZERO, Duration.ofHours(1))) {
      try (FullBacklog full = new FullBacklog()) {
        int before = Peers.openDescriptors();
        LoopFixture loop = LoopFixture.start();
        List<CompletionStage<StreamConnection>> attempts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          attempts.add(connect(loop, full.address(), deadline, new Recorder()));
        }
        // Submitted: a task that runs two turns later.
        loop.run(() -> {});
        loop.run(() -> {});
        assertEquals(
            new ShutdownReport(true, 0, 0, 0, 0, 0, null), loop.shutdown(Duration.ofSeconds(20)));
        for (CompletionStage<StreamConnection> attempt : attempts) {
          UringException e = assertInstanceOf(UringException.class, failure(loop, attempt));
          assertEquals(Errno.ECANCELED, e.errno(), e.getMessage());
        }
        loop.close();
        assertEquals(before, Peers.openDescriptors());
      }
    }
  }

  @Test
  void aLoopAtItsCapRefusesToConnect() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(16));
        ServerSocket server = new ServerSocket()) {
      server.bind(Peers.anyPort());
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      List<StreamConnection> connections = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        connections.add(loop.await(connect(loop, address, Duration.ZERO, new Recorder())));
      }
      int before = Peers.openDescriptors();
      Throwable failure = failure(loop, connect(loop, address, Duration.ZERO, new Recorder()));
      assertEquals(Errno.EAGAIN, assertInstanceOf(UringException.class, failure).errno());
      assertEquals(before, Peers.openDescriptors());
      loop.await(connections.get(0).closeAsync());
      // With a deadline, which needs a slot of its own or none: it must be admitted all the same.
      loop.await(connect(loop, address, Duration.ofSeconds(30), new Recorder()));
    }
  }
}
