package millrace.examples.echo;

import java.io.IOException;
import java.net.SocketAddress;
import millrace.examples.Listeners;
import millrace.proactor.BackendChoice;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamListener;

/** An echo server on one loop, over TCP or a UNIX socket. Any thread. */
final class EchoServer implements AutoCloseable {
  private static final int OPERATIONS_PER_CONNECTION = 4;
  private static final int OTHER_OPERATIONS = 64;

  private final Proactor proactor;
  private final StreamListener listener;

  private EchoServer(Proactor proactor, StreamListener listener) {
    this.proactor = proactor;
    this.listener = listener;
  }

  /**
   * Starts to serve.
   *
   * @throws IOException when the backend is not to be had or the address cannot be bound
   */
  static EchoServer start(SocketAddress address, int maxConnections, BackendChoice backend)
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
      ConnectionOptions options = ConnectionOptions.defaults();
      return new EchoServer(
          proactor,
          Listeners.bind(proactor, address, maxConnections, options, connection -> handler));
    } catch (Throwable t) {
      proactor.close();
      throw t;
    }
  }

  SocketAddress localAddress() {
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
