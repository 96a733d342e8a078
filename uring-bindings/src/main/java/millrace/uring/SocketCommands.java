package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * Commands of a socket for {@link Sqe#cmdSock}, {@code SOCKET_URING_OP_*} in the kernel header:
 * io_uring_prep_cmd_sock(3). Arguments that a command does not name are 0.
 */
public final class SocketCommands {
  /** The result is how many bytes can be read; EINVAL for a listening socket (6.7). */
  public static final int SIOCINQ = IoUring.SOCKET_URING_OP_SIOCINQ();

  /** The result is how many bytes are not sent or acknowledged; EINVAL when listening (6.7). */
  public static final int SIOCOUTQ = IoUring.SOCKET_URING_OP_SIOCOUTQ();

  /** getsockopt(2), only of SOL_SOCKET; the result is the length of the value (6.7). */
  public static final int GETSOCKOPT = IoUring.SOCKET_URING_OP_GETSOCKOPT();

  /** setsockopt(2) of any level; the result is 0 (6.7). */
  public static final int SETSOCKOPT = IoUring.SOCKET_URING_OP_SETSOCKOPT();

  /**
   * Posts the transmit timestamps of SO_TIMESTAMPING, again and again. The result is the key of the
   * packet, the type is {@link CqeFlags#timestampType}, the time an io_timespec in the second half
   * of the completion; so the ring needs completions of 32 bytes (6.17).
   */
  public static final int TX_TIMESTAMP = IoUring.SOCKET_URING_OP_TX_TIMESTAMP();

  /** getsockname(2), getpeername(2): {@link Sqe#cmdGetsockname} (6.19). */
  public static final int GETSOCKNAME = IoUring.SOCKET_URING_OP_GETSOCKNAME();

  private SocketCommands() {}
}
