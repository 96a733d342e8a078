package millrace.proactor.backend.simulated;

import java.net.SocketAddress;

/** The addresses of one family, and who listens there: stream sockets of that family. */
interface StreamFamily {

  /** Why bind(2) to {@code address} must fail; 0 when nothing is against it. */
  int bindErrno(SocketAddress address);

  /** bind(2): the address with what was left open in it. */
  SocketAddress bind(SocketAddress address);

  /** What listen(2) of a socket without an address gives it; null: EINVAL. */
  SocketAddress bindAny();

  /** A socket that was bound is closed. */
  void unbind(SocketAddress address);

  /** listen(2): 0, or -errno. */
  int listen(Backlog backlog);

  void unlisten(Backlog backlog);

  /** Whether a socket of this family takes {@code address}, else EAFNOSUPPORT. */
  boolean takes(SocketAddress address);

  /** The client's end of a new connection, whose {@code connected} tells how it went. */
  StreamEndpoint connect(SocketAddress target, SocketAddress local, StreamEndpoint.Owner client);

  /** What getsockname(2) of a socket without an address says. */
  SocketAddress unnamed();

  /** What recv(2) says before a connect. */
  int unconnectedReceiveErrno();

  /** What send(2) says before a connect. */
  int unconnectedSendErrno();

  /** Whether accepts may fail for reasons of the network. */
  boolean abortsAccepts();
}
