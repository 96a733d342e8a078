package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class SlackTest {
  private static final long MILLISECOND_NANOS = 1_000_000;

  @Property
  void roundingIsUpAndByLessThanTheSlack(
      @ForAll long originNanos,
      @ForAll @LongRange(min = 1, max = 1L << 50) long tickNanos,
      @ForAll @LongRange(min = 1) long slackNanos,
      @ForAll long deadlineNanos) {
    Slack slack = Slack.of(new TimerWheel(originNanos, tickNanos, 1), slackNanos);
    long addedNanos = slack.roundUp(deadlineNanos) - deadlineNanos;
    assertTrue(addedNanos >= 0 && addedNanos < slackNanos);
  }

  @Property
  void aWheelFiresNoLaterThanTheGreaterOfTickAndSlack(
      @ForAll long originNanos,
      @ForAll @LongRange(min = 1, max = 1L << 30) long tickNanos,
      @ForAll @LongRange(min = 0, max = 1L << 40) long slackNanos,
      @ForAll @LongRange(min = 1, max = 1L << 50) long delayNanos) {
    firesWithinTheBound(new TimerWheel(originNanos, tickNanos, 1), slackNanos, delayNanos);
  }

  @Property
  void aHeapFiresNoLaterThanTheSlack(
      @ForAll long originNanos,
      @ForAll @LongRange(min = 0, max = 1L << 40) long slackNanos,
      @ForAll @LongRange(min = 1, max = 1L << 50) long delayNanos) {
    firesWithinTheBound(new TimerHeap(originNanos, 1), slackNanos, delayNanos);
  }

  private static void firesWithinTheBound(TimerQueue queue, long slackNanos, long delayNanos) {
    long deadlineNanos = queue.nowNanos() + delayNanos;
    Timer timer = Timer.of((fired, nowNanos) -> {});
    queue.start(timer, deadlineNanos, Slack.of(queue, slackNanos));
    long roundedNanos = timer.deadlineNanos();
    queue.start(timer, deadlineNanos, slackNanos);
    assertEquals(roundedNanos, timer.deadlineNanos());
    long wakeUpNanos = queue.nextDeadlineNanos();
    assertEquals(1, queue.expire(wakeUpNanos, TimerSink.RUN_HANDLERS, 1));
    long lateNanos = wakeUpNanos - deadlineNanos;
    assertTrue(lateNanos >= 0 && lateNanos <= Math.max(queue.tickNanos(), slackNanos));
  }

  @Property
  void slackNeverMakesADeadlineAtTheEndOfTheRangeFireEarly(
      @ForAll long originNanos,
      @ForAll @LongRange(min = 1, max = 1L << 40) long tickNanos,
      @ForAll @LongRange(min = 0, max = 1L << 50) long slackNanos,
      @ForAll @LongRange(min = 0, max = 1L << 41) long beforeTheEndNanos) {
    for (TimerQueue queue :
        new TimerQueue[] {
          new TimerWheel(originNanos, tickNanos, 1), new TimerHeap(originNanos, 1)
        }) {
      long deadlineNanos = originNanos + Long.MAX_VALUE - beforeTheEndNanos;
      queue.start(Timer.of((fired, nowNanos) -> {}), deadlineNanos, Slack.of(queue, slackNanos));
      assertEquals(0, queue.expire(deadlineNanos - 1, TimerSink.RUN_HANDLERS, 1));
      long boundNanos = deadlineNanos + Math.max(queue.tickNanos(), slackNanos);
      assertEquals(1, queue.expire(boundNanos, TimerSink.RUN_HANDLERS, 1));
    }
  }

  @Test
  void aSlackOfTenMillisecondsMakesTheWakeUpsOfTenThousandTimersFew() {
    long slackNanos = 10 * MILLISECOND_NANOS;
    assertEquals(10_000, wakeUps(new TimerHeap(5, 10_000), 0));
    assertEquals(100, wakeUps(new TimerHeap(5, 10_000), slackNanos));
    assertEquals(1000, wakeUps(new TimerWheel(5, MILLISECOND_NANOS, 10_000), 0));
    assertEquals(100, wakeUps(new TimerWheel(5, MILLISECOND_NANOS, 10_000), slackNanos));
    // 2^20 ns, the usual tick, does not divide the slack: the grid is nine ticks wide.
    assertEquals(106, wakeUps(new TimerWheel(5, 1 << 20, 10_000), slackNanos));
  }

  /** Starts 10,000 timers within a second; returns how many expire calls a punctual loop makes. */
  private static int wakeUps(TimerQueue queue, long slackNanos) {
    SplittableRandom random = new SplittableRandom(10);
    Slack slack = Slack.of(queue, slackNanos);
    long[] deadlinesNanos = new long[10_000];
    long startNanos = queue.nowNanos();
    for (int i = 0; i < deadlinesNanos.length; i++) {
      int index = i;
      // Spread evenly with a random part, so that no two deadlines are equal.
      deadlinesNanos[i] = startNanos + 100_000L * i + random.nextLong(1, 100_000);
      long boundNanos = deadlinesNanos[i] + Math.max(queue.tickNanos(), slackNanos);
      Timer timer =
          Timer.of(
              (fired, nowNanos) ->
                  assertTrue(nowNanos >= deadlinesNanos[index] && nowNanos <= boundNanos));
      queue.start(timer, deadlinesNanos[i], slack);
    }
    int wakeUps = 0;
    while (queue.live() > 0) {
      queue.expire(queue.nextDeadlineNanos(), TimerSink.RUN_HANDLERS, Integer.MAX_VALUE);
      wakeUps++;
    }
    return wakeUps;
  }

  @Test
  void aSlackBelowTwoTicksLeavesDeadlinesToTheWheel() {
    TimerWheel wheel = new TimerWheel(0, 10, 1);
    assertEquals(1, Slack.of(wheel, 0).gridNanos());
    assertEquals(1, Slack.of(wheel, 19).gridNanos());
    assertEquals(20, Slack.of(wheel, 20).gridNanos());
    assertEquals(20, Slack.of(wheel, 29).gridNanos());
    assertThrows(IllegalArgumentException.class, () -> Slack.of(wheel, -1));
  }
}
