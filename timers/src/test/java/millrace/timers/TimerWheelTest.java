package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a wheel has: ticks, and levels with boundaries. */
class TimerWheelTest {
  private static final int ALL = Integer.MAX_VALUE;

  @ParameterizedTest
  @CsvSource({"1, 10", "9, 10", "10, 10", "11, 20", "630, 630", "631, 640", "640, 640", "641, 650"})
  void aDeadlineIsRoundedUpToTheTick(long deadlineNanos, long firesAtNanos) {
    TimerWheel wheel = new TimerWheel(0, 10, 1);
    Timer timer = Timer.of((fired, nowNanos) -> {});
    wheel.start(timer, deadlineNanos);
    assertEquals(firesAtNanos, wheel.nextDeadlineNanos());
    assertEquals(0, wheel.expire(firesAtNanos - 1, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(1, wheel.expire(firesAtNanos, TimerSink.RUN_HANDLERS, ALL));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, 254, 255, 256, 65535, 65536, (1L << 56) - 1, Long.MAX_VALUE, -1, -256})
  void aTimerOnEitherSideOfALevelBoundaryFiresExactlyOnce(long wheelTick) {
    for (long boundary : levelBoundaries()) {
      for (long offset = -1; offset <= 1; offset++) {
        TimerWheel wheel = new TimerWheel(7, 1, 2);
        moveTo(wheel, wheelTick);
        long deadlineNanos = 7 + boundary + offset;
        if (deadlineNanos - wheel.nowNanos() > 0) {
          startAndFireBoth(wheel, deadlineNanos);
        }
      }
    }
  }

  private static List<Long> levelBoundaries() {
    return LongStream.range(0, 8)
        .flatMap(level -> LongStream.of(1, 2, 63, 64, 127, 255).map(slot -> slot << (8 * level)))
        .boxed()
        .toList();
  }

  private static void moveTo(TimerWheel wheel, long tick) {
    // In steps: a leap of half the range is one backwards.
    for (int quarter = 1; quarter <= 3; quarter++) {
      wheel.expire(7 + quarter * (tick >>> 2), TimerSink.RUN_HANDLERS, ALL);
    }
    wheel.expire(7 + tick, TimerSink.RUN_HANDLERS, ALL);
    assertEquals(7 + tick, wheel.nowNanos());
  }

  private static void startAndFireBoth(TimerWheel wheel, long deadlineNanos) {
    wheel.start(Timer.of((timer, nowNanos) -> {}), deadlineNanos);
    wheel.start(Timer.of((timer, nowNanos) -> {}), deadlineNanos);
    assertEquals(deadlineNanos, wheel.nextDeadlineNanos());
    assertEquals(0, wheel.expire(deadlineNanos - 1, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(deadlineNanos, wheel.nextDeadlineNanos());
    assertEquals(2, wheel.expire(deadlineNanos, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(0, wheel.live());
  }

  @Test
  void aDeadlineAtTheEndOfTheRangeIsNotPastBecauseItsTickIs() {
    TimerWheel wheel = new TimerWheel(0, 1000, 1);
    wheel.start(Timer.of((timer, nowNanos) -> {}), Long.MAX_VALUE);
    assertEquals(Long.MAX_VALUE, wheel.waitNanos(0));
    assertEquals(0, wheel.expire(Long.MAX_VALUE, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(1, wheel.expire(Long.MAX_VALUE + 1000, TimerSink.RUN_HANDLERS, ALL));
  }

  @Test
  void slotsThatCancelsHaveEmptiedAreNotWaitedFor() {
    for (long wheelTick : new long[] {0, 1, 255, 65535, Long.MAX_VALUE / 2}) {
      TimerWheel wheel = new TimerWheel(7, 1, 1000);
      moveTo(wheel, wheelTick);
      List<Timer> cancelled = new ArrayList<>();
      for (long delayNanos : levelBoundaries()) {
        if (delayNanos > 0 && delayNanos < Long.MAX_VALUE / 4) {
          Timer timer = Timer.of((fired, nowNanos) -> {});
          wheel.start(timer, wheel.nowNanos() + delayNanos);
          cancelled.add(timer);
        }
      }
      Timer kept = Timer.of((fired, nowNanos) -> {});
      long deadlineNanos = wheel.nowNanos() + Long.MAX_VALUE / 2;
      wheel.start(kept, deadlineNanos);
      cancelled.forEach(timer -> assertTrue(wheel.cancel(timer)));
      assertEquals(deadlineNanos, wheel.nextDeadlineNanos());
      // Half way, where the wheel has passed by most of the slots that are empty.
      assertEquals(0, wheel.expire(wheel.nowNanos() + (1L << 56), TimerSink.RUN_HANDLERS, ALL));
      cancelled.forEach(timer -> wheel.start(timer, wheel.nowNanos() + 1000));
      assertEquals(wheel.nowNanos() + 1000, wheel.nextDeadlineNanos());
      cancelled.forEach(timer -> assertTrue(wheel.cancel(timer)));
      assertEquals(0, wheel.expire(deadlineNanos - 1, TimerSink.RUN_HANDLERS, ALL));
      assertEquals(1, wheel.expire(deadlineNanos, TimerSink.RUN_HANDLERS, ALL));
    }
  }

  @Test
  void aTimerMayGoFromWheelToWheel() {
    TimerWheel one = new TimerWheel(0, 10, 2);
    TimerWheel two = new TimerWheel(0, 10, 2);
    Timer wanderer = Timer.of((fired, nowNanos) -> {});
    for (long nanos = 100; nanos < 2000; nanos += 100) {
      TimerWheel wheel = nanos % 200 == 0 ? one : two;
      assertTrue(wheel.start(wanderer, nanos));
      assertTrue(wheel.start(Timer.of((fired, nowNanos) -> {}), nanos));
      if (nanos % 300 == 0) {
        assertTrue(wheel.cancel(wanderer));
        assertEquals(1, wheel.expire(nanos, TimerSink.RUN_HANDLERS, ALL));
      } else {
        assertEquals(2, wheel.expire(nanos, TimerSink.RUN_HANDLERS, ALL));
      }
      assertEquals(0, one.live() + two.live());
    }
  }

  /** The entry of a timer that is put off stays where it is until the wheel meets it. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 254, 255, 256, 65535, 65536, Long.MAX_VALUE, -256})
  void aTimerThatIsPutOffFiresAtItsLatestDeadlineOnly(long wheelTick) {
    for (long from : levelBoundaries()) {
      for (long to : levelBoundaries()) {
        if (from > 0 && to > from) {
          TimerWheel wheel = new TimerWheel(7, 1, 3);
          moveTo(wheel, wheelTick);
          long startNanos = wheel.nowNanos();
          Timer timer = Timer.of((fired, nowNanos) -> {});
          wheel.start(timer, startNanos + from);
          wheel.start(timer, startNanos + from + 1);
          assertTrue(wheel.start(timer, startNanos + to));
          assertTrue(wheel.nextDeadlineNanos() - startNanos <= to);
          assertEquals(0, wheel.expire(startNanos + to - 1, TimerSink.RUN_HANDLERS, ALL));
          assertEquals(startNanos + to, wheel.nextDeadlineNanos());
          assertEquals(1, wheel.expire(startNanos + to, TimerSink.RUN_HANDLERS, ALL));
          assertEquals(0, wheel.live());
        }
      }
    }
  }

  @Test
  void aTimerThatWasPutOffCanBeBroughtForward() {
    TimerWheel wheel = new TimerWheel(0, 10, 1);
    Timer timer = Timer.of((fired, nowNanos) -> {});
    wheel.start(timer, 100);
    wheel.start(timer, 10_000);
    wheel.start(timer, 50);
    assertEquals(50, wheel.nextDeadlineNanos());
    wheel.start(timer, 70);
    assertEquals(0, wheel.expire(60, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(1, wheel.expire(70, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(0, wheel.expire(20_000, TimerSink.RUN_HANDLERS, ALL));
  }

  @Test
  void timersThatWerePutOffToOneDeadlineFireInTheOrderOfTheirLatestStarts() {
    TimerWheel wheel = new TimerWheel(0, 10, 100);
    List<Timer> fired = new ArrayList<>();
    List<Timer> expected = new ArrayList<>();
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      timers.add(Timer.of((timer, nowNanos) -> fired.add(timer)));
      wheel.start(timers.get(i), 10 + i * 37 % 5000);
    }
    for (int i = 99; i >= 0; i -= 3) {
      wheel.start(timers.get(i), 5005);
      expected.add(timers.get(i));
    }
    for (int i = 1; i < 99; i += 3) {
      wheel.cancel(timers.get(i));
      wheel.start(timers.get(i), 5005);
      expected.add(timers.get(i));
    }
    wheel.expire(5000, TimerSink.RUN_HANDLERS, ALL);
    fired.clear();
    assertEquals(67, wheel.expire(5010, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(expected, fired);
  }

  @Test
  void aTimerPutOffFromAnOverdueTickDoesNotOvertakeThoseOfTheNext() {
    TimerWheel wheel = new TimerWheel(0, 1024, 4);
    List<Timer> fired = new ArrayList<>();
    Timer first = Timer.of((timer, nowNanos) -> fired.add(timer));
    Timer second = Timer.of((timer, nowNanos) -> fired.add(timer));
    Timer putOff = Timer.of((timer, nowNanos) -> fired.add(timer));
    wheel.expire(1023, TimerSink.RUN_HANDLERS, ALL);
    wheel.start(first, 1023);
    wheel.start(second, 1025);
    assertEquals(0, wheel.expire(1023, TimerSink.RUN_HANDLERS, 0));
    wheel.start(putOff, 1023);
    wheel.start(putOff, 1025);
    assertEquals(0, wheel.expire(1025, TimerSink.RUN_HANDLERS, 0));
    assertEquals(3, wheel.expire(2048, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(List.of(first, second, putOff), fired);
  }

  @Test
  void aTimerCancelledLastIsNeitherWaitedForNorFired() {
    TimerWheel wheel = new TimerWheel(0, 10, 3);
    Timer kept = Timer.of((timer, nowNanos) -> {});
    Timer cancelled = Timer.of((timer, nowNanos) -> {});
    wheel.start(kept, 700);
    wheel.start(cancelled, 30);
    wheel.cancel(cancelled);
    assertEquals(700, wheel.nextDeadlineNanos());
    Timer canceller = Timer.of((timer, nowNanos) -> assertTrue(wheel.cancel(cancelled)));
    wheel.start(canceller, 20);
    wheel.start(cancelled, 20);
    assertEquals(1, wheel.expire(20, TimerSink.RUN_HANDLERS, ALL), "of the same tick");
    wheel.start(canceller, 30);
    wheel.start(cancelled, 40);
    assertEquals(1, wheel.expire(50, TimerSink.RUN_HANDLERS, ALL), "of a later tick");
    wheel.start(cancelled, 60);
    wheel.cancel(cancelled);
    List<Timer> drained = new ArrayList<>();
    assertEquals(1, wheel.drain((timer, nowNanos) -> drained.add(timer)));
    assertEquals(List.of(kept), drained);
  }

  @Test
  void aTimerCancelledLastTakesNoRoom() {
    TimerWheel wheel = new TimerWheel(0, 10, 2);
    for (int round = 1; round <= 100; round++) {
      long deadlineNanos = round * 1000L;
      Timer one = Timer.of((timer, nowNanos) -> {});
      Timer cancelled = Timer.of((timer, nowNanos) -> {});
      Timer other = Timer.of((timer, nowNanos) -> {});
      assertTrue(wheel.start(one, deadlineNanos));
      assertTrue(wheel.start(cancelled, deadlineNanos));
      wheel.cancel(cancelled);
      assertTrue(wheel.start(other, deadlineNanos));
      assertEquals(2, wheel.expire(deadlineNanos, TimerSink.RUN_HANDLERS, ALL));
    }
  }

  @Test
  void aMillionTimersAreHeldAndFireInOrder() {
    int count = 1_000_000;
    TimerWheel wheel = new TimerWheel(0, 1 << 20, count);
    for (int i = 0; i < count; i++) {
      Timer timer = Timer.of((fired, nowNanos) -> {});
      assertTrue(wheel.start(timer, (i * 0x9E3779B97F4A7C15L) >>> 29));
    }
    long[] previousNanos = {0};
    TimerSink inOrder =
        (timer, nowNanos) -> {
          assertTrue(timer.deadlineNanos() >= previousNanos[0]);
          previousNanos[0] = timer.deadlineNanos();
        };
    int fired = 0;
    while (wheel.live() > 0) {
      fired += wheel.expire(wheel.nextDeadlineNanos(), inOrder, 10_000);
    }
    assertEquals(count, fired);
  }

  @Test
  void aTickOutsideItsRangeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TimerWheel(0, 0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new TimerWheel(0, TimerWheel.MAX_TICK_NANOS + 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new TimerWheel(0, 1, 0));
  }
}
