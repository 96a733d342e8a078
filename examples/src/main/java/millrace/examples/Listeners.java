package millrace.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import millrace.proactor.Proactor;
import millrace.proactor.net.ConnectionAcceptor;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamListener;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.net.UnixListener;
import millrace.proactor.net.UnixListenerOptions;

/** Listening on either kind of address. */
public final class Listeners {

  private Listeners() {}

  /**
   * Binds and listens. A UNIX socket that a server has left behind, which was killed, is replaced.
   *
   * @throws IOException when the address cannot be bound
   */
  public static StreamListener bind(
      Proactor proactor,
      SocketAddress address,
      int maxConnections,
      ConnectionOptions connection,
      ConnectionAcceptor acceptor)
      throws IOException {
    if (address instanceof UnixDomainSocketAddress unix) {
      UnixListenerOptions options =
          UnixListenerOptions.defaults()
              .withMaxConnections(maxConnections)
              .withReplaceStale(true)
              .withConnection(connection);
      return UnixListener.bind(proactor, unix, options, acceptor);
    }
    TcpListenerOptions options =
        TcpListenerOptions.defaults().withMaxConnections(maxConnections).withConnection(connection);
    return TcpListener.bind(proactor, (InetSocketAddress) address, options, acceptor);
  }
}
