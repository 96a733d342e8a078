package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_sqe;
import millrace.uring.abi.open_how;

/**
 * One submission queue entry: a cursor over the entry that {@link SubmissionQueue#next} took.
 *
 * <p>There is one method for each operation, named like the man page of liburing's prep function,
 * which is its contract; it fills in the operation and its arguments. Modifiers such as {@link
 * #userData} and {@link #link} come after it. All return this cursor.
 *
 * <p>Owner thread only, valid until the next {@link SubmissionQueue#next}. Nothing is allocated.
 * Addresses are those of native memory that must stay as it is until the operation's terminal
 * completion: the one without {@link CqeFlags#F_MORE}, and for zero-copy sends the one with {@link
 * CqeFlags#F_NOTIF}. The arguments' meaning and the results are those of the system call of the
 * same name; descriptors and flags are checked by the kernel, whose answer is the completion's
 * result.
 *
 * <p>Least kernels are those of {@link Opcode} unless a method says otherwise.
 */
public final class Sqe {
  /** As an offset: read and write at the file position, or the file has none (pipe, socket). */
  public static final long AT_FILE_POSITION = -1;

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final long ENTRY_BYTES = io_uring_sqe.sizeof();
  private static final long OPCODE = io_uring_sqe.opcode$offset();
  private static final long FLAGS = io_uring_sqe.flags$offset();
  private static final long IOPRIO = io_uring_sqe.ioprio$offset();
  private static final long FD = io_uring_sqe.fd$offset();
  private static final long OFF = io_uring_sqe.off$offset();
  private static final long ADDR = io_uring_sqe.addr$offset();
  private static final long LEN = io_uring_sqe.len$offset();
  private static final long OPERATION_FLAGS = io_uring_sqe.rw_flags$offset();
  private static final long USER_DATA = io_uring_sqe.user_data$offset();
  private static final long BUF_GROUP = io_uring_sqe.buf_group$offset();

  private static final int OPEN_HOW_BYTES = (int) open_how.sizeof();
  private static final int ONE_TIMESPEC = 1;
  private static final int MAX_BUFFER_GROUP = 65535;

  private final MemorySegment entries;
  private long entry;

  Sqe(MemorySegment entries) {
    this.entries = entries;
    assert ENTRY_BYTES == 8 * Long.BYTES : ENTRY_BYTES;
  }

  /** Goes to the entry at an offset and makes its bytes zero. */
  void moveTo(long offset) {
    entry = offset;
    MemorySegment memory = entries;
    memory.set(LONG, offset, 0);
    memory.set(LONG, offset + 8, 0);
    memory.set(LONG, offset + 16, 0);
    memory.set(LONG, offset + 24, 0);
    memory.set(LONG, offset + 32, 0);
    memory.set(LONG, offset + 40, 0);
    memory.set(LONG, offset + 48, 0);
    memory.set(LONG, offset + 56, 0);
  }

  /**
   * Does nothing; its result is 0 (5.1).
   *
   * @return this
   */
  public Sqe nop() {
    return operation(IoUring.IORING_OP_NOP(), -1);
  }

  /**
   * pread(2) into one buffer.
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param offset where in the file, or {@link #AT_FILE_POSITION}
   * @return this
   */
  public Sqe read(int fd, long address, int lengthBytes, long offset) {
    return prepare(IoUring.IORING_OP_READ(), fd, offset, address, notNegative(lengthBytes), 0);
  }

  /**
   * pwrite(2) from one buffer.
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param offset where in the file, or {@link #AT_FILE_POSITION}
   * @return this
   */
  public Sqe write(int fd, long address, int lengthBytes, long offset) {
    return prepare(IoUring.IORING_OP_WRITE(), fd, offset, address, notNegative(lengthBytes), 0);
  }

  /**
   * preadv(2) into several buffers.
   *
   * @param fd the descriptor
   * @param iovecAddress the first iovec
   * @param count how many iovecs, 0 to 1024
   * @param offset where in the file, or {@link #AT_FILE_POSITION}
   * @return this
   */
  public Sqe readv(int fd, long iovecAddress, int count, long offset) {
    return prepare(
        IoUring.IORING_OP_READV(),
        fd,
        offset,
        iovecAddress,
        Arguments.notNegative("count", count),
        0);
  }

  /**
   * pwritev(2) from several buffers.
   *
   * @param fd the descriptor
   * @param iovecAddress the first iovec
   * @param count how many iovecs, 0 to 1024
   * @param offset where in the file, or {@link #AT_FILE_POSITION}
   * @return this
   */
  public Sqe writev(int fd, long iovecAddress, int count, long offset) {
    return prepare(
        IoUring.IORING_OP_WRITEV(),
        fd,
        offset,
        iovecAddress,
        Arguments.notNegative("count", count),
        0);
  }

