package millrace.benchmarks.timers;

import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;

/**
 * Agrona's wheel. It knows timers by a number that it assigns itself; the map from there to what
 * the timer is for, which its user needs, is left out.
 */
final class DeadlineTimerWheelContender extends TimerContender {
  /** Slots per tick at first; the wheel doubles them when a tick has more timers. */
  private static final int TICK_ALLOCATION = 16;

  private final DeadlineTimerWheel wheel =
      new DeadlineTimerWheel(TimeUnit.NANOSECONDS, 0, TICK_NANOS, TICKS_PER_WHEEL, TICK_ALLOCATION);
  private final DeadlineTimerWheel.TimerHandler restart = (unit, now, timerId) -> startAgain(now);
  private final long[] timerIds;
  private Delays delays;
  private long nowNanos;

  DeadlineTimerWheelContender(int live) {
    this.timerIds = new long[live];
  }

  private boolean startAgain(long now) {
    wheel.scheduleTimer(now + delays.nextNanos());
    return true;
  }

  @Override
  void start(int number, long delayNanos) {
    timerIds[number] = wheel.scheduleTimer(nowNanos + delayNanos);
  }

  @Override
  void cancel(int number) {
    wheel.cancelTimer(timerIds[number]);
  }

  @Override
  int advance(long nanos, Delays delays) {
    this.delays = delays;
    nowNanos += nanos;
    int fired = 0;
    // A call of poll handles one tick.
    do {
      fired += wheel.poll(nowNanos, restart, Integer.MAX_VALUE);
    } while (wheel.currentTickTime() <= nowNanos);
    return fired;
  }
}
