package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * An operation of a submission queue entry, {@code IORING_OP_*} in the kernel header.
 *
 * <p>Each is specified in {@code io_uring_enter(2)} and on the page of its prep function; the first
 * kernel of each comes from there. Immutable, any thread.
 */
public enum Opcode {
  /** Does nothing. */
  NOP(IoUring.IORING_OP_NOP(), "5.1"),
  /** preadv2(2). */
  READV(IoUring.IORING_OP_READV(), "5.1"),
  /** pwritev2(2). */
  WRITEV(IoUring.IORING_OP_WRITEV(), "5.1"),
  /** fsync(2), fdatasync(2) or a range of either. */
  FSYNC(IoUring.IORING_OP_FSYNC(), "5.1"),
  /** Read into a registered buffer. */
  READ_FIXED(IoUring.IORING_OP_READ_FIXED(), "5.1"),
  /** Write from a registered buffer. */
  WRITE_FIXED(IoUring.IORING_OP_WRITE_FIXED(), "5.1"),
  /** poll(2) of one descriptor, once or multishot. */
  POLL_ADD(IoUring.IORING_OP_POLL_ADD(), "5.1"),
  /** Ends or changes a poll. */
  POLL_REMOVE(IoUring.IORING_OP_POLL_REMOVE(), "5.1"),
  /** sync_file_range(2). */
  SYNC_FILE_RANGE(IoUring.IORING_OP_SYNC_FILE_RANGE(), "5.2"),
  /** sendmsg(2). */
  SENDMSG(IoUring.IORING_OP_SENDMSG(), "5.3"),
  /** recvmsg(2), once or multishot. */
  RECVMSG(IoUring.IORING_OP_RECVMSG(), "5.3"),
  /** A timer, or a count of completions. */
  TIMEOUT(IoUring.IORING_OP_TIMEOUT(), "5.4"),
  /** Ends or changes a timer. */
  TIMEOUT_REMOVE(IoUring.IORING_OP_TIMEOUT_REMOVE(), "5.5"),
  /** accept4(2), once or multishot. */
  ACCEPT(IoUring.IORING_OP_ACCEPT(), "5.5"),
  /** Asks for the cancellation of operations. */
  ASYNC_CANCEL(IoUring.IORING_OP_ASYNC_CANCEL(), "5.5"),
  /** A time limit for the entry before it in the chain. */
  LINK_TIMEOUT(IoUring.IORING_OP_LINK_TIMEOUT(), "5.5"),
  /** connect(2). */
  CONNECT(IoUring.IORING_OP_CONNECT(), "5.5"),
  /** fallocate(2). */
  FALLOCATE(IoUring.IORING_OP_FALLOCATE(), "5.6"),
  /** openat(2). */
  OPENAT(IoUring.IORING_OP_OPENAT(), "5.6"),
  /** close(2). */
  CLOSE(IoUring.IORING_OP_CLOSE(), "5.6"),
  /** Changes registered files. */
  FILES_UPDATE(IoUring.IORING_OP_FILES_UPDATE(), "5.6"),
  /** statx(2). */
  STATX(IoUring.IORING_OP_STATX(), "5.6"),
  /** pread(2). */
  READ(IoUring.IORING_OP_READ(), "5.6"),
  /** pwrite(2). */
  WRITE(IoUring.IORING_OP_WRITE(), "5.6"),
  /** posix_fadvise(2). */
  FADVISE(IoUring.IORING_OP_FADVISE(), "5.6"),
  /** madvise(2). */
  MADVISE(IoUring.IORING_OP_MADVISE(), "5.6"),
  /** send(2). */
  SEND(IoUring.IORING_OP_SEND(), "5.6"),
  /** recv(2), once or multishot. */
  RECV(IoUring.IORING_OP_RECV(), "5.6"),
  /** openat2(2). */
  OPENAT2(IoUring.IORING_OP_OPENAT2(), "5.6"),
  /** epoll_ctl(2). */
  EPOLL_CTL(IoUring.IORING_OP_EPOLL_CTL(), "5.6"),
  /** splice(2). */
  SPLICE(IoUring.IORING_OP_SPLICE(), "5.7"),
  /**
   * Hands buffers to the kernel one group at a time; {@link ProvidedBufferRing} has replaced it.
   */
  PROVIDE_BUFFERS(IoUring.IORING_OP_PROVIDE_BUFFERS(), "5.7"),
  /** Takes back buffers of PROVIDE_BUFFERS. */
  REMOVE_BUFFERS(IoUring.IORING_OP_REMOVE_BUFFERS(), "5.7"),
  /** tee(2). */
  TEE(IoUring.IORING_OP_TEE(), "5.8"),
  /** shutdown(2). */
  SHUTDOWN(IoUring.IORING_OP_SHUTDOWN(), "5.11"),
  /** renameat2(2). */
  RENAMEAT(IoUring.IORING_OP_RENAMEAT(), "5.11"),
  /** unlinkat(2). */
  UNLINKAT(IoUring.IORING_OP_UNLINKAT(), "5.11"),
  /** mkdirat(2). */
  MKDIRAT(IoUring.IORING_OP_MKDIRAT(), "5.15"),
  /** symlinkat(2). */
  SYMLINKAT(IoUring.IORING_OP_SYMLINKAT(), "5.15"),
  /** linkat(2). */
  LINKAT(IoUring.IORING_OP_LINKAT(), "5.15"),
  /** Posts a completion, or passes a registered file, to another ring. */
  MSG_RING(IoUring.IORING_OP_MSG_RING(), "5.18"),
  /** fsetxattr(2). */
  FSETXATTR(IoUring.IORING_OP_FSETXATTR(), "5.19"),
  /** setxattr(2). */
  SETXATTR(IoUring.IORING_OP_SETXATTR(), "5.19"),
  /** fgetxattr(2). */
  FGETXATTR(IoUring.IORING_OP_FGETXATTR(), "5.19"),
  /** getxattr(2). */
  GETXATTR(IoUring.IORING_OP_GETXATTR(), "5.19"),
  /** socket(2). */
  SOCKET(IoUring.IORING_OP_SOCKET(), "5.19"),
  /** A command of the file's driver. */
  URING_CMD(IoUring.IORING_OP_URING_CMD(), "5.19"),
  /** send(2) without copying. */
  SEND_ZC(IoUring.IORING_OP_SEND_ZC(), "6.0"),
  /** sendmsg(2) without copying. */
  SENDMSG_ZC(IoUring.IORING_OP_SENDMSG_ZC(), "6.1"),
  /** Reads again and again into provided buffers. */
  READ_MULTISHOT(IoUring.IORING_OP_READ_MULTISHOT(), "6.7"),
  /** waitid(2). */
  WAITID(IoUring.IORING_OP_WAITID(), "6.7"),
  /** Waits for a futex. */
  FUTEX_WAIT(IoUring.IORING_OP_FUTEX_WAIT(), "6.7"),
  /** Wakes waiters of a futex. */
  FUTEX_WAKE(IoUring.IORING_OP_FUTEX_WAKE(), "6.7"),
  /** Waits for one of several futexes. */
  FUTEX_WAITV(IoUring.IORING_OP_FUTEX_WAITV(), "6.7"),
  /** Makes a registered file an ordinary descriptor. */
  FIXED_FD_INSTALL(IoUring.IORING_OP_FIXED_FD_INSTALL(), "6.8"),
  /** ftruncate(2). */
  FTRUNCATE(IoUring.IORING_OP_FTRUNCATE(), "6.9"),
  /** bind(2). */
  BIND(IoUring.IORING_OP_BIND(), "6.11"),
  /** listen(2). */
  LISTEN(IoUring.IORING_OP_LISTEN(), "6.11"),
  /** Zero-copy receive from a registered interface queue. */
  RECV_ZC(IoUring.IORING_OP_RECV_ZC(), "6.15"),
  /** epoll_wait(2). */
  EPOLL_WAIT(IoUring.IORING_OP_EPOLL_WAIT(), "6.15"),
  /** Vectored read into registered buffers. */
  READV_FIXED(IoUring.IORING_OP_READV_FIXED(), "6.15"),
  /** Vectored write from registered buffers. */
  WRITEV_FIXED(IoUring.IORING_OP_WRITEV_FIXED(), "6.15"),
  /** pipe2(2). */
  PIPE(IoUring.IORING_OP_PIPE(), "6.16"),
  /** Does nothing, in an entry of 128 bytes. */
  NOP128(IoUring.IORING_OP_NOP128(), "6.19"),
  /** A command of the file's driver, in an entry of 128 bytes. */
  URING_CMD128(IoUring.IORING_OP_URING_CMD128(), "6.19");

  private final int code;
  private final String sinceKernel;

  Opcode(int code, String sinceKernel) {
    this.code = code;
    this.sinceKernel = sinceKernel;
  }

  /**
   * The operation's number in {@code io_uring_sqe.opcode}.
   *
   * @return a number from 0 to 255
   */
  public int code() {
    return code;
  }

  /**
   * The first kernel release with this operation. For people and documents: what a running kernel
   * can do is found out by {@link KernelSupport}.
   *
   * @return a release such as {@code "5.6"}
   */
  public String sinceKernel() {
    return sinceKernel;
  }
}
