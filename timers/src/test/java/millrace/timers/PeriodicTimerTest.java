package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeriodicTimerTest {
  private final TimerQueue queue = new TimerHeap(0, 10);
  private final List<Long> firedAtNanos = new ArrayList<>();
  private final TimerHandler recorder = (timer, nowNanos) -> firedAtNanos.add(nowNanos);

  private int expire(long nowNanos) {
    return queue.expire(nowNanos, TimerSink.RUN_HANDLERS, Integer.MAX_VALUE);
  }

  @Test
  void aFixedRateKeepsItsPhaseWhateverTheLateness() {
    PeriodicTimer timer = PeriodicTimer.fixedRate(100, MissedTicks.SKIP, recorder);
    queue.start(timer, 50);
    expire(60);
    assertEquals(150, timer.deadlineNanos());
    expire(249);
    assertEquals(250, timer.deadlineNanos());
    assertEquals(0, timer.missedCount());
  }

  @Test
  void skippedTicksAreCountedAndThePhaseStays() {
    PeriodicTimer timer = PeriodicTimer.fixedRate(100, MissedTicks.SKIP, recorder);
    queue.start(timer, 50);
    assertEquals(1, expire(355));
    assertEquals(3, timer.missedCount());
    assertEquals(450, timer.deadlineNanos());
    assertEquals(1, expire(550));
    assertEquals(4, timer.missedCount(), "a deadline that is due at the firing is missed");
    assertEquals(650, timer.deadlineNanos());
  }

  @Test
  void missedTicksFireOneACallUntilTheTimerHasCaughtUp() {
    PeriodicTimer timer = PeriodicTimer.fixedRate(100, MissedTicks.FIRE_EACH, recorder);
    queue.start(timer, 50);
    for (int call = 0; call < 4; call++) {
      assertEquals(1, expire(355));
    }
    assertEquals(0, expire(355));
    assertEquals(450, timer.deadlineNanos());
    assertEquals(0, timer.missedCount());
  }

  @Test
  void aFixedDelayCountsFromTheFiring() {
    PeriodicTimer timer = PeriodicTimer.fixedDelay(100, recorder);
    queue.start(timer, 50);
    expire(70);
    assertEquals(170, timer.deadlineNanos());
    expire(1000);
    assertEquals(1100, timer.deadlineNanos());
    assertEquals(List.of(70L, 1000L), firedAtNanos);
  }

  @Test
  void aCancelFromItsOwnHandlerStopsIt() {
    PeriodicTimer timer =
        PeriodicTimer.fixedRate(
            100, MissedTicks.SKIP, (fired, nowNanos) -> assertTrue(queue.cancel(fired)));
    queue.start(timer, 50);
    assertEquals(1, expire(50));
    assertFalse(timer.isStarted());
    assertEquals(0, queue.live());
  }

  @Test
  void aRestartFromItsOwnHandlerReplacesTheNextDeadlineAndThePhase() {
    PeriodicTimer timer =
        PeriodicTimer.fixedRate(
            100,
            MissedTicks.SKIP,
            (fired, nowNanos) -> {
              if (nowNanos == 50) {
                queue.start(fired, nowNanos + 7);
              }
            });
    queue.start(timer, 50);
    expire(50);
    assertEquals(57, timer.deadlineNanos());
    expire(57);
    assertEquals(157, timer.deadlineNanos());
  }

  @Test
  void anExceptionFromTheHandlerDoesNotStopIt() {
    PeriodicTimer timer =
        PeriodicTimer.fixedDelay(
            100,
            (fired, nowNanos) -> {
              throw new IllegalArgumentException("from the handler");
            });
    queue.start(timer, 50);
    assertThrows(IllegalArgumentException.class, () -> expire(50));
    assertEquals(150, timer.deadlineNanos());
    assertTrue(timer.isStarted());
  }

  @Test
  void roundingUpForSlackDoesNotMoveThePhase() {
    Slack slack = Slack.of(queue, 10);
    PeriodicTimer timer = PeriodicTimer.fixedRate(15, MissedTicks.SKIP, recorder).withSlack(slack);
    queue.start(timer, 15);
    for (int firing = 0; firing < 5; firing++) {
      expire(queue.nextDeadlineNanos());
    }
    assertEquals(List.of(15L, 30L, 50L, 60L, 80L), firedAtNanos);
  }

  @Test
  void aFullQueueStopsATimerWhoseSinkGaveItsPlaceAway() {
    TimerQueue full = new TimerWheel(0, 1, 1);
    List<Boolean> startedInside = new ArrayList<>();
    PeriodicTimer timer =
        PeriodicTimer.fixedDelay(100, (fired, nowNanos) -> startedInside.add(fired.isStarted()));
    full.start(timer, 50);
    TimerSink greedy =
        (fired, nowNanos) -> {
          full.start(Timer.of(recorder), 1000);
          TimerSink.RUN_HANDLERS.expired(fired, nowNanos);
        };
    full.expire(50, greedy, 1);
    assertEquals(List.of(false), startedInside);
    assertEquals(1, full.refusedCount());
  }

  @Test
  void thePhaseSurvivesTheWrapAroundOfTheClock() {
    TimerQueue wrapping = new TimerHeap(Long.MAX_VALUE - 10, 1);
    PeriodicTimer timer = PeriodicTimer.fixedRate(100, MissedTicks.SKIP, recorder);
    wrapping.start(timer, Long.MAX_VALUE);
    wrapping.expire(Long.MAX_VALUE + 251, TimerSink.RUN_HANDLERS, 1);
    assertEquals(2, timer.missedCount());
    assertEquals(Long.MAX_VALUE + 300, timer.deadlineNanos());
  }

  @Test
  void aDrainThatFiresItEarlyMissesNothingAndKeepsThePhase() {
    PeriodicTimer timer = PeriodicTimer.fixedRate(100, MissedTicks.SKIP, recorder);
    queue.start(timer, 50);
    assertEquals(1, queue.drain(TimerSink.RUN_HANDLERS));
    assertEquals(List.of(0L), firedAtNanos);
    assertEquals(0, timer.missedCount());
    assertEquals(150, timer.deadlineNanos());
    assertTrue(timer.isStarted());
  }

  @Test
  void aDrainThatFiresItPeriodsEarlyMissesNothingEither() {
    PeriodicTimer timer = PeriodicTimer.fixedRate(100, MissedTicks.SKIP, recorder);
    queue.start(timer, 350);
    assertEquals(1, queue.drain(TimerSink.RUN_HANDLERS));
    assertEquals(0, timer.missedCount());
    assertEquals(450, timer.deadlineNanos());
  }

  @Test
  void aPeriodBelowOneIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> PeriodicTimer.fixedDelay(0, recorder));
  }
}
