package millrace.proactor.net;

import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.engine.Loop;
import millrace.uring.UnixAbstractAddress;
import millrace.uring.UringException;

/** Opens connections to UNIX stream sockets; any thread. */
public final class UnixConnector {

  private UnixConnector() {}

  /**
   * Connects to the socket at a path. When its listener's queue is full this waits.
   *
   * @param proactor the loop
   * @param address a path of at most 107 bytes
   * @param deadline how long to wait for a listener whose queue is full; zero: without limit
   * @param options sizes and limits; {@code unsentLimitBytes} is of TCP and ignored
   * @param acceptor gives the connection its handler
   * @return the connection, whose handler {@code acceptor} gave; fails with a {@code
   *     UringException}: ENOENT, ECONNREFUSED, EACCES, ENAMETOOLONG, ETIME when the deadline is
   *     over, EAGAIN when the loop is at its cap
   */
  public static CompletionStage<StreamConnection> connect(
      Proactor proactor,
      UnixDomainSocketAddress address,
      Duration deadline,
      ConnectionOptions options,
      ConnectionAcceptor acceptor) {
    StreamConnect.check(deadline, options, acceptor);
    try {
      UnixSockaddr.checkPath("connect", address);
    } catch (UringException e) {
      return CompletableFuture.failedStage(e);
    }
    return StreamConnect.start(Loop.of(proactor), address, deadline, options, acceptor);
  }

  /**
   * Connects to the socket of an abstract name, as {@link #connect(Proactor,
   * UnixDomainSocketAddress, Duration, ConnectionOptions, ConnectionAcceptor)} does.
   *
   * @param proactor the loop
   * @param address the name
   * @param deadline how long to wait for a listener whose queue is full; zero: without limit
   * @param options sizes and limits; {@code unsentLimitBytes} is of TCP and ignored
   * @param acceptor gives the connection its handler
   * @return the connection, whose handler {@code acceptor} gave; fails with a {@code
   *     UringException}: ECONNREFUSED when there is none, and so on
   */
  public static CompletionStage<StreamConnection> connect(
      Proactor proactor,
      UnixAbstractAddress address,
      Duration deadline,
      ConnectionOptions options,
      ConnectionAcceptor acceptor) {
    StreamConnect.check(deadline, options, acceptor);
    Objects.requireNonNull(address, "address");
    return StreamConnect.start(Loop.of(proactor), address, deadline, options, acceptor);
  }
}
