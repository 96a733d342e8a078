package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * Bits of the futex operations of {@link Sqe} and of {@link FutexWaitv}: linux/futex.h, {@code
 * FUTEX2_*} without their prefix, since Linux 6.7. A size is always part of them.
 */
public final class FutexFlags {
  /** The futex has 32 bits, aligned to 4. EINVAL for the other sizes where they are missing. */
  public static final int SIZE_U32 = IoUring.FUTEX2_SIZE_U32();

  /** The futex has 8 bits. */
  public static final int SIZE_U8 = IoUring.FUTEX2_SIZE_U8();

  /** The futex has 16 bits, aligned to 2. */
  public static final int SIZE_U16 = IoUring.FUTEX2_SIZE_U16();

  /** The futex has 64 bits, aligned to 8. */
  public static final int SIZE_U64 = IoUring.FUTEX2_SIZE_U64();

  /** Only threads of this process wait and wake; without it memory may be shared. */
  public static final int PRIVATE = IoUring.FUTEX2_PRIVATE();

  /** The futex is followed by the number of a NUMA node. */
  public static final int NUMA = IoUring.FUTEX2_NUMA();

  /** The node is that of the memory policy (6.16). */
  public static final int MPOL = IoUring.FUTEX2_MPOL();

  /** As a mask: any waiter, any waker. */
  public static final long BITSET_MATCH_ANY =
      Integer.toUnsignedLong(IoUring.FUTEX_BITSET_MATCH_ANY());

  /** How many futexes {@link Sqe#futexWaitv} takes. */
  public static final int WAITV_MAX = IoUring.FUTEX_WAITV_MAX();

  private FutexFlags() {}
}
