package millrace.proactor.net;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import millrace.proactor.LoopFixture;
import millrace.proactor.Transport;
import millrace.proactor.buffer.BufferSlice;

/** The other side of the tests' connections: plain blocking sockets on virtual threads. */
final class Peers {

  private Peers() {}

  /** The loopback address with a free port. */
  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static final AtomicInteger NAMES = new AtomicInteger();

  /** A path where no socket is yet, in a directory of this JVM alone. */
  static UnixDomainSocketAddress anyPath() {
    return UnixDomainSocketAddress.of(Directory.PATH.resolve("s" + NAMES.incrementAndGet()));
  }

  private static final class Directory {
    static final Path PATH = create();

    private static Path create() {
      try {
        Path path = Files.createTempDirectory("millrace");
        // Empty by then: listeners remove their files.
        path.toFile().deleteOnExit();
        return path;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static StreamListener listen(LoopFixture loop, ConnectionAcceptor acceptor) throws IOException {
    return listen(loop, ConnectionOptions.defaults(), acceptor);
  }

  /** On the current {@link Transport}. */
  static StreamListener listen(
      LoopFixture loop, ConnectionOptions options, ConnectionAcceptor acceptor) throws IOException {
    return listen(loop, Integer.MAX_VALUE, options, acceptor);
  }

  static StreamListener listen(
      LoopFixture loop, int maxConnections, ConnectionOptions options, ConnectionAcceptor acceptor)
      throws IOException {
    if (Transport.isUnix()) {
      UnixListenerOptions unixOptions =
          UnixListenerOptions.defaults().withMaxConnections(maxConnections).withConnection(options);
      return UnixListener.bind(loop.proactor(), anyPath(), unixOptions, acceptor);
    }
    return TcpListener.bind(
        loop.proactor(),
        anyPort(),
        TcpListenerOptions.defaults().withMaxConnections(maxConnections).withConnection(options),
        acceptor);
  }

  static Socket connect(StreamListener listener) throws IOException {
    return listener instanceof TcpListener tcp
        ? connect(tcp.localAddress())
        : new UnixSocket(listener.localAddress());
  }

  /** A connection of the loop itself to {@code listener}. */
  static CompletionStage<StreamConnection> open(
      LoopFixture loop, StreamListener listener, ConnectionAcceptor acceptor) {
    Duration deadline = Duration.ofSeconds(50);
    ConnectionOptions options = ConnectionOptions.defaults();
    return listener instanceof TcpListener tcp
        ? TcpConnector.connect(loop.proactor(), tcp.localAddress(), deadline, options, acceptor)
        : UnixConnector.connect(
            loop.proactor(),
            (UnixDomainSocketAddress) listener.localAddress(),
            deadline,
            options,
            acceptor);
  }

  /** For tests of what a peer sees of an abort. */
  static void assumeResets() {
    assumeFalse(Transport.isUnix(), "closing a UNIX socket resets only what was not read");
  }

  static Socket connect(InetSocketAddress address) throws IOException {
    return new Socket(address.getAddress(), address.getPort());
  }

  /**
   * A peer with so little receive buffer that what it does not read stays with the sender, where a
   * UNIX socket leaves it anyway.
   */
  static Socket connectWithSmallWindow(StreamListener listener) throws IOException {
    if (listener instanceof UnixListener) {
      return connect(listener);
    }
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(listener.localAddress());
    return socket;
  }

  /** Runs {@code action}, which may block, on a thread of its own. */
  static <T> CompletableFuture<T> start(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                result.complete(action.call());
              } catch (Throwable t) {
                result.completeExceptionally(t);
              }
            });
    return result;
  }

  /** What a peer got before its input ended. */
  record Input(String text, boolean reset) {}

  /** Reads to the end of stream or to the reset. */
  static Input readAll(Socket socket) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] piece = new byte[65536];
    try {
      InputStream in = socket.getInputStream();
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        bytes.write(piece, 0, count);
      }
      return new Input(text(bytes.toByteArray()), false);
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("reset")) {
        return new Input(text(bytes.toByteArray()), true);
      }
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Closes so that the other side gets a reset; on TCP, as UNIX sockets have no way to ask for it.
   */
  static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  static byte[] randomBytes(RandomGenerator random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  static BufferSlice slice(String text) {
    return BufferSlice.copyOf(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  static String text(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  static int openDescriptors() {
    return new File("/proc/self/fd").list().length;
  }
}
