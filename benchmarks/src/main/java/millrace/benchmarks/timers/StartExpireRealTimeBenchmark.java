package millrace.benchmarks.timers;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * As {@link StartExpireBenchmark} for timers that a thread of their own fires: among the live
 * timers, none of which is near its deadline, others are started that are due at once, and fired.
 * That is less work than there: a due timer never cascades. What counts is {@code cpu} of {@link
 * CpuTimeProfiler}: the two threads share the work, and the wheel lets it wait for the next tick.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@State(Scope.Thread)
public class StartExpireRealTimeBenchmark {
  /** As many as HashedWheelTimer takes over in one tick. */
  private static final int TIMERS = 100_000;

  private static final long PAUSE_NANOS = 50_000;
  private static final long LEAST_DELAY_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long DELAY_RANGE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Which timers. */
  @Param({"HashedWheelTimer", "ScheduledThreadPoolExecutor"})
  public String contender;

  /** Timers started at any time, besides those that fire. */
  @Param({"1000", "100000", "1000000"})
  public int live;

  private TimerContender timers;
  private RealTimeTimers realTimeTimers;

  /** Starts the timers that do not fire. */
  @Setup
  public void start() {
    Delays delays = new Delays(LEAST_DELAY_NANOS, DELAY_RANGE_NANOS);
    timers = TimerContender.of(contender, live, LEAST_DELAY_NANOS + DELAY_RANGE_NANOS);
    realTimeTimers = (RealTimeTimers) timers;
    for (int number = 0; number < live; number++) {
      timers.start(number, delays.nextNanos());
    }
  }

  /** Ends the thread. */
  @TearDown
  public void close() {
    timers.close();
  }

  /** Starts a number of timers and waits until the last of them has fired. */
  @Benchmark
  @OperationsPerInvocation(TIMERS)
  public void startExpire() {
    long last = realTimeTimers.fired() + TIMERS;
    for (int number = 0; number < TIMERS; number++) {
      realTimeTimers.startDue();
    }
    while (realTimeTimers.fired() < last) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
