package millrace.benchmarks.timers;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The JDK's executor with one thread; cancelled tasks are removed, or they would pile up. */
final class ScheduledExecutorContender extends TimerContender implements RealTimeTimers {
  private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
  private final AtomicLong fired = new AtomicLong();
  private final Future<?>[] futures;

  ScheduledExecutorContender(int live) {
    this.futures = new Future<?>[live];
    executor.setRemoveOnCancelPolicy(true);
  }

  /** One thread runs the tasks. */
  private void countFired() {
    fired.lazySet(fired.getPlain() + 1);
  }

  @Override
  void start(int number, long delayNanos) {
    futures[number] = executor.schedule(this::countFired, delayNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  void cancel(int number) {
    futures[number].cancel(false);
  }

  @Override
  public void startDue() {
    executor.execute(this::countFired);
  }

  @Override
  public long fired() {
    return fired.get();
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
