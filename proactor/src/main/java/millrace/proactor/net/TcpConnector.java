package millrace.proactor.net;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.engine.Loop;

/** Opens TCP connections; any thread. */
public final class TcpConnector {

  private TcpConnector() {}

  /**
   * Connects to {@code address}.
   *
   * @param proactor the loop
   * @param address the address
   * @param deadline how long the kernel may try, as a linked timeout; zero: as long as it does
   *     (tcp_syn_retries)
   * @param options sizes and limits
   * @param acceptor gives the connection its handler
   * @return the connection, whose handler {@code acceptor} gave; fails with a {@code
   *     UringException}: ECONNREFUSED, EHOSTUNREACH, ETIME when the deadline is over, EAGAIN when
   *     the loop is at its cap; with {@code UnknownHostException} for an unresolved address
   */
  public static CompletionStage<StreamConnection> connect(
      Proactor proactor,
      InetSocketAddress address,
      Duration deadline,
      ConnectionOptions options,
      ConnectionAcceptor acceptor) {
    StreamConnect.check(deadline, options, acceptor);
    try {
      Sockaddr.checkResolved(address);
    } catch (UnknownHostException e) {
      return CompletableFuture.failedStage(e);
    }
    return StreamConnect.start(Loop.of(proactor), address, deadline, options, acceptor);
  }
}
