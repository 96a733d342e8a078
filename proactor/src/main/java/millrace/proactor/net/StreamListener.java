package millrace.proactor.net;

import java.net.SocketAddress;
import java.util.concurrent.CompletionStage;

/** A listener whose connections are {@link StreamConnection}s. Any thread. */
public sealed interface StreamListener permits TcpListener, UnixListener {

  /**
   * Where it listens.
   *
   * @return the address
   */
  SocketAddress localAddress();

  /**
   * How many connections of this listener are open.
   *
   * @return connections accepted and not yet closed
   */
  int liveConnections();

  /**
   * Stops listening; connections that stand live on.
   *
   * @return completes when the descriptor is closed
   */
  CompletionStage<Void> close();
}
