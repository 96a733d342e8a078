package millrace.proactor.backend.simulated;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import millrace.uring.Errno;

/** TCP sockets of one internet protocol: ip(7), ipv6(7). */
final class InternetStreams implements StreamFamily {

  private final SimulatedNetwork network;
  private final InetSocketAddress any;

  /**
   * @param six whether it is IPv6
   */
  InternetStreams(SimulatedNetwork network, boolean six) {
    this.network = network;
    this.any = new InetSocketAddress(InetAddress.ofLiteral(six ? "::" : "0.0.0.0"), 0);
  }

  @Override
  public boolean takes(SocketAddress address) {
    return address instanceof InetSocketAddress internet
        && internet.getAddress().getClass() == any.getAddress().getClass();
  }

  @Override
  public int bindErrno(SocketAddress address) {
    int port = ((InetSocketAddress) address).getPort();
    return network.isListening(port) ? Errno.EADDRINUSE : 0;
  }

  @Override
  public SocketAddress bind(SocketAddress address) {
    InetSocketAddress wanted = (InetSocketAddress) address;
    int port = wanted.getPort() == 0 ? network.freePort() : wanted.getPort();
    return new InetSocketAddress(wanted.getAddress(), port);
  }

  @Override
  public SocketAddress bindAny() {
    return new InetSocketAddress(any.getAddress(), network.freePort());
  }

  @Override
  public void unbind(SocketAddress address) {}

  @Override
  public int listen(Backlog backlog) {
    return network.listen(backlog);
  }

  @Override
  public void unlisten(Backlog backlog) {
    network.unlisten(backlog);
  }

  @Override
  public StreamEndpoint connect(
      SocketAddress target, SocketAddress local, StreamEndpoint.Owner client) {
    return network.connect(target, local, client);
  }

  @Override
  public SocketAddress unnamed() {
    return any;
  }

  @Override
  public int unconnectedReceiveErrno() {
    return Errno.ENOTCONN;
  }

  /** As tcp_sendmsg says, unlike recv(2), which says ENOTCONN. */
  @Override
  public int unconnectedSendErrno() {
    return Errno.EPIPE;
  }

  @Override
  public boolean abortsAccepts() {
    return true;
  }
}