  /**
   * send(2). May be short unless MSG_WAITALL is given (5.19).
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe send(int fd, long address, int lengthBytes, int msgFlags) {
    return prepare(IoUring.IORING_OP_SEND(), fd, 0, address, notNegative(lengthBytes), msgFlags);
  }

  /**
   * send(2) without copying. Posts a result with {@link CqeFlags#F_MORE} and, once the memory is
   * free again, a completion with {@link CqeFlags#F_NOTIF}.
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @param zeroCopyFlags {@link SqeFlags#SEND_ZC_REPORT_USAGE} or 0
   * @return this
   */
  public Sqe sendZc(int fd, long address, int lengthBytes, int msgFlags, int zeroCopyFlags) {
    prepare(IoUring.IORING_OP_SEND_ZC(), fd, 0, address, notNegative(lengthBytes), msgFlags);
    return ioprio(zeroCopyFlags);
  }

  /**
   * sendmsg(2).
   *
   * @param fd the descriptor
   * @param msghdrAddress a msghdr
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe sendmsg(int fd, long msghdrAddress, int msgFlags) {
    return prepare(IoUring.IORING_OP_SENDMSG(), fd, 0, msghdrAddress, 1, msgFlags);
  }

  /**
   * recvmsg(2).
   *
   * @param fd the descriptor
   * @param msghdrAddress a msghdr
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe recvmsg(int fd, long msghdrAddress, int msgFlags) {
    return prepare(IoUring.IORING_OP_RECVMSG(), fd, 0, msghdrAddress, 1, msgFlags);
  }

  /**
   * recv(2). With {@link #bufferSelect} the kernel brings the buffer, the address is 0 and the
   * length 0 stands for the whole buffer.
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe recv(int fd, long address, int lengthBytes, int msgFlags) {
    return prepare(IoUring.IORING_OP_RECV(), fd, 0, address, notNegative(lengthBytes), msgFlags);
  }

  /**
   * recv(2) again and again, each time into the next buffer of a group, until a completion without
   * {@link CqeFlags#F_MORE}: end of stream, an error, ENOBUFS when the group is empty (6.0).
   *
   * @param fd the descriptor
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @param msgFlags MSG_* flags without MSG_WAITALL
   * @return this
   */
  public Sqe recvMultishot(int fd, int bufferGroup, int msgFlags) {
    prepare(IoUring.IORING_OP_RECV(), fd, 0, 0, 0, msgFlags);
    ioprio(IoUring.IORING_RECV_MULTISHOT());
    return bufferSelect(bufferGroup);
  }

  /**
   * accept4(2); the result is a descriptor.
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
   * accept4(2) for each connection that comes, until a completion without {@link CqeFlags#F_MORE}
   * (5.19).
   *
   * @param fd the descriptor
   * @param flags SOCK_* flags
   * @return this
   */
  public Sqe acceptMultishot(int fd, int flags) {
    prepare(IoUring.IORING_OP_ACCEPT(), fd, 0, 0, 0, flags);
    return ioprio(IoUring.IORING_ACCEPT_MULTISHOT());
  }

  /**
   * connect(2).
   *
   * @param fd the descriptor
   * @param sockaddrAddress the address to connect to
   * @param lengthBytes its length, 0 or more
   * @return this
   */
  public Sqe connect(int fd, long sockaddrAddress, int lengthBytes) {
    return prepare(
        IoUring.IORING_OP_CONNECT(), fd, notNegative(lengthBytes), sockaddrAddress, 0, 0);
  }

  /**
   * openat(2); the result is a descriptor.
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD
   * @param pathAddress the path, ending in a zero byte
   * @param openFlags O_* flags
   * @param mode the permissions of a file that is created
   * @return this
   */
  public Sqe openat(int dirfd, long pathAddress, int openFlags, int mode) {
    return prepare(IoUring.IORING_OP_OPENAT(), dirfd, 0, pathAddress, mode, openFlags);
  }

  /**
   * openat2(2); the result is a descriptor.
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD
   * @param pathAddress the path, ending in a zero byte
   * @param openHowAddress an open_how
   * @return this
   */
  public Sqe openat2(int dirfd, long pathAddress, long openHowAddress) {
    return prepare(
        IoUring.IORING_OP_OPENAT2(), dirfd, openHowAddress, pathAddress, OPEN_HOW_BYTES, 0);
  }

  /**
   * close(2). Operations on the descriptor go on: cancel them first.
   *
   * @param fd the descriptor
   * @return this
   */
  public Sqe close(int fd) {
    return operation(IoUring.IORING_OP_CLOSE(), fd);
  }

