package millrace.benchmarks.timers;

import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The life of timers that fire, for queues that take the time as an argument: a clock that ticks
 * every 2<sup>20</sup> ns; one operation is a timer that fires and is started again from its
 * handler, with a random delay of up to ten seconds.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@State(Scope.Thread)
public class StartExpireBenchmark {
  private static final int TIMERS = 10_000;
  private static final long LEAST_DELAY_NANOS = TimerContender.TICK_NANOS;
  private static final long DELAY_RANGE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Which timers. */
  @Param({"TimerWheel", "TimerHeap", "DeadlineTimerWheel", "DeadlineTimerWheel+map", "DelayQueue"})
  public String contender;

  /** Timers started at any time. */
  @Param({"1000", "100000", "1000000"})
  public int live;

  private final Delays delays = new Delays(LEAST_DELAY_NANOS, DELAY_RANGE_NANOS);
  private TimerContender timers;
  private int ahead;

  /** Starts all timers. */
  @Setup
  public void start() {
    timers = TimerContender.of(contender, live, LEAST_DELAY_NANOS + DELAY_RANGE_NANOS);
    for (int number = 0; number < live; number++) {
      timers.start(number, delays.nextNanos());
    }
  }

  /** As many ticks as it takes for that many timers; what the last tick fires too many counts. */
  @Benchmark
  @OperationsPerInvocation(TIMERS)
  public void startExpire() {
    int fired = ahead;
    while (fired < TIMERS) {
      fired += timers.advance(TimerContender.TICK_NANOS, delays);
    }
    ahead = fired - TIMERS;
  }
}
