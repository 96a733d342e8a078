package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;

/**
 * The kernel's worker threads (io-wq) of a ring, in which operations run that would block: how many
 * there may be, and on which CPUs.
 *
 * <p>By the owner of the ring, or by any thread before it is enabled. Sources: {@code
 * io_uring_register_iowq_max_workers(3)}, {@code io_uring_register_iowq_aff(3)}.
 */
public final class Iowq {
  /** Which element of the limits is that of workers for files and block devices. */
  public static final int BOUND = IoUring.IO_WQ_BOUND();

  /** Which element of the limits is that of workers for all else. */
  public static final int UNBOUND = IoUring.IO_WQ_UNBOUND();

  private static final int KINDS = 2;

  private Iowq() {}

  /**
   * Sets and reads the most workers there may be per NUMA node (IORING_REGISTER_IOWQ_MAX_WORKERS,
   * 5.15).
   *
   * @param ring the ring
   * @param limits those of {@link #BOUND} and {@link #UNBOUND} workers; 0 leaves a limit as it is.
   *     Replaced by the limits that held before
   * @return 0, or {@code -errno}
   */
  public static int registerMaxWorkers(Ring ring, int[] limits) {
    if (limits.length != KINDS) {
      throw new IllegalArgumentException("limits has " + limits.length + " elements, not 2");
    }
    Arguments.notNegative("bounded", limits[BOUND]);
    Arguments.notNegative("unbounded", limits[UNBOUND]);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocateFrom(ValueLayout.JAVA_INT, limits);
      int result = ring.register(IoUring.IORING_REGISTER_IOWQ_MAX_WORKERS(), argument, KINDS);
      if (result >= 0) {
        MemorySegment.copy(argument, ValueLayout.JAVA_INT, 0, limits, 0, KINDS);
      }
      return result;
    }
  }

  /**
   * Pins the workers to CPUs (IORING_REGISTER_IOWQ_AFF, 5.14).
   *
   * @param ring the ring
   * @param cpuMask bit i of element j stands for CPU 64 j + i, as in {@link Libc#schedSetAffinity}
   * @return 0, or {@code -errno}: EINVAL when a CPU is outside the process's cpuset; CPUs that the
   *     machine does not have are ignored
   */
  public static int registerAffinity(Ring ring, long... cpuMask) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment mask = scratch.allocateFrom(ValueLayout.JAVA_LONG, cpuMask);
      return ring.register(IoUring.IORING_REGISTER_IOWQ_AFF(), mask, (int) mask.byteSize());
    }
  }

  /**
   * Lets the workers run on all CPUs again that their thread may use (IORING_UNREGISTER_IOWQ_AFF,
   * 5.14).
   *
   * @param ring the ring
   * @return 0, or {@code -errno}
   */
  public static int unregisterAffinity(Ring ring) {
    return ring.register(IoUring.IORING_UNREGISTER_IOWQ_AFF(), MemorySegment.NULL, 0);
  }
}
