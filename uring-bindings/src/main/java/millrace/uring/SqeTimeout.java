package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** What ends operations, of {@link Sqe}: time and cancellation. */
abstract sealed class SqeTimeout extends SqePoll permits SqeRing {
  private static final int ONE_TIMESPEC = 1;

  SqeTimeout(MemorySegment entries) {
    super(entries);
  }

  /**
   * A timer. The result is ETIME when the time is over, 0 when so many other operations completed
   * first, ECANCELED when removed, EINVAL for two clocks. The timespec is read when the entry is
   * consumed (5.4; io_uring_prep_timeout(3)).
   *
   * @param timespecAddress a {@link KernelTimespec}; with {@link SqeFlags#TIMEOUT_IMMEDIATE_ARG}
   *     the time itself in nanoseconds
   * @param count completions, of timers not, that end it early, 0 for a pure timer; with {@link
   *     SqeFlags#TIMEOUT_MULTISHOT} how often it fires, 0 for ever
   * @param flags TIMEOUT bits of {@link SqeFlags}, or 0 for a duration of CLOCK_MONOTONIC
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
   * Ends a timer. The result is 0, ENOENT, or EALREADY or EBUSY when it is firing. A multishot
   * timer that is firing may answer ENOENT and go on (5.5; io_uring_prep_timeout_remove(3)).
   *
   * @param userData the {@link Sqe#userData} of the operation meant
   * @param flags 0
   * @return this
   */
  public Sqe timeoutRemove(long userData, int flags) {
    return prepare(IoUring.IORING_OP_TIMEOUT_REMOVE(), -1, 0, userData, 0, flags);
  }

  /**
   * Gives a timer a new time. The result is 0, ENOENT when there is none or it has fired, EALREADY
   * when it is firing (5.11; io_uring_prep_timeout_update(3)).
   *
   * @param timespecAddress a {@link KernelTimespec}
   * @param userData the {@link Sqe#userData} of the timer meant
   * @param flags {@link SqeFlags#TIMEOUT_ABS}, a clock, or 0
   * @return this
   */
  public Sqe timeoutUpdate(long timespecAddress, long userData, int flags) {
    return prepare(
        IoUring.IORING_OP_TIMEOUT_REMOVE(),
        -1,
        timespecAddress,
        userData,
        0,
        flags | IoUring.IORING_TIMEOUT_UPDATE());
  }

  /**
   * A time limit for the entry before, which must be linked to this one by {@link Sqe#link}. The
   * result is ETIME when it struck, ECANCELED when the operation was faster, ENOENT when it struck
   * and found the operation complete. Where cancelling counts, as {@link #cancel} tells, kernels up
   * to 6.18 at least have 1 for ETIME (5.5; io_uring_prep_link_timeout(3)).
   *
   * @param timespecAddress a {@link KernelTimespec}; with {@link SqeFlags#TIMEOUT_IMMEDIATE_ARG}
   *     the time itself in nanoseconds
   * @param flags TIMEOUT bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe linkTimeout(long timespecAddress, int flags) {
    return prepare(IoUring.IORING_OP_LINK_TIMEOUT(), -1, 0, timespecAddress, ONE_TIMESPEC, flags);
  }

  /**
   * Gives a time limit of {@link #linkTimeout} a new time. The result is 0, ENOENT or EALREADY
   * (5.15; io_uring_prep_timeout_update(3)).
   *
   * @param timespecAddress a {@link KernelTimespec}
   * @param userData the {@link Sqe#userData} of the linked timeout meant
   * @param flags {@link SqeFlags#TIMEOUT_ABS}, a clock, or 0
   * @return this
   */
  public Sqe linkTimeoutUpdate(long timespecAddress, long userData, int flags) {
    return timeoutUpdate(timespecAddress, userData, flags | IoUring.IORING_LINK_TIMEOUT_UPDATE());
  }

  /**
   * Asks for the cancellation of an operation. The result is 0, ENOENT when there is none, or
   * EALREADY when it is past cancelling; the operation itself still completes with what became of
   * it. With {@link SqeFlags#ASYNC_CANCEL_ALL} the result is how many were found, and 0 is none.
   * For futexes and waitid the kernel counts otherwise: 1 for one that was cancelled, and also for
   * all of them (5.5; io_uring_prep_cancel64(3)).
   *
   * @param userData the {@link Sqe#userData} of the operation meant
   * @param cancelFlags ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe cancel(long userData, int cancelFlags) {
    return prepare(IoUring.IORING_OP_ASYNC_CANCEL(), -1, 0, userData, 0, cancelFlags);
  }

  /**
   * Asks for the cancellation of operations on a descriptor, with the results of {@link #cancel}
   * (5.19; io_uring_prep_cancel_fd(3)).
   *
   * @param fd the descriptor; the index of a registered file with {@link
   *     SqeFlags#ASYNC_CANCEL_FD_FIXED}
   * @param cancelFlags ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe cancelFd(int fd, int cancelFlags) {
    return prepare(
        IoUring.IORING_OP_ASYNC_CANCEL(),
        fd,
        0,
        0,
        0,
        cancelFlags | IoUring.IORING_ASYNC_CANCEL_FD());
  }

  /**
   * Asks for the cancellation of operations of one kind, with the results of {@link #cancel} (6.6;
   * io_uring_prep_cancel(3)).
   *
   * @param operation what the operations do
   * @param cancelFlags ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @return this
   */
  public Sqe cancelOp(Opcode operation, int cancelFlags) {
    return prepare(
        IoUring.IORING_OP_ASYNC_CANCEL(),
        -1,
        0,
        0,
        operation.code(),
        cancelFlags | IoUring.IORING_ASYNC_CANCEL_OP());
  }

  /**
   * Asks for the cancellation of every operation of the ring; the result is how many were found
   * (5.19; io_uring_prep_cancel(3)).
   *
   * @return this
   */
  public Sqe cancelAll() {
    return cancel(0, IoUring.IORING_ASYNC_CANCEL_ANY() | IoUring.IORING_ASYNC_CANCEL_ALL());
  }
}
