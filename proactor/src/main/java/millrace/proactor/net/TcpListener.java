package millrace.proactor.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.engine.Loop;

/**
 * Listens on an address and gives each connection to a {@link ConnectionAcceptor}, by one multishot
 * accept (since Linux 5.19).
 *
 * <p>Accepting pauses while {@link TcpListenerOptions#maxConnections()} are open or the loop has no
 * operations left for another one, and for a moment when descriptors or memory have run out; the
 * kernel's backlog then holds those who wait.
 *
 * <p>Any thread.
 */
public final class TcpListener implements StreamListener {

  private final Loop loop;
  private final StreamAcceptor acceptor;
  private final InetSocketAddress localAddress;

  private TcpListener(Loop loop, StreamAcceptor acceptor, InetSocketAddress localAddress) {
    this.loop = loop;
    this.acceptor = acceptor;
    this.localAddress = localAddress;
  }

  /**
   * Binds, listens and starts to accept.
   *
   * @param proactor the loop
   * @param address a resolved address; port 0 takes a free one, see {@link #localAddress}
   * @param options sizes and limits
   * @param connectionAcceptor gives each connection its handler
   * @return the listener
   * @throws millrace.uring.UringException EADDRINUSE, EACCES, EADDRNOTAVAIL, EMFILE ..., with the
   *     address and a hint; EAGAIN when the loop is at its cap on operations
   * @throws IOException when the loop takes no task: it has ended, or its queue is full
   */
  public static TcpListener bind(
      Proactor proactor,
      InetSocketAddress address,
      TcpListenerOptions options,
      ConnectionAcceptor connectionAcceptor)
      throws IOException {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(connectionAcceptor, "connectionAcceptor");
    Sockaddr.checkResolved(address);
    Loop loop = Loop.of(proactor);
    int descriptor = Sockaddr.listen(loop.sockets(), address, options);
    InetSocketAddress local = Sockaddr.boundTo(loop.sockets(), descriptor);
    AcceptLimits limits =
        new AcceptLimits(options.backlog(), options.maxConnections(), options.connection());
    StreamAcceptor acceptor =
        new StreamAcceptor(loop, descriptor, local, limits, null, connectionAcceptor);
    acceptor.start(address);
    return new TcpListener(loop, acceptor, local);
  }

  /**
   * Where it listens.
   *
   * @return the address, with the real port
   */
  @Override
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /**
   * How many connections of this listener are open. Any thread.
   *
   * @return connections accepted and not yet closed
   */
  @Override
  public int liveConnections() {
    return acceptor.liveConnections();
  }

  /**
   * Stops listening; connections that stand live on.
   *
   * @return completes when the descriptor is closed
   */
  @Override
  public CompletionStage<Void> close() {
    return loop.supply(acceptor::close);
  }

  @Override
  public String toString() {
    return "TcpListener[" + Sockaddr.text(localAddress) + "]";
  }
}
