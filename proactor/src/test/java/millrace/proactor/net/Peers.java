package millrace.proactor.net;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import millrace.proactor.LoopFixture;
import millrace.proactor.buffer.BufferSlice;

/** The other side of the tests' connections: plain blocking sockets on virtual threads. */
final class Peers {

  private Peers() {}

  /** The loopback address with a free port. */
  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  static TcpListener listen(LoopFixture loop, ConnectionAcceptor acceptor) throws IOException {
    return listen(loop, ConnectionOptions.defaults(), acceptor);
  }

  static TcpListener listen(
      LoopFixture loop, ConnectionOptions options, ConnectionAcceptor acceptor) throws IOException {
    return TcpListener.bind(
        loop.proactor(),
        anyPort(),
        TcpListenerOptions.defaults().withConnection(options),
        acceptor);
  }

  static Socket connect(TcpListener listener) throws IOException {
    return connect(listener.localAddress());
  }

  static Socket connect(InetSocketAddress address) throws IOException {
    return new Socket(address.getAddress(), address.getPort());
  }

  /** A peer with so little receive buffer that what it does not read stays with the sender. */
  static Socket connectWithSmallWindow(TcpListener listener) throws IOException {
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

  /** Closes so that the other side gets a reset. */
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
