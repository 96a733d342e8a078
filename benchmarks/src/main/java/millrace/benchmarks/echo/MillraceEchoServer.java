package millrace.benchmarks.echo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import millrace.proactor.Proactor;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;

/** Echo on Millrace's public API, with its defaults. */
public final class MillraceEchoServer {

  private MillraceEchoServer() {}

  /** Listens on a free port of the loopback until the standard input ends. */
  public static void main(String[] arguments) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Proactor proactor = Proactor.start()) {
      Echo echo = new Echo();
      TcpListener listener =
          TcpListener.bind(proactor, address, TcpListenerOptions.defaults(), connection -> echo);
      ServerProcess.announce(listener.localAddress().getPort());
      ServerProcess.awaitEndOfInput();
    }
  }

  private static final class Echo implements ConnectionHandler {
    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (!connection.write(data.retain())) {
        connection.pauseReceive();
      }
    }

    @Override
    public void writable(StreamConnection connection) {
      connection.resumeReceive();
    }
  }
}