  /**
   * statx(2).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD
   * @param pathAddress the path, ending in a zero byte
   * @param flags AT_* flags
   * @param mask STATX_* bits
   * @param statxAddress where the statx goes
   * @return this
   */
  public Sqe statx(int dirfd, long pathAddress, int flags, int mask, long statxAddress) {
    return prepare(IoUring.IORING_OP_STATX(), dirfd, statxAddress, pathAddress, mask, flags);
  }

  /**
   * fsync(2) or fdatasync(2). Not ordered after writes in flight: wait for them, or {@link #link}.
   *
   * @param fd the descriptor
   * @param dataOnly true for fdatasync(2)
   * @return this
   */
  public Sqe fsync(int fd, boolean dataOnly) {
    return prepare(
        IoUring.IORING_OP_FSYNC(), fd, 0, 0, 0, dataOnly ? IoUring.IORING_FSYNC_DATASYNC() : 0);
  }

  /**
   * shutdown(2).
   *
   * @param fd the descriptor
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @return this
   */
  public Sqe shutdown(int fd, int how) {
    return prepare(IoUring.IORING_OP_SHUTDOWN(), fd, 0, 0, how, 0);
  }

  /**
   * socket(2); the result is a descriptor.
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
   * Asks for the cancellation of an operation. The result is 0, ENOENT when there is none, or
   * EALREADY when it is past cancelling; the operation itself still completes with what became of
   * it.
   *
   * @param userData the {@link #userData} of the operation meant
   * @param cancelFlags ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe cancel(long userData, int cancelFlags) {
    return prepare(IoUring.IORING_OP_ASYNC_CANCEL(), -1, 0, userData, 0, cancelFlags);
  }

  /**
   * Asks for the cancellation of operations on a descriptor (5.19). With {@code all} the result is
   * how many were found.
   *
   * @param fd the descriptor
   * @param all true for each operation, false for the first found
   * @return this
   */
  public Sqe cancelDescriptor(int fd, boolean all) {
    int flags = IoUring.IORING_ASYNC_CANCEL_FD();
    return prepare(
        IoUring.IORING_OP_ASYNC_CANCEL(),
        fd,
        0,
        0,
        0,
        all ? flags | IoUring.IORING_ASYNC_CANCEL_ALL() : flags);
  }

  /**
   * Asks for the cancellation of every operation of the ring; the result is how many were found
   * (5.19).
   *
   * @return this
   */
  public Sqe cancelAll() {
    int flags = IoUring.IORING_ASYNC_CANCEL_ANY() | IoUring.IORING_ASYNC_CANCEL_ALL();
    return prepare(IoUring.IORING_OP_ASYNC_CANCEL(), -1, 0, 0, 0, flags);
  }

  /**
   * A timer. The result is ETIME when the time is over, 0 when so many other operations completed
   * first, ECANCELED when removed. The timespec is read when the entry is consumed.
   *
   * @param timespecAddress a __kernel_timespec
   * @param count completions that end it early, 0 for a pure timer
   * @param flags TIMEOUT bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe timeout(long timespecAddress, int count, int flags) {
    return prepare(
        IoUring.IORING_OP_TIMEOUT(),
        -1,
        Arguments.notNegative("count", count),
        timespecAddress,
        ONE_TIMESPEC,
        flags);
  }

  /**
   * Ends a timer. The result is 0, ENOENT or EBUSY.
   *
   * @param userData the {@link #userData} of the operation meant
   * @param flags 0
   * @return this
   */
  public Sqe timeoutRemove(long userData, int flags) {
    return prepare(IoUring.IORING_OP_TIMEOUT_REMOVE(), -1, 0, userData, 0, flags);
  }

  /**
   * A time limit for the entry before, which must be linked to this one by {@link #link}. The
   * result is ETIME when it struck, ECANCELED when the operation was faster.
   *
   * @param timespecAddress a __kernel_timespec
   * @param flags TIMEOUT bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe linkTimeout(long timespecAddress, int flags) {
    return prepare(IoUring.IORING_OP_LINK_TIMEOUT(), -1, 0, timespecAddress, ONE_TIMESPEC, flags);
  }

  /**
   * poll(2) of one descriptor; the result is the events that are there.
   *
   * @param fd the descriptor
   * @param events POLL* bits
   * @return this
   */
  public Sqe pollAdd(int fd, int events) {
    return prepare(IoUring.IORING_OP_POLL_ADD(), fd, 0, 0, 0, events);
  }

  /**
   * poll(2) again and again, edge-triggered after the first time, until a completion without {@link
   * CqeFlags#F_MORE} (5.13).
   *
   * @param fd the descriptor
   * @param events POLL* bits
   * @return this
   */
  public Sqe pollMultishot(int fd, int events) {
    return prepare(IoUring.IORING_OP_POLL_ADD(), fd, 0, 0, IoUring.IORING_POLL_ADD_MULTI(), events);
  }

