package millrace.proactor.backend;

/** What an operation does; each kind names the arguments of {@link Operation} that it reads. */
public enum OperationKind {
  /** Nothing; for measurements and tests. */
  NOP,
  /** offset = deadline in nanoseconds of {@link Backend#nanoTime}; completes with -ETIME then. */
  TIMEOUT,
  /** descriptor, address, length, offset (-1: the descriptor's own position). */
  READ,
  /** descriptor, address, length, offset. */
  WRITE,
  /** descriptor, address, length, operationFlags = MSG_*. */
  RECEIVE,
  /** descriptor, bufferGroup. */
  RECEIVE_MULTISHOT,
  /** descriptor, address of a msghdr, operationFlags = MSG_*. */
  RECEIVE_MESSAGE,
  /**
   * descriptor, address of a msghdr that only gives the room for name and control data,
   * bufferGroup, operationFlags = MSG_*. Each buffer begins with a struct io_uring_recvmsg_out; an
   * empty message is the last.
   */
  RECEIVE_MESSAGE_MULTISHOT,
  /** descriptor, address, length, operationFlags = MSG_*. */
  SEND,
  /** descriptor, address of a msghdr, operationFlags = MSG_*. */
  SEND_MESSAGE,
  /** descriptor, operationFlags = SOCK_*. */
  ACCEPT,
  /** descriptor, operationFlags = SOCK_*. */
  ACCEPT_MULTISHOT,
  /** descriptor, address of a sockaddr, length. */
  CONNECT,
  /** descriptor of the directory or AT_FDCWD, address of the path, operationFlags = O_*, mode. */
  OPEN,
  /** descriptor of the directory, address of the path, secondAddress of an open_how. */
  OPEN_HOW,
  /**
   * descriptor, address of the path, operationFlags = AT_*, mode = mask, secondAddress of statx.
   */
  STATUS,
  /** descriptor of the directory or AT_FDCWD, address of the path, operationFlags = AT_*. */
  UNLINK,
  /** descriptor, operationFlags = 1 for data only. */
  SYNC,
  /** descriptor, operationFlags = POLL*. */
  POLL,
  /** descriptor. */
  CLOSE;

  /** Whether it may complete more than once. */
  public boolean isMultishot() {
    return this == RECEIVE_MULTISHOT
        || this == RECEIVE_MESSAGE_MULTISHOT
        || this == ACCEPT_MULTISHOT;
  }

  /**
   * Whether a cancel by descriptor means it (IORING_ASYNC_CANCEL_FD): it works on the file behind
   * the descriptor, which is neither a directory that a path begins at nor a number to be freed.
   */
  public boolean isOnDescriptor() {
    return switch (this) {
      case NOP, TIMEOUT, OPEN, OPEN_HOW, STATUS, CLOSE -> false;
      default -> true;
    };
  }
}
