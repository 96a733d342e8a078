package millrace.examples.echo;

import java.io.IOException;
import java.net.InetSocketAddress;
import millrace.proactor.BackendChoice;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;

/** A TCP echo server on one loop. Any thread. */
final class EchoServer implements AutoCloseable {
  private static final int OPERATIONS_PER_CONNECTION = 4;
  private static final int OTHER_OPERATIONS = 64;

  private final Proactor proactor;
  private final TcpListener listener;

  private EchoServer(Proactor proactor, TcpListener listener) {
    this.proactor = proactor;
    this.listener = listener;
  }

  /**
   * Starts to serve.
   *
   * @throws IOException when the backend is not to be had or the address cannot be bound
   */
  static EchoServer start(InetSocketAddress address, int maxConnections, BackendChoice backend)
      throws IOException {
    Proactor proactor =
        Proactor.start(
            ProactorOptions.builder()
                .name("millrace-echo")
                .backend(backend)
                .maxOperationsInFlight(
                    maxConnections * OPERATIONS_PER_CONNECTION + OTHER_OPERATIONS)
                .build());
    try {
      EchoHandler handler = new EchoHandler();
      TcpListenerOptions options = TcpListenerOptions.defaults().withMaxConnections(maxConnections);
      return new EchoServer(
          proactor, TcpListener.bind(proactor, address, options, connection -> handler));
    } catch (Throwable t) {
      proactor.close();
      throw t;
    }
  }

  InetSocketAddress localAddress() {
    return listener.localAddress();
  }

  Proactor proactor() {
    return proactor;
  }

  @Override
  public void close() {
    proactor.close();
  }
}
