package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_clock_register;

/**
 * The clock by which the waits of a ring are limited (IORING_REGISTER_CLOCK, 6.12). At first it is
 * {@link #MONOTONIC}. Source: {@code io_uring_register_clock(3)}.
 */
public enum WaitClock {
  /** CLOCK_MONOTONIC: that of {@link System#nanoTime}; stands still while the system sleeps. */
  MONOTONIC(IoUring.CLOCK_MONOTONIC()),
  /** CLOCK_BOOTTIME: goes on while the system sleeps. */
  BOOTTIME(IoUring.CLOCK_BOOTTIME());

  private final int id;

  WaitClock(int id) {
    this.id = id;
  }

  /**
   * Measures a ring's waits by this clock from now on. By the owner of the ring, or by any thread
   * before it is enabled.
   *
   * @param ring the ring
   * @return 0, or {@code -errno}: EINVAL before Linux 6.12
   */
  public int register(Ring ring) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_clock_register.layout());
      io_uring_clock_register.clockid(argument, id);
      return ring.register(IoUring.IORING_REGISTER_CLOCK(), argument, 0);
    }
  }
}
