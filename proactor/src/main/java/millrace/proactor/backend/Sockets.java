package millrace.proactor.backend;

import java.net.SocketAddress;

/**
 * Socket calls that never block and so need no completion. Results are not negative, or {@code
 * -errno}. Any thread.
 */
public interface Sockets {

  /**
   * A stream socket for addresses of {@code address}'s family, internet or UNIX: descriptor or
   * -errno.
   */
  int stream(SocketAddress address);

  /** A datagram socket for addresses of {@code address}'s family: descriptor or -errno. */
  int datagram(SocketAddress address);

  /**
   * socketpair(2), AF_UNIX and close-on-exec: two sockets that are connected to each other.
   *
   * @param type SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
   * @param two receives the descriptors
   */
  int pair(int type, int[] two);

  /**
   * pipe2(2), close-on-exec.
   *
   * @param two receives the reading end at 0 and the writing end at 1
   */
  int pipe(int[] two);

  /**
   * Who connected a UNIX stream socket, or listened for it, at that time: SO_PEERCRED.
   *
   * @param three receives process, user and group
   */
  int peerCredentials(int descriptor, int[] three);

  /** bind(2). */
  int bind(int descriptor, SocketAddress address);

  /** listen(2). */
  int listen(int descriptor, int backlog);

  /** connect(2) of a datagram socket, which only sets its peer and so never waits. */
  int connectDatagram(int descriptor, SocketAddress address);

  /** setsockopt(2) with an int. */
  int setOption(int descriptor, int level, int name, int value);

  /** Makes close(2) reset the connection: SO_LINGER with zero seconds. */
  int resetOnClose(int descriptor);

  /**
   * shutdown(2). A call of its own and no operation: IORING_OP_SHUTDOWN always goes to a worker
   * thread of the kernel, while the call itself does not wait.
   */
  int shutdown(int descriptor, int how);

  /** getsockname(2); null when the kernel has none. */
  SocketAddress localAddress(int descriptor);

  /** getpeername(2); null when there is no peer (any more). */
  SocketAddress remoteAddress(int descriptor);

  /** close(2) of a descriptor that no operation was ever submitted on. */
  int close(int descriptor);
}
