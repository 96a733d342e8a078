package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import millrace.uring.abi.__kernel_timespec;

/**
 * Writes a {@code struct __kernel_timespec}, the time of {@link Sqe#timeout} and its like.
 *
 * <p>Stateless. The kernel reads it when the entry is consumed.
 */
public final class KernelTimespec {

  /** Size of the struct in bytes. */
  public static final int BYTES = Math.toIntExact(__kernel_timespec.sizeof());

  private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private KernelTimespec() {}

  /**
   * Writes a time.
   *
   * @param memory at least {@link #BYTES} bytes, aligned to 8
   * @param nanos nanoseconds, 0 or more; EINVAL otherwise
   */
  public static void setNanos(MemorySegment memory, long nanos) {
    set(memory, nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
  }

  /**
   * Writes a time.
   *
   * @param memory at least {@link #BYTES} bytes, aligned to 8
   * @param seconds seconds, 0 or more; EINVAL otherwise
   * @param nanos nanoseconds besides, 0 to 999,999,999
   */
  public static void set(MemorySegment memory, long seconds, long nanos) {
    memory.set(ValueLayout.JAVA_LONG, __kernel_timespec.tv_sec$offset(), seconds);
    memory.set(ValueLayout.JAVA_LONG, __kernel_timespec.tv_nsec$offset(), nanos);
  }
}
