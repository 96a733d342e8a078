package millrace.benchmarks.timers;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Netty's wheel, driven as its API wants it: its own worker thread keeps the time, and takes starts
 * and cancels over through queues. What the caller pays is a part of what it costs.
 */
final class HashedWheelTimerContender extends TimerContender implements RealTimeTimers {
  private final HashedWheelTimer wheel;
  private final AtomicLong fired = new AtomicLong();
  private final TimerTask task = timeout -> fired.lazySet(fired.getPlain() + 1);
  private final Timeout[] timeouts;

  HashedWheelTimerContender(int live, int slots) {
    this.wheel =
        new HashedWheelTimer(
            Executors.defaultThreadFactory(), TICK_NANOS, TimeUnit.NANOSECONDS, slots, false);
    this.timeouts = new Timeout[live];
    wheel.start();
  }

  @Override
  void start(int number, long delayNanos) {
    timeouts[number] = wheel.newTimeout(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  void cancel(int number) {
    timeouts[number].cancel();
  }

  @Override
  public void startDue() {
    wheel.newTimeout(task, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public long fired() {
    return fired.get();
  }

  @Override
  public void close() {
    wheel.stop();
  }
}
