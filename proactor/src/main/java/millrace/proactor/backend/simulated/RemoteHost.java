package millrace.proactor.backend.simulated;

import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** Another machine on the simulated network. */
public final class RemoteHost {

  private static final int BACKLOG = 128;

  private final Kernel kernel;

  RemoteHost(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Connects to an address of the simulation. */
  public RemoteSocket connect(InetSocketAddress target, RemoteSocket.Handler handler) {
    RemoteSocket socket = new RemoteSocket(kernel, handler);
    socket.connect(target);
    return socket;
  }

  /** A UDP socket; port 0 takes a free one. */
  public RemoteDatagrams datagrams(InetSocketAddress address, RemoteDatagrams.Handler handler) {
    return new RemoteDatagrams(kernel.datagrams, address, handler);
  }

  /** Listens; each connection gets its own handler. Returns 0 or EADDRINUSE. */
  public int listen(InetSocketAddress address, Supplier<RemoteSocket.Handler> handlers) {
    Backlog[] backlog = new Backlog[1];
    backlog[0] =
        new Backlog(
            address,
            BACKLOG,
            () ->
                new RemoteSocket(kernel, handlers.get()).accepted((TcpEndpoint) backlog[0].poll()));
    return -kernel.network.listen(backlog[0]);
  }
}
