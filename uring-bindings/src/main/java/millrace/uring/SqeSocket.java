package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** The life of a socket, of {@link Sqe}. */
abstract sealed class SqeSocket extends SqePath permits SqeTransfer {

  SqeSocket(MemorySegment entries) {
    super(entries);
  }

  /**
   * socket(2); the result is a descriptor (5.19; io_uring_prep_socket(3)).
   *
   * @param domain AF_*
   * @param type SOCK_*
   * @param protocol IPPROTO_* or 0
   * @return this
   */
  public Sqe socket(int domain, int type, int protocol) {
    return prepare(IoUring.IORING_OP_SOCKET(), domain, type, 0, protocol, 0);
  }

  /**
   * {@link #socket} as a direct descriptor; the result is 0, or the index when the kernel picked
   * it. SOCK_CLOEXEC is EINVAL (5.19; io_uring_prep_socket_direct(3)).
   *
   * @param domain AF_*
   * @param type SOCK_* without SOCK_CLOEXEC
   * @param protocol IPPROTO_* or 0
   * @param fileIndex the index, 0 or more, or {@link Sqe#FILE_INDEX_ALLOC}
   * @return this
   */
  public Sqe socketDirect(int domain, int type, int protocol, int fileIndex) {
    setFileIndex("fileIndex", fileIndex);
    return socket(domain, type, protocol);
  }

  /**
   * {@link #socketDirect} at an index that the kernel picks, which is the result (5.19;
   * io_uring_prep_socket_direct_alloc(3)).
   *
   * @param domain AF_*
   * @param type SOCK_* without SOCK_CLOEXEC
   * @param protocol IPPROTO_* or 0
   * @return this
   */
  public Sqe socketDirectAlloc(int domain, int type, int protocol) {
    return socketDirect(domain, type, protocol, FILE_INDEX_ALLOC);
  }

  /**
   * bind(2). The result is 0, or for example EADDRINUSE, EACCES (6.11; io_uring_prep_bind(3)).
   *
   * @param fd the descriptor
   * @param sockaddrAddress the address to bind to, see {@link SocketAddresses}
   * @param lengthBytes its length, 0 or more
   * @return this
   */
  public Sqe bind(int fd, long sockaddrAddress, int lengthBytes) {
    return prepare(
        IoUring.IORING_OP_BIND(),
        fd,
        Arguments.notNegative("lengthBytes", lengthBytes),
        sockaddrAddress,
        0,
        0);
  }

  /**
   * listen(2). The result is 0, or for example EADDRINUSE, EOPNOTSUPP (6.11;
   * io_uring_prep_listen(3)).
   *
   * @param fd the descriptor
   * @param backlog how many connections wait at most; the kernel caps it at net.core.somaxconn
   * @return this
   */
  public Sqe listen(int fd, int backlog) {
    return prepare(IoUring.IORING_OP_LISTEN(), fd, 0, 0, backlog, 0);
  }

  /**
   * accept4(2); the result is a descriptor. {@link SqeFlags#ACCEPT_DONTWAIT} can be added by {@link
   * Sqe#ioprio} (5.5; io_uring_prep_accept(3)).
   *
   * @param fd the descriptor
   * @param sockaddrAddress where the peer's address goes, or 0
   * @param lengthAddress the socklen_t with the room there, or 0
   * @param flags SOCK_* flags
   * @return this
   */
  public Sqe accept(int fd, long sockaddrAddress, long lengthAddress, int flags) {
    return prepare(IoUring.IORING_OP_ACCEPT(), fd, lengthAddress, sockaddrAddress, 0, flags);
  }

  /**
   * {@link #accept} as a direct descriptor; the result is 0, or the index when the kernel picked
   * it. SOCK_CLOEXEC is EINVAL (5.15; io_uring_prep_accept_direct(3)).
   *
   * @param fd the descriptor
   * @param sockaddrAddress where the peer's address goes, or 0
   * @param lengthAddress the socklen_t with the room there, or 0
   * @param flags SOCK_NONBLOCK or 0
   * @param fileIndex the index, 0 or more, or {@link Sqe#FILE_INDEX_ALLOC}
   * @return this
   */
  public Sqe acceptDirect(
      int fd, long sockaddrAddress, long lengthAddress, int flags, int fileIndex) {
    setFileIndex("fileIndex", fileIndex);
    return accept(fd, sockaddrAddress, lengthAddress, flags);
  }

  /**
   * accept4(2) for each connection that comes, until a completion without {@link CqeFlags#F_MORE}
   * (5.19; io_uring_prep_multishot_accept(3)).
   *
   * @param fd the descriptor
   * @param flags SOCK_* flags
   * @return this
   */
  public Sqe multishotAccept(int fd, int flags) {
    accept(fd, 0, 0, flags);
    return addIoprio(IoUring.IORING_ACCEPT_MULTISHOT());
  }

  /**
   * {@link #multishotAccept} as direct descriptors; each result is the index, which the kernel
   * picks. ENFILE, when none is free, ends it. SOCK_CLOEXEC is EINVAL (5.19;
   * io_uring_prep_multishot_accept_direct(3)).
   *
   * @param fd the descriptor
   * @param flags SOCK_NONBLOCK or 0
   * @return this
   */
  public Sqe multishotAcceptDirect(int fd, int flags) {
    setFileIndexField(FILE_INDEX_ALLOC);
    return multishotAccept(fd, flags);
  }

  /**
   * connect(2). The result is 0, or for example ECONNREFUSED, ETIMEDOUT (5.5;
   * io_uring_prep_connect(3)).
   *
   * @param fd the descriptor
   * @param sockaddrAddress the address to connect to, see {@link SocketAddresses}
   * @param lengthBytes its length, 0 or more
   * @return this
   */
  public Sqe connect(int fd, long sockaddrAddress, int lengthBytes) {
    return prepare(
        IoUring.IORING_OP_CONNECT(),
        fd,
        Arguments.notNegative("lengthBytes", lengthBytes),
        sockaddrAddress,
        0,
        0);
  }

  /**
   * shutdown(2). The result is 0, ENOTCONN or ENOTSOCK. Always goes to a worker thread (5.11;
   * io_uring_prep_shutdown(3)).
   *
   * @param fd the descriptor
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @return this
   */
  public Sqe shutdown(int fd, int how) {
    return prepare(IoUring.IORING_OP_SHUTDOWN(), fd, 0, 0, how, 0);
  }
}
