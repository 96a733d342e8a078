package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.__kernel_timespec;
import millrace.uring.abi.io_uring_getevents_arg;

/**
 * All that a wait for completions can be told (struct io_uring_getevents_arg, IORING_ENTER_EXT_ARG,
 * 5.11): a limit or an instant, a minimum time to gather a batch, a signal mask. {@link
 * Ring#submitAndWait} is enough for a plain limit.
 *
 * <p>Made once and used again and again, by the owner of the ring; nothing is allocated by its
 * methods. Sources: {@code io_uring_enter(2)}, {@code io_uring_submit_and_wait_min_timeout(3)}.
 */
public final class GetEventsArgument {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Ring ring;
  private final MemorySegment argument;
  private final MemorySegment timespec;
  private final MemorySegment mask;
  private int flags = IoUring.IORING_ENTER_EXT_ARG();

  /**
   * Starts with no limit.
   *
   * @param ring the ring that waits
   */
  public GetEventsArgument(Ring ring) {
    Arena arena = Arena.ofAuto();
    this.ring = ring;
    this.argument = arena.allocate(io_uring_getevents_arg.layout());
    this.timespec = arena.allocate(__kernel_timespec.layout());
    this.mask = arena.allocate(ValueLayout.JAVA_LONG);
  }

  /**
   * Limits the wait.
   *
   * @param timeoutNanos the longest wait in nanoseconds, negative for no limit
   * @return this
   */
  public GetEventsArgument timeout(long timeoutNanos) {
    flags &= ~IoUring.IORING_ENTER_ABS_TIMER();
    return time(timeoutNanos);
  }

  /**
   * Ends the wait at an instant (IORING_ENTER_ABS_TIMER, 6.12).
   *
   * @param deadlineNanos nanoseconds of the ring's {@link WaitClock}, 0 or more
   * @return this
   */
  public GetEventsArgument deadline(long deadlineNanos) {
    if (deadlineNanos < 0) {
      throw new IllegalArgumentException("deadlineNanos " + deadlineNanos + " is negative");
    }
    flags |= IoUring.IORING_ENTER_ABS_TIMER();
    return time(deadlineNanos);
  }

  private GetEventsArgument time(long nanos) {
    __kernel_timespec.tv_sec(timespec, nanos / NANOS_PER_SECOND);
    __kernel_timespec.tv_nsec(timespec, nanos % NANOS_PER_SECOND);
    io_uring_getevents_arg.ts(argument, nanos < 0 ? 0 : timespec.address());
    return this;
  }

  /**
   * Sets how long the kernel gathers completions: until then it waits for as many as are asked for,
   * afterwards one is enough ({@link Feature#MIN_TIMEOUT}, 6.12). A limit that is shorter does not
   * end it.
   *
   * @param micros microseconds, 0 not to gather
   * @return this
   */
  public GetEventsArgument minWait(int micros) {
    io_uring_getevents_arg.min_wait_usec(argument, Arguments.notNegative("micros", micros));
    return this;
  }

  /**
   * Blocks other signals than usual during the wait, like {@code ppoll(2)}.
   *
   * @param signals bit i stands for signal i + 1
   * @return this
   */
  public GetEventsArgument signalMask(long signals) {
    mask.set(ValueLayout.JAVA_LONG, 0, signals);
    io_uring_getevents_arg.sigmask(argument, mask.address());
    io_uring_getevents_arg.sigmask_sz(argument, Long.BYTES);
    return this;
  }

  /**
   * Leaves the signal mask as it is, as at first.
   *
   * @return this
   */
  public GetEventsArgument noSignalMask() {
    io_uring_getevents_arg.sigmask(argument, 0);
    io_uring_getevents_arg.sigmask_sz(argument, 0);
    return this;
  }

  /**
   * Hands all prepared entries to the kernel and waits as told, in one io_uring_enter.
   *
   * @param minComplete how many completions end the wait, counting those not yet drained; 0 or more
   * @return how many entries the kernel consumed, or {@code -errno}, as {@link Ring#submitAndWait};
   *     EINVAL for what the kernel does not know
   */
  public int submitAndWait(int minComplete) {
    return ring.submitAndWait(minComplete, flags, argument.address(), argument.byteSize());
  }
}
