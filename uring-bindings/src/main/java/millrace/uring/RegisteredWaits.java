package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.__kernel_timespec;
import millrace.uring.abi.io_uring_reg_wait;

/**
 * Arguments of waits in memory that the kernel reads directly (struct io_uring_reg_wait,
 * IORING_ENTER_EXT_ARG_REG, 6.13), which spares it to copy them at each wait. They are set at any
 * time and used by their index.
 *
 * <p>Registered until the ring ends. {@link #set} and {@link #submitAndWait} by the owner of the
 * ring; they allocate nothing. Sources: {@code io_uring_register(2)}, {@code
 * io_uring_submit_and_wait_reg(3)}.
 */
public final class RegisteredWaits {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long ENTRY_BYTES = io_uring_reg_wait.sizeof();
  private static final int MAX_COUNT = 65536;
  private static final int ENTER_FLAGS =
      IoUring.IORING_ENTER_EXT_ARG() | IoUring.IORING_ENTER_EXT_ARG_REG();

  private final Ring ring;
  private final int count;
  private final MemorySegment[] entries;

  private RegisteredWaits(Ring ring, int count, MemorySegment memory) {
    this.ring = ring;
    this.count = count;
    this.entries = new MemorySegment[count];
    for (int index = 0; index < count; index++) {
      entries[index] = memory.asSlice(index * ENTRY_BYTES, ENTRY_BYTES);
    }
  }

  /**
   * Registers waits without a limit.
   *
   * @param ring a ring with {@link SetupFlag#R_DISABLED} that is not enabled
   * @param count how many, 1 to 65536
   * @return the waits
   * @throws UringException EINVAL before Linux 6.13 and when the ring is enabled, EBUSY when it has
   *     a {@link MemoryRegion}
   */
  public static RegisteredWaits register(Ring ring, int count) throws UringException {
    Arguments.inRange("count", count, 1, MAX_COUNT);
    int bytes = (int) (count * ENTRY_BYTES);
    MemoryRegion region = MemoryRegion.allocate(ring, bytes, MemoryRegion.REG_WAIT_ARG);
    return new RegisteredWaits(ring, count, region.memory());
  }

  /**
   * Sets what a wait is told.
   *
   * @param index which, 0 or more
   * @param timeoutNanos the longest wait in nanoseconds, negative for no limit
   * @param minWaitMicros until then the kernel gathers as many completions as are asked for,
   *     afterwards one is enough; 0 not to gather
   */
  public void set(int index, long timeoutNanos, int minWaitMicros) {
    Arguments.inRange("index", index, 0, count - 1);
    Arguments.notNegative("minWaitMicros", minWaitMicros);
    MemorySegment entry = entries[index];
    // The time is the entry's first field, so it need not be sliced, which would allocate.
    assert io_uring_reg_wait.ts$offset() == 0 : io_uring_reg_wait.ts$offset();
    __kernel_timespec.tv_sec(entry, Math.max(timeoutNanos, 0) / NANOS_PER_SECOND);
    __kernel_timespec.tv_nsec(entry, Math.max(timeoutNanos, 0) % NANOS_PER_SECOND);
    io_uring_reg_wait.flags(entry, timeoutNanos < 0 ? 0 : IoUring.IORING_REG_WAIT_TS());
    io_uring_reg_wait.min_wait_usec(entry, minWaitMicros);
  }

  /**
   * Hands all prepared entries to the kernel and waits as a registered wait tells, in one
   * io_uring_enter.
   *
   * @param minComplete how many completions end the wait, counting those not yet drained; 0 or more
   * @param index which wait, 0 or more
   * @return how many entries the kernel consumed, or {@code -errno}, as {@link Ring#submitAndWait}
   */
  public int submitAndWait(int minComplete, int index) {
    Arguments.inRange("index", index, 0, count - 1);
    return ring.submitAndWait(minComplete, ENTER_FLAGS, index * ENTRY_BYTES, ENTRY_BYTES);
  }

  /**
   * The number of waits.
   *
   * @return 1 to 65536
   */
  public int count() {
    return count;
  }
}
