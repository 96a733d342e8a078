package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** Peers that send and do not read: what they hold, and that others are served all the same. */
@OnEveryBackend
class SlowReaderTest {

  private static final Duration STALL = Duration.ofSeconds(10);

  /** A timer's tick more than the limit. */
  private static final long LOOK_NANOS = STALL.toNanos() + 2_000_000;

  private static final int CONTENT_BYTES = 32 << 20;

  /** More than the kernel's buffers of both sides take in. */
  private static final int FILLING_BYTES = 12 << 20;

  /** Echoes; {@code fill} first writes what the peer will never read. */
  private static final class Echo implements ConnectionHandler {
    final CompletableFuture<StreamConnection> opened = new CompletableFuture<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    final Semaphore received = new Semaphore(0);

    Echo(StreamConnection connection, int fillBytes) {
      if (fillBytes > 0) {
        connection.write(BufferSlice.unpooled(fillBytes));
      }
      opened.complete(connection);
    }

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      connection.write(data.retain());
      received.release(data.length());
    }

    @Override
    public void closed(StreamConnection connection, int errno) {
      closed.complete(errno);
    }
  }

  private static final class Server {
    final List<Echo> handlers = new ArrayList<>();
    final TcpListener listener;
    volatile int fillBytes;

    Server(Proactor proactor, ConnectionOptions options) throws IOException {
      listener =
          TcpListener.bind(
              proactor,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults().withConnection(options),
              this::accepted);
    }

    /** One that sends so much to each peer, and ends those that take nothing of it for STALL. */
    static Server withStallLimit(FaultyLoop loop, int fillBytes) throws IOException {
      loop.backend.freezeClock();
      Server server =
          new Server(loop.proactor, ConnectionOptions.defaults().withSendStallLimit(STALL));
      server.fillBytes = fillBytes;
      return server;
    }

    private ConnectionHandler accepted(StreamConnection connection) {
      Echo echo = new Echo(connection, fillBytes);
      synchronized (handlers) {
        handlers.add(echo);
        handlers.notifyAll();
      }
      return echo;
    }

    Echo handler(int index) throws InterruptedException {
      synchronized (handlers) {
        while (handlers.size() <= index) {
          handlers.wait(60_000);
        }
        return handlers.get(index);
      }
    }

    Socket connect() throws IOException {
      Socket socket = new Socket();
      socket.setReceiveBufferSize(4096);
      socket.setTcpNoDelay(true);
      socket.connect(listener.localAddress());
      return socket;
    }
  }

  @Test
  void aPeerThatTakesNothingLosesItsConnection() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      Server server = Server.withStallLimit(loop, FILLING_BYTES);
      try (Socket socket = server.connect()) {
        assertTrue(socket.isConnected());
        Echo echo = server.handler(0);
        int looks = 0;
        while (!echo.closed.isDone()) {
          // The kernel may take some more between two looks, but not for ever.
          assertTrue(looks < 100, () -> loop.proactor.metrics().toString());
          loop.backend.advance(LOOK_NANOS);
          looks++;
          loop.turns(2);
        }
        assertEquals(Errno.ETIMEDOUT, echo.closed.get());
        assertTrue(looks >= 2, "after " + looks);
      }
    }
  }

  @Test
  void aPeerThatReadsSlowlyKeepsItsConnection() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      Server server = Server.withStallLimit(loop, CONTENT_BYTES);
      try (Socket socket = server.connect()) {
        StreamConnection connection = server.handler(0).opened.get(60, TimeUnit.SECONDS);
        long left = CONTENT_BYTES;
        int looks = 0;
        while (left > 0) {
          left -= socket.getInputStream().readNBytes((int) Math.min(left, 4 << 20)).length;
          long most = left;
          // What the peer has read has left the queue.
          while (FaultyLoop.await(
                  CompletableFuture.supplyAsync(connection::queuedBytes, loop.proactor::execute))
              > most) {}
          loop.backend.advance(LOOK_NANOS);
          loop.turns(1);
          looks++;
        }
        assertTrue(looks >= 8, "after " + looks);
        loop.backend.advance(LOOK_NANOS);
        loop.turns(1);
        loop.backend.advance(LOOK_NANOS);
        loop.turns(1);
        // Idle is not stalled.
        socket.getOutputStream().write(9);
        assertEquals(9, socket.getInputStream().read());
      }
    }
  }

  /**
   * Reads all that the kernel has, on the loop thread, which is held up for {@code nanos} by it.
   */
  private static void readWhileHeldUp(
      FaultyLoop loop, Socket socket, StreamConnection connection, long written, long nanos)
      throws Exception {
    CompletableFuture<Long> read = new CompletableFuture<>();
    long[] before = {socket.getInputStream().available()};
    OperationHandler holdUp =
        (context, attachment, result, flags) -> {
          try {
            long count = written - connection.queuedBytes();
            socket.getInputStream().skipNBytes(count);
            loop.backend.advance(nanos);
            read.complete(count);
          } catch (IOException e) {
            read.completeExceptionally(e);
          }
        };
    loop.run(() -> loop.proactor.operations().nop(holdUp, 0, null));
    assertTrue(FaultyLoop.await(read) >= before[0]);
  }

  @Test
  void whatAPeerHasTakenWhileTheLoopWasHeldUpIsProgress() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      Server server = Server.withStallLimit(loop, CONTENT_BYTES);
      try (Socket socket = server.connect()) {
        Echo echo = server.handler(0);
        StreamConnection connection = echo.opened.get(60, TimeUnit.SECONDS);
        awaitStuck(loop, connection);
        // A look that finds it sending.
        look(loop);
        assertFalse(echo.closed.isDone());
        awaitStuck(loop, connection);
        readWhileHeldUp(loop, socket, connection, CONTENT_BYTES, LOOK_NANOS);
        loop.turns(5);
        look(loop);
        assertFalse(echo.closed.isDone());
        // All of it comes, whatever the state of the limit: the clock stands still.
        long left = FaultyLoop.await(onLoop(loop, connection::queuedBytes));
        assertTrue(left > 0 && left < CONTENT_BYTES, "left: " + left);
        socket.getInputStream().skipNBytes(left);
        socket.getOutputStream().write(9);
        echo.received.acquire();
      }
    }
  }

  @Test
  void whatAPeerHasTakenWhileTheLoopWasHeldUpInTimeForTheCloseIsNotReset() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.freezeClock();
      Server server = new Server(loop.proactor, ConnectionOptions.defaults().withCloseLimit(STALL));
      try (Socket socket = server.connect()) {
        Echo echo = server.handler(0);
        StreamConnection connection = echo.opened.get(60, TimeUnit.SECONDS);
        // Piece by piece, so that what does not fit into the kernel's buffers is one of them.
        int pieceBytes = 16 << 10;
        long written = 0;
        while (FaultyLoop.await(onLoop(loop, connection::queuedBytes)) == 0) {
          loop.run(() -> connection.write(BufferSlice.unpooled(pieceBytes)));
          written += pieceBytes;
          loop.turns(5);
        }
        loop.run(connection::close);
        readWhileHeldUp(loop, socket, connection, written, LOOK_NANOS);
        assertEquals(0, echo.closed.get(60, TimeUnit.SECONDS));
        assertTrue(socket.getInputStream().readAllBytes().length <= pieceBytes);
      }
    }
  }

  /** The limit passes, and what it was late to be seen. */
  private static void look(FaultyLoop loop) throws Exception {
    loop.backend.advance(LOOK_NANOS);
    for (int i = 0; i < 3; i++) {
      loop.turns(5);
      loop.backend.advance(2_000_000);
    }
    loop.turns(5);
  }

  private static <T> CompletionStage<T> onLoop(FaultyLoop loop, Supplier<T> supplier) {
    return CompletableFuture.supplyAsync(supplier, loop.proactor::execute);
  }

  /** Until the kernel takes no more. */
  private static void awaitStuck(FaultyLoop loop, StreamConnection connection) throws Exception {
    long before = -1;
    long now = FaultyLoop.await(onLoop(loop, connection::queuedBytes));
    while (now != before) {
      loop.turns(20);
      before = now;
      now = FaultyLoop.await(onLoop(loop, connection::queuedBytes));
    }
  }

  private static void assertServesNewcomers(Server server) throws Exception {
    for (int i = 0; i < 20; i++) {
      try (Socket socket = server.connect()) {
        socket.setSoTimeout(60_000);
        byte[] text = ("newcomer " + i).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        socket.getOutputStream().write(text);
        assertEquals(
            new String(text, java.nio.charset.StandardCharsets.US_ASCII),
            new String(
                socket.getInputStream().readNBytes(text.length),
                java.nio.charset.StandardCharsets.US_ASCII));
      }
    }
  }

  /** Sends piece by piece, the next when the server has got the last one: nothing is merged. */
  private static void send(Socket socket, Echo echo, byte[] piece, int count) throws Exception {
    for (int i = 0; i < count && !echo.closed.isDone(); i++) {
      socket.getOutputStream().write(piece);
      while (!echo.closed.isDone()
          && !echo.received.tryAcquire(piece.length, 100, TimeUnit.MILLISECONDS)) {}
    }
  }

  private static LoopFixture smallLoop() throws IOException {
    return LoopFixture.start(o -> o.receiveBuffers(16, 8192).bufferPoolBytes(1 << 20));
  }

  @Test
  void manySmallWritesToPeersThatDoNotReadHoldAboutAsMuchAsTheyAreLong() throws Exception {
    int hogs = 8;
    try (LoopFixture loop = smallLoop()) {
      Server server = new Server(loop.proactor(), ConnectionOptions.defaults());
      server.fillBytes = FILLING_BYTES;
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < hogs; i++) {
        sockets.add(server.connect());
      }
      for (int i = 0; i < hogs; i++) {
        Echo echo = server.handler(i);
        // A buffer for each of them would be several times the pool.
        Socket socket = socketOf(sockets, echo);
        send(socket, echo, new byte[1], 600);
        assertFalse(echo.closed.isDone());
      }
      assertTrue(loop.proactor().metrics().poolBuffersOutstanding() <= 2L * hogs, loop::state);
      server.fillBytes = 0;
      assertServesNewcomers(server);
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static Socket socketOf(List<Socket> sockets, Echo echo) throws Exception {
    SocketAddress remote =
        FaultyLoop.await(
            CompletableFuture.supplyAsync(
                () -> echo.opened.join().remoteAddress(), echo.opened.join().proactor()::execute));
    for (Socket socket : sockets) {
      if (socket.getLocalSocketAddress().equals(remote)) {
        return socket;
      }
    }
    throw new AssertionError("no socket for " + remote);
  }

  @Test
  void withoutMemoryLeftAConnectionThatCannotSendAndQueuesMoreIsEnded() throws Exception {
    try (LoopFixture loop = smallLoop()) {
      Server server = new Server(loop.proactor(), ConnectionOptions.defaults());
      server.fillBytes = FILLING_BYTES;
      try (Socket socket = server.connect()) {
        Echo echo = server.handler(0);
        try {
          send(socket, echo, new byte[8192], 1000);
        } catch (IOException e) {
          // Reset while it wrote.
          assertTrue(echo.closed.get(60, TimeUnit.SECONDS) > 0);
        }
        assertEquals(Errno.ENOBUFS, echo.closed.get(60, TimeUnit.SECONDS));
      }
      server.fillBytes = 0;
      assertServesNewcomers(server);
    }
  }
}
