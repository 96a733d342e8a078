package millrace.benchmarks.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All contenders do the same work. */
class TimerContenderTest {
  private static final int LIVE = 1000;
  private static final long LONGEST_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long TICK_NANOS = TimerContender.TICK_NANOS;
  private static final long LIMIT_NANOS = Duration.ofSeconds(60).toNanos();

  static List<String> withTimeAsArgument() {
    return List.of(
        "TimerWheel",
        "TimerHeap",
        "DeadlineTimerWheel",
        "DeadlineTimerWheel+map",
        "DelayQueue",
        "heap2",
        "heap4",
        "heap8",
        "pairing");
  }

  private static Delays delays() {
    return new Delays(TICK_NANOS, LONGEST_NANOS - TICK_NANOS);
  }

  /**
   * Which timer fires first decides nothing: whoever does gets the next delay, from the same
   * instant. So the deadlines, and the number that each tick fires, are the same for all.
   */
  @ParameterizedTest
  @MethodSource("withTimeAsArgument")
  void eachTickFiresWhatIsDueAndStartsItAgain(String name) {
    TimerContender timers = TimerContender.of(name, LIVE, LONGEST_NANOS);
    PriorityQueue<Long> deadlines = new PriorityQueue<>();
    Delays delays = delays();
    Delays modelDelays = delays();
    for (int number = 0; number < LIVE; number++) {
      timers.start(number, delays.nextNanos());
      deadlines.add(modelDelays.nextNanos());
    }
    // Twice around the wheels of others.
    for (int tick = 1; tick <= 2 * TimerContender.ticksPerWheel(LONGEST_NANOS); tick++) {
      long now = tick * TICK_NANOS;
      int due = 0;
      while (deadlines.element() <= now) {
        deadlines.remove();
        due++;
      }
      for (int started = 0; started < due; started++) {
        deadlines.add(now + modelDelays.nextNanos());
      }
      assertEquals(due, timers.advance(TICK_NANOS, delays), name + ", tick " + tick);
    }
  }

  @ParameterizedTest
  @MethodSource("withTimeAsArgument")
  void whatWasCancelledDoesNotFireAndWhatWasStartedAgainFiresOnce(String name) {
    TimerContender timers = TimerContender.of(name, LIVE, LONGEST_NANOS);
    Delays delays = delays();
    for (int number = 0; number < LIVE; number++) {
      timers.start(number, delays.nextNanos());
    }
    for (int operation = 0; operation < 10 * LIVE; operation++) {
      int number = delays.nextBelow(LIVE);
      timers.cancel(number);
      timers.start(number, delays.nextNanos());
    }
    for (int number = 0; number < LIVE; number += 4) {
      timers.cancel(number);
    }
    Delays beyond = new Delays(100 * LONGEST_NANOS, LONGEST_NANOS);
    int fired = 0;
    for (long nanos = 0; nanos <= LONGEST_NANOS; nanos += TICK_NANOS) {
      fired += timers.advance(TICK_NANOS, beyond);
    }
    assertEquals(LIVE - LIVE / 4, fired);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HashedWheelTimer", "ScheduledThreadPoolExecutor"})
  void aThreadFiresWhatIsDueAndNothingThatWasCancelled(String name) {
    try (TimerContender timers = TimerContender.of(name, 2, LONGEST_NANOS)) {
      RealTimeTimers realTime = (RealTimeTimers) timers;
      timers.start(0, 20 * TICK_NANOS);
      timers.cancel(0);
      timers.start(1, LONGEST_NANOS);
      for (int due = 0; due < 100; due++) {
        realTime.startDue();
      }
      awaitFired(realTime, 100);
      // Due behind the one that was cancelled.
      timers.cancel(1);
      timers.start(1, 40 * TICK_NANOS);
      awaitFired(realTime, 101);
      assertEquals(101, realTime.fired());
    }
  }

  private static void awaitFired(RealTimeTimers timers, long count) {
    long begin = System.nanoTime();
    while (timers.fired() < count) {
      assertTrue(System.nanoTime() - begin < LIMIT_NANOS, () -> "fired " + timers.fired());
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @CsvSource({"10, 16384", "120, 131072", "60, 65536", "69, 131072"})
  void aWheelHasASlotForEachTickOfTheLongestDelay(long seconds, int slots) {
    long nanos = Duration.ofSeconds(seconds).toNanos();
    assertEquals(slots, TimerContender.ticksPerWheel(nanos));
    assertTrue(slots * TICK_NANOS > nanos);
  }
}
