package millrace.proactor.net;

import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;

/**
 * How a UNIX listener listens.
 *
 * @param backlog connections that wait to be accepted; the kernel caps it at net.core.somaxconn
 * @param maxConnections connections open at once; beyond it accepting pauses until one closes
 * @param permissions of the socket's file, set before anybody can connect; connecting needs write
 *     permission. Null leaves them to the umask of the process
 * @param replaceStale whether a socket's file that nobody listens at any more, which a program
 *     leaves behind that has crashed, is removed when the address is in use. To find out, the
 *     listener connects to it. Of two programs that start at the same time both may win
 * @param unlinkOnClose whether the file is removed when the listener is closed, or its loop ends;
 *     never a file that has taken the place of its own
 * @param connection limits of each connection; {@code unsentLimitBytes} is of TCP and ignored
 */
public record UnixListenerOptions(
    int backlog,
    int maxConnections,
    Set<PosixFilePermission> permissions,
    boolean replaceStale,
    boolean unlinkOnClose,
    ConnectionOptions connection) {

  /** Checks all values. */
  public UnixListenerOptions {
    Objects.requireNonNull(connection, "connection");
    if (backlog < 1) {
      throw new IllegalArgumentException("backlog: " + backlog + ", must be >= 1");
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException("maxConnections: " + maxConnections + ", must be >= 1");
    }
    permissions = permissions == null ? null : Set.copyOf(permissions);
  }

  /**
   * {@return backlog 4096, as many connections as the loop admits, permissions by the umask, a file
   * that exists is an error, and the listener's own is removed at its end}
   */
  public static UnixListenerOptions defaults() {
    return new UnixListenerOptions(
        4096, Integer.MAX_VALUE, null, false, true, ConnectionOptions.defaults());
  }

  /**
   * Another limit of connections.
   *
   * @param limit the limit
   * @return a copy with that change
   */
  public UnixListenerOptions withMaxConnections(int limit) {
    return new UnixListenerOptions(
        backlog, limit, permissions, replaceStale, unlinkOnClose, connection);
  }

  /**
   * Another backlog.
   *
   * @param length connections that may wait
   * @return a copy with that change
   */
  public UnixListenerOptions withBacklog(int length) {
    return new UnixListenerOptions(
        length, maxConnections, permissions, replaceStale, unlinkOnClose, connection);
  }

  /**
   * Other permissions of the socket's file.
   *
   * @param allowed who may connect (write); null leaves it to the umask
   * @return a copy with that change
   */
  public UnixListenerOptions withPermissions(Set<PosixFilePermission> allowed) {
    return new UnixListenerOptions(
        backlog, maxConnections, allowed, replaceStale, unlinkOnClose, connection);
  }

  /**
   * With or without the removal of a stale socket's file.
   *
   * @param replace whether to remove it
   * @return a copy with that change
   */
  public UnixListenerOptions withReplaceStale(boolean replace) {
    return new UnixListenerOptions(
        backlog, maxConnections, permissions, replace, unlinkOnClose, connection);
  }

  /**
   * With or without the removal of the socket's file at the end.
   *
   * @param unlink whether to remove it
   * @return a copy with that change
   */
  public UnixListenerOptions withUnlinkOnClose(boolean unlink) {
    return new UnixListenerOptions(
        backlog, maxConnections, permissions, replaceStale, unlink, connection);
  }

  /**
   * Other limits of each connection.
   *
   * @param options sizes and limits
   * @return a copy with that change
   */
  public UnixListenerOptions withConnection(ConnectionOptions options) {
    return new UnixListenerOptions(
        backlog, maxConnections, permissions, replaceStale, unlinkOnClose, options);
  }
}
