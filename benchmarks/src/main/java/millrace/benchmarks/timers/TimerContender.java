package millrace.benchmarks.timers;

/**
 * A timer queue under measurement, holding a fixed number of numbered timers. One contender is
 * loaded in each JVM, so that its methods are called directly.
 */
abstract class TimerContender implements AutoCloseable {
  /**
   * The tick of all that have one: 2<sup>20</sup> ns, about a millisecond. DeadlineTimerWheel takes
   * powers of two only; for other ticks, as the proactor's default, TimerWheel has a division more.
   */
  static final long TICK_NANOS = 1 << 20;

  /** Starts a timer that is not started. */
  abstract void start(int number, long delayNanos);

  /** Cancels a started timer. */
  abstract void cancel(int number);

  /**
   * Moves the time of a queue that takes it as an argument, fires what is due and starts each of it
   * again with the next of {@code delays}.
   *
   * @return how many were fired
   */
  int advance(long nanos, Delays delays) {
    throw new UnsupportedOperationException("this contender has a clock of its own");
  }

  /**
   * The slots of the wheels of others: a power of two, with a slot of its own for each tick up to
   * the longest delay, so that no timer has to wait for rounds, and no more.
   */
  static int ticksPerWheel(long longestDelayNanos) {
    return Math.toIntExact(2 * Long.highestOneBit(longestDelayNanos / TICK_NANOS + 1));
  }

  /** Makes a contender with room for a number of timers, with delays up to the given one. */
  static TimerContender of(String name, int live, long longestDelayNanos) {
    int slots = ticksPerWheel(longestDelayNanos);
    return switch (name) {
      case "TimerWheel" -> TimerQueueContender.wheel(live);
      case "TimerHeap" -> TimerQueueContender.heap(live);
      case "DeadlineTimerWheel" -> new DeadlineTimerWheelContender(live, slots, false);
      case "DeadlineTimerWheel+map" -> new DeadlineTimerWheelContender(live, slots, true);
      case "HashedWheelTimer" -> new HashedWheelTimerContender(live, slots);
      case "ScheduledThreadPoolExecutor" -> new ScheduledExecutorContender(live);
      case "DelayQueue" -> new DelayQueueContender(live);
      case "heap2" -> new HeapShapeContender(new DaryHeap(1, live), live);
      case "heap4" -> new HeapShapeContender(new DaryHeap(2, live), live);
      case "heap8" -> new HeapShapeContender(new DaryHeap(3, live), live);
      case "pairing" -> new HeapShapeContender(new PairingHeap(), live);
      default -> throw new IllegalArgumentException("no such contender: " + name);
    };
  }

  @Override
  public void close() {}
}
