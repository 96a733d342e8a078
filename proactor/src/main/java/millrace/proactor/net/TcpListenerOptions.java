package millrace.proactor.net;

import java.util.Objects;

/**
 * How a listener listens.
 *
 * @param backlog connections that wait to be accepted; the kernel caps it at net.core.somaxconn
 * @param maxConnections connections open at once; beyond it accepting pauses until one closes
 * @param reusePort SO_REUSEPORT: several listeners, one for each loop, share a port
 * @param noDelay TCP_NODELAY on each connection
 * @param connection limits of each connection
 */
public record TcpListenerOptions(
    int backlog,
    int maxConnections,
    boolean reusePort,
    boolean noDelay,
    ConnectionOptions connection) {

  /** Checks all values. */
  public TcpListenerOptions {
    Objects.requireNonNull(connection, "connection");
    if (backlog < 1) {
      throw new IllegalArgumentException("backlog: " + backlog + ", must be >= 1");
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException("maxConnections: " + maxConnections + ", must be >= 1");
    }
  }

  /**
   * {@return backlog 4096, as many connections as the loop admits, no port sharing, TCP_NODELAY}
   */
  public static TcpListenerOptions defaults() {
    return new TcpListenerOptions(
        4096, Integer.MAX_VALUE, false, true, ConnectionOptions.defaults());
  }

  /**
   * Another limit of connections.
   *
   * @param limit the limit
   * @return a copy with that change
   */
  public TcpListenerOptions withMaxConnections(int limit) {
    return new TcpListenerOptions(backlog, limit, reusePort, noDelay, connection);
  }

  /**
   * Another backlog.
   *
   * @param length connections that may wait
   * @return a copy with that change
   */
  public TcpListenerOptions withBacklog(int length) {
    return new TcpListenerOptions(length, maxConnections, reusePort, noDelay, connection);
  }

  /**
   * With or without SO_REUSEPORT.
   *
   * @param share whether to share the port
   * @return a copy with that change
   */
  public TcpListenerOptions withReusePort(boolean share) {
    return new TcpListenerOptions(backlog, maxConnections, share, noDelay, connection);
  }

  /**
   * Other limits of each connection.
   *
   * @param options sizes and limits
   * @return a copy with that change
   */
  public TcpListenerOptions withConnection(ConnectionOptions options) {
    return new TcpListenerOptions(backlog, maxConnections, reusePort, noDelay, options);
  }
}
