package millrace.proactor.net;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.engine.Loop;
import millrace.uring.UnixAbstractAddress;

/**
 * Listens on a UNIX address, of a path or of an abstract name, and gives each connection to a
 * {@link ConnectionAcceptor}. Accepting and its limits are those of {@link TcpListener}, and the
 * connections the same {@link StreamConnection}s. See unix(7).
 *
 * <p><b>The socket's file</b> exists from {@code bind} to the end of the listener, however that
 * comes, and stays behind when the process is killed: see {@link UnixListenerOptions}. An abstract
 * name has no file, no permissions, and vanishes by itself.
 *
 * <p><b>Not here</b>: datagrams, and passing descriptors (SCM_RIGHTS), which are closed unseen if a
 * peer sends some.
 *
 * <p>Any thread.
 */
public final class UnixListener implements StreamListener {

  private final Loop loop;
  private final StreamAcceptor acceptor;
  private final SocketAddress localAddress;

  private UnixListener(Loop loop, StreamAcceptor acceptor, SocketAddress localAddress) {
    this.loop = loop;
    this.acceptor = acceptor;
    this.localAddress = localAddress;
  }

  /**
   * Binds, listens and starts to accept.
   *
   * @param proactor the loop
   * @param address a path of at most 107 bytes; a relative one is seen from the process' directory
   * @param options sizes and limits
   * @param connectionAcceptor gives each connection its handler
   * @return the listener
   * @throws millrace.uring.UringException EADDRINUSE, EACCES, ENOENT, ENAMETOOLONG, EMFILE ...,
   *     with the path and a hint; EAGAIN when the loop is at its cap on operations
   * @throws IOException when the loop takes no task: it has ended, or its queue is full
   */
  public static UnixListener bind(
      Proactor proactor,
      UnixDomainSocketAddress address,
      UnixListenerOptions options,
      ConnectionAcceptor connectionAcceptor)
      throws IOException {
    UnixSockaddr.checkPath("bind", address);
    return listen(proactor, address, options, connectionAcceptor);
  }

  /**
   * Binds to a name that is no file, listens and starts to accept.
   *
   * @param proactor the loop
   * @param address an abstract name
   * @param options sizes and limits; what concerns files is ignored
   * @param connectionAcceptor gives each connection its handler
   * @return the listener
   * @throws millrace.uring.UringException EADDRINUSE, EMFILE ..., with the name and a hint; EAGAIN
   *     when the loop is at its cap on operations
   * @throws IOException when the loop takes no task: it has ended, or its queue is full
   */
  public static UnixListener bind(
      Proactor proactor,
      UnixAbstractAddress address,
      UnixListenerOptions options,
      ConnectionAcceptor connectionAcceptor)
      throws IOException {
    Objects.requireNonNull(address, "address");
    return listen(proactor, address, options, connectionAcceptor);
  }

  private static UnixListener listen(
      Proactor proactor,
      SocketAddress address,
      UnixListenerOptions options,
      ConnectionAcceptor connectionAcceptor)
      throws IOException {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(connectionAcceptor, "connectionAcceptor");
    Loop loop = Loop.of(proactor);
    UnixSockaddr.Listening listening = UnixSockaddr.listen(loop, address, options);
    AcceptLimits limits =
        new AcceptLimits(options.backlog(), options.maxConnections(), options.connection());
    StreamAcceptor acceptor =
        new StreamAcceptor(
            loop, listening.descriptor(), address, limits, listening.file(), connectionAcceptor);
    acceptor.start(address);
    return new UnixListener(loop, acceptor, address);
  }

  /**
   * Where it listens.
   *
   * @return the address that it was bound to
   */
  @Override
  public SocketAddress localAddress() {
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
   * Stops listening and removes the file, if the options say so; connections that stand live on.
   *
   * @return completes when the descriptor is closed and the file removed
   */
  @Override
  public CompletionStage<Void> close() {
    return loop.supply(acceptor::close);
  }

  @Override
  public String toString() {
    return "UnixListener[" + Sockaddr.text(localAddress) + "]";
  }
}
