package millrace.benchmarks.timers;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The life of most timers: one operation cancels a random one of the live timers, none of which is
 * near its deadline, and starts it again. With {@code -prof
 * millrace.benchmarks.timers.CpuTimeProfiler}, {@code cpu} is what all threads of the JVM pay for
 * it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@State(Scope.Thread)
public class StartCancelBenchmark {
  private static final long LEAST_DELAY_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long DELAY_RANGE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Which timers. */
  @Param({
    "TimerWheel",
    "TimerHeap",
    "DeadlineTimerWheel",
    "DeadlineTimerWheel+map",
    "HashedWheelTimer",
    "ScheduledThreadPoolExecutor",
    "DelayQueue"
  })
  public String contender;

  /** Timers started at any time. */
  @Param({"1000", "100000", "1000000"})
  public int live;

  private final Delays delays = new Delays(LEAST_DELAY_NANOS, DELAY_RANGE_NANOS);
  private TimerContender timers;

  /** Starts all timers. */
  @Setup
  public void start() {
    timers = TimerContender.of(contender, live, LEAST_DELAY_NANOS + DELAY_RANGE_NANOS);
    for (int number = 0; number < live; number++) {
      timers.start(number, delays.nextNanos());
    }
  }

  /** Ends the threads of those that have them. */
  @TearDown
  public void close() {
    timers.close();
  }

  /** A cancel and a start. */
  @Benchmark
  public void startCancel() {
    int number = delays.nextBelow(live);
    timers.cancel(number);
    timers.start(number, delays.nextNanos());
  }
}
