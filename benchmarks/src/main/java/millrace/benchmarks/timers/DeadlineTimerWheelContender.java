package millrace.benchmarks.timers;

import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2LongHashMap;

/**
 * Agrona's wheel. It knows timers by an identifier that it assigns itself. Whoever wants to know
 * what a timer is for when it fires, or to cancel one that was started again, keeps a map from
 * there; so do the others, who hand their timers over, in their own way. It is measured with a map
 * (Agrona's own, which does not allocate) and without.
 */
final class DeadlineTimerWheelContender extends TimerContender {
  /** Slots per tick at first; the wheel doubles them when a tick has more timers. */
  private static final int TICK_ALLOCATION = 16;

  private final DeadlineTimerWheel wheel;
  private final DeadlineTimerWheel.TimerHandler restart =
      (unit, now, timerId) -> startAgain(now, timerId);
  private final long[] timerIds;
  private final Long2LongHashMap numbers; // null: without
  private Delays delays;
  private long nowNanos;

  DeadlineTimerWheelContender(int live, int slots, boolean withMap) {
    this.wheel =
        new DeadlineTimerWheel(TimeUnit.NANOSECONDS, 0, TICK_NANOS, slots, TICK_ALLOCATION);
    this.timerIds = new long[live];
    this.numbers = withMap ? new Long2LongHashMap(live * 2, 0.55f, -1) : null;
  }

  private boolean startAgain(long now, long timerId) {
    long id = wheel.scheduleTimer(now + delays.nextNanos());
    if (numbers != null) {
      long number = numbers.remove(timerId);
      timerIds[(int) number] = id;
      numbers.put(id, number);
    }
    return true;
  }

  @Override
  void start(int number, long delayNanos) {
    long id = wheel.scheduleTimer(nowNanos + delayNanos);
    timerIds[number] = id;
    if (numbers != null) {
      numbers.put(id, number);
    }
  }

  @Override
  void cancel(int number) {
    wheel.cancelTimer(timerIds[number]);
    if (numbers != null) {
      numbers.remove(timerIds[number]);
    }
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
