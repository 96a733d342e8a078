package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** Futexes and child processes, of {@link Sqe}. */
abstract sealed class SqeProcess extends SqeRing permits SqeCommands {

  SqeProcess(MemorySegment entries) {
    super(entries);
  }

  /**
   * Waits at a futex while it has a value. The result is 0 once woken, EAGAIN when the value is
   * another one already, EINVAL for flags that are none. A time limit is that of {@link
   * Sqe#linkTimeout} (6.7; io_uring_prep_futex_wait(3)).
   *
   * @param futexAddress the futex, aligned to its size
   * @param value what it holds
   * @param mask which wakers may wake it, {@link FutexFlags#BITSET_MATCH_ANY} for all; EINVAL for 0
   * @param futexFlags size and scope: bits of {@link FutexFlags}
   * @return this
   */
  public Sqe futexWait(long futexAddress, long value, long mask, int futexFlags) {
    setAddress3(mask);
    return prepare(IoUring.IORING_OP_FUTEX_WAIT(), futexFlags, value, futexAddress, 0, 0);
  }

  /**
   * Wakes waiters of a futex; does not change its value. The result is how many were woken (6.7;
   * io_uring_prep_futex_wake(3)).
   *
   * @param futexAddress the futex, aligned to its size
   * @param maximumWaiters how many to wake at most
   * @param mask which waiters to wake, {@link FutexFlags#BITSET_MATCH_ANY} for all; EINVAL for 0
   * @param futexFlags size and scope: bits of {@link FutexFlags}
   * @return this
   */
  public Sqe futexWake(long futexAddress, long maximumWaiters, long mask, int futexFlags) {
    setAddress3(mask);
    return prepare(IoUring.IORING_OP_FUTEX_WAKE(), futexFlags, maximumWaiters, futexAddress, 0, 0);
  }

  /**
   * Waits at several futexes until one is woken, whose index is the result. EAGAIN when one has
   * another value already (6.7; io_uring_prep_futex_waitv(3)).
   *
   * @param waitersAddress an array of {@link FutexWaitv}
   * @param count how many, 1 to {@link FutexFlags#WAITV_MAX}; EINVAL otherwise
   * @return this
   */
  public Sqe futexWaitv(long waitersAddress, int count) {
    return prepare(IoUring.IORING_OP_FUTEX_WAITV(), 0, 0, waitersAddress, count, 0);
  }

  /**
   * waitid(2). The result is 0, ECHILD when there is no such child, EINVAL for wrong options (6.7;
   * io_uring_prep_waitid(3)).
   *
   * @param idType what the id is: a P constant of {@link ChildStatus}
   * @param id a process, process group or pidfd; ignored for {@link ChildStatus#P_ALL}
   * @param siginfoAddress where the {@link ChildStatus} goes, or 0
   * @param options what to wait for: W bits of {@link ChildStatus}
   * @return this
   */
  public Sqe waitid(int idType, int id, long siginfoAddress, int options) {
    setFileIndexField(options);
    return prepare(IoUring.IORING_OP_WAITID(), id, siginfoAddress, 0, idType, 0);
  }
}