  /**
   * Ends a poll. The result is 0, ENOENT or EALREADY.
   *
   * @param userData the {@link #userData} of the operation meant
   * @return this
   */
  public Sqe pollRemove(long userData) {
    return prepare(IoUring.IORING_OP_POLL_REMOVE(), -1, 0, userData, 0, 0);
  }

  /**
   * Posts a completion to another ring: {@code data} is its user data and {@code length} its
   * result. EBADFD when that ring is not enabled, EOVERFLOW when its queue cannot take it.
   *
   * @param ringFd {@link Ring#fd} of the target
   * @param length any number
   * @param data any number
   * @param flags 0
   * @return this
   */
  public Sqe msgRing(int ringFd, int length, long data, int flags) {
    return prepare(
        IoUring.IORING_OP_MSG_RING(), ringFd, data, IoUring.IORING_MSG_DATA(), length, flags);
  }

  /**
   * Sets what the completion carries back.
   *
   * @param userData any number
   * @return this
   */
  public Sqe userData(long userData) {
    entries.set(LONG, entry + USER_DATA, userData);
    return this;
  }

  /**
   * Adds flags to those that are set.
   *
   * @param flags entry bits of {@link SqeFlags}
   * @return this
   */
  public Sqe flags(int flags) {
    Arguments.inRange("flags", flags, 0, 255);
    long field = entry + FLAGS;
    entries.set(BYTE, field, (byte) (entries.get(BYTE, field) | flags));
    return this;
  }

  /**
   * The next entry starts when this one has succeeded, and is cancelled when it has not (5.3). The
   * chain must be in one submit, see {@link SubmissionQueue#reserve}.
   *
   * @return this
   */
  public Sqe link() {
    return flags(IoUring.IOSQE_IO_LINK());
  }

  /**
   * The next entry starts when this one has completed, successfully or not (5.5).
   *
   * @return this
   */
  public Sqe hardlink() {
    return flags(IoUring.IOSQE_IO_HARDLINK());
  }

  /**
   * Starts after all that was submitted before, and before all that comes after (5.2).
   *
   * @return this
   */
  public Sqe drain() {
    return flags(IoUring.IOSQE_IO_DRAIN());
  }

  /**
   * Goes to a worker thread without a first try on this one (5.6).
   *
   * @return this
   */
  public Sqe async() {
    return flags(IoUring.IOSQE_ASYNC());
  }

  /**
   * The descriptor is the index of a registered file (5.1).
   *
   * @return this
   */
  public Sqe fixedFile() {
    return flags(IoUring.IOSQE_FIXED_FILE());
  }

  /**
   * Posts no completion on success (5.17).
   *
   * @return this
   */
  public Sqe skipSuccessCqe() {
    return flags(IoUring.IOSQE_CQE_SKIP_SUCCESS());
  }

  /**
   * Lets the kernel choose a buffer when the data is there (5.7; groups of {@link
   * ProvidedBufferRing} 5.19).
   *
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @return this
   */
  public Sqe bufferSelect(int bufferGroup) {
    Arguments.inRange("bufferGroup", bufferGroup, 0, MAX_BUFFER_GROUP);
    entries.set(SHORT, entry + BUF_GROUP, (short) bufferGroup);
    return flags(IoUring.IOSQE_BUFFER_SELECT());
  }

  /**
   * Waits for readiness before the first try (5.19 for sends and receives, 6.10 for accepts).
   *
   * @return this
   */
  public Sqe pollFirst() {
    boolean accept = entries.get(BYTE, entry + OPCODE) == IoUring.IORING_OP_ACCEPT();
    return ioprio(
        accept ? IoUring.IORING_ACCEPT_POLL_FIRST() : IoUring.IORING_RECVSEND_POLL_FIRST());
  }

  private Sqe operation(int opcode, int fd) {
    entries.set(BYTE, entry + OPCODE, (byte) opcode);
    entries.set(INT, entry + FD, fd);
    return this;
  }

  private Sqe prepare(
      int opcode, int fd, long offset, long address, int length, int operationFlags) {
    entries.set(LONG, entry + OFF, offset);
    entries.set(LONG, entry + ADDR, address);
    entries.set(INT, entry + LEN, length);
    entries.set(INT, entry + OPERATION_FLAGS, operationFlags);
    return operation(opcode, fd);
  }

  private Sqe ioprio(int bits) {
    long field = entry + IOPRIO;
    entries.set(SHORT, field, (short) (entries.get(SHORT, field) | bits));
    return this;
  }

  private static int notNegative(int lengthBytes) {
    return Arguments.notNegative("lengthBytes", lengthBytes);
  }
}
