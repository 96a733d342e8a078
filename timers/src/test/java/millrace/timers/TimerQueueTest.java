package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract of {@link TimerQueue} by example, on both queues. */
class TimerQueueTest {
  private static final int ALL = Integer.MAX_VALUE;
  private static final long TICK_NANOS = 10;

  private final List<Timer> fired = new ArrayList<>();
  private final TimerSink sink = (timer, nowNanos) -> fired.add(timer);

  static List<Named<IntFunction<TimerQueue>>> queues() {
    return List.of(
        Named.of("wheel", maxLive -> new TimerWheel(0, TICK_NANOS, maxLive)),
        Named.of("heap", maxLive -> new TimerHeap(0, maxLive)),
        Named.of("table", maxLive -> new WatchedTable(0, maxLive)));
  }

  private static Timer idle() {
    return Timer.of((timer, nowNanos) -> {});
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aStartBeyondTheCapIsRefusedUntilATimerEnds(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    Timer first = idle();
    Timer third = idle();
    assertTrue(queue.start(first, 10));
    assertTrue(queue.start(idle(), 10));
    assertFalse(queue.start(third, 10));
    assertFalse(third.isStarted());
    assertEquals(1, queue.refusedCount());
    assertTrue(queue.start(first, 20), "a restart needs no room");
    assertTrue(queue.cancel(first));
    assertTrue(queue.start(third, 10));
    assertEquals(2, queue.live());
    assertEquals(2, queue.maxLive());
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aTimerOfAnotherQueueIsRefused(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    TimerQueue other = factory.apply(2);
    Timer timer = idle();
    queue.start(timer, 10);
    assertThrows(IllegalStateException.class, () -> other.start(timer, 10));
    assertFalse(other.cancel(timer));
    assertTrue(timer.isStarted());
    assertEquals(0, other.live());
    queue.expire(10, sink, ALL);
    assertTrue(other.start(timer, 10), "a timer that has fired is free");
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aDelayFromAClockThatIsAheadDoesNotReachThePast(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(1);
    assertEquals(107, queue.deadlineAfter(100, 7));
    assertEquals(100, queue.deadlineAfter(100, -7));
    assertEquals(Long.MAX_VALUE, queue.deadlineAfter(100, Long.MAX_VALUE));
    queue.expire(60, sink, ALL);
    long furthestNanos = queue.nowNanos() + Long.MAX_VALUE;
    assertEquals(furthestNanos, queue.deadlineAfter(60, Long.MAX_VALUE));
    assertEquals(furthestNanos - 1, queue.deadlineAfter(100, Long.MAX_VALUE - 41));
    assertEquals(furthestNanos, queue.deadlineAfter(100, Long.MAX_VALUE - 39));
    Timer timer = idle();
    queue.start(timer, queue.deadlineAfter(100, Long.MAX_VALUE));
    assertEquals(0, queue.expire(100, sink, ALL));
    assertTrue(timer.isStarted());
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aCancelledTimerDoesNotFireThoughItWasDue(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    Timer kept = idle();
    Timer cancelled = idle();
    queue.start(kept, 10);
    queue.start(cancelled, 10);
    assertEquals(1, queue.expire(20, sink, 1));
    assertTrue(queue.cancel(cancelled));
    assertFalse(queue.cancel(cancelled));
    assertEquals(0, queue.expire(20, sink, ALL));
    assertEquals(List.of(kept), fired);
    assertEquals(1, queue.cancelledCount());
    assertEquals(1, queue.firedCount());
  }

  @ParameterizedTest
  @MethodSource("queues")
  void whatABudgetLeavesOverIsDueAtOnceAndGoesFirst(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(3);
    Timer first = idle();
    Timer second = idle();
    Timer third = idle();
    queue.start(third, 30);
    queue.start(second, 20);
    queue.start(first, 10);
    assertEquals(1, queue.expire(100, sink, 1));
    assertEquals(100, queue.nextDeadlineNanos());
    assertEquals(0, queue.waitNanos(100));
    assertEquals(0, queue.expire(100, sink, 0));
    assertEquals(2, queue.expire(100, sink, ALL));
    assertEquals(List.of(first, second, third), fired);
    assertEquals(Long.MAX_VALUE, queue.nextDeadlineNanos());
    assertEquals(-1, queue.waitNanos(100));
  }

  @ParameterizedTest
  @MethodSource("queues")
  void timersDueInOneCallFireInDeadlineOrder(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(4);
    Timer late = idle();
    Timer early = idle();
    Timer past = idle();
    Timer equal = idle();
    queue.start(late, 14);
    queue.start(early, 12);
    queue.start(past, -5);
    queue.start(equal, 12);
    queue.expire(20, sink, ALL);
    assertEquals(List.of(past, early, equal, late), fired);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aRestartQueuesUpBehindEqualDeadlines(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    Timer restarted = idle();
    Timer other = idle();
    queue.start(restarted, 10);
    queue.start(other, 10);
    queue.start(restarted, 10);
    queue.expire(10, sink, ALL);
    assertEquals(List.of(other, restarted), fired);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aTimerThatIsDueWhenStartedFiresAtTheNextCall(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    queue.expire(25, sink, ALL);
    Timer now = idle();
    Timer before = idle();
    queue.start(now, 25);
    queue.start(before, 24);
    assertEquals(25, queue.nextDeadlineNanos());
    queue.expire(25, sink, ALL);
    assertEquals(List.of(before, now), fired);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aHandlerThatRestartsItsTimerInThePastDoesNotKeepTheCallFromReturning(
      IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(1);
    Timer restless = Timer.of((timer, nowNanos) -> queue.start(timer, nowNanos - 1));
    queue.start(restless, 10);
    assertEquals(1, queue.expire(10, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(10, queue.nextDeadlineNanos());
    assertEquals(1, queue.expire(10, TimerSink.RUN_HANDLERS, ALL));
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aHandlerMayCancelATimerThatIsDueInTheSameCall(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    Timer victim = Timer.of((timer, nowNanos) -> fired.add(timer));
    Timer canceller = Timer.of((timer, nowNanos) -> assertTrue(queue.cancel(victim)));
    queue.start(canceller, 10);
    queue.start(victim, 10);
    assertEquals(1, queue.expire(10, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(List.of(), fired);
    assertEquals(0, queue.live());
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aSinkThatThrowsLeavesTheOthersDue(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    IllegalArgumentException failure = new IllegalArgumentException("from the handler");
    Timer broken =
        Timer.of(
            (timer, nowNanos) -> {
              throw failure;
            });
    Timer other = Timer.of((timer, nowNanos) -> fired.add(timer));
    queue.start(broken, 10);
    queue.start(other, 10);
    assertSame(
        failure,
        assertThrows(
            IllegalArgumentException.class, () -> queue.expire(10, TimerSink.RUN_HANDLERS, ALL)));
    assertFalse(broken.isStarted());
    assertEquals(1, queue.firedCount());
    assertEquals(1, queue.live());
    assertEquals(1, queue.expire(10, TimerSink.RUN_HANDLERS, ALL));
    assertEquals(List.of(other), fired);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void expireFromInsideASinkIsRefused(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(1);
    queue.start(idle(), 0);
    TimerSink reentrant = (timer, nowNanos) -> queue.expire(nowNanos, sink, 1);
    assertThrows(IllegalStateException.class, () -> queue.expire(0, reentrant, 1));
    assertEquals(0, queue.expire(0, sink, 1), "usable afterwards");
  }

  @ParameterizedTest
  @MethodSource("queues")
  void timeThatGoesBackwardsIsNoProgress(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(2);
    queue.start(idle(), 100);
    queue.expire(50, sink, ALL);
    assertEquals(0, queue.expire(10, sink, ALL));
    assertEquals(50, queue.nowNanos());
    Timer due = idle();
    queue.start(due, 45);
    TimerSink checking = (timer, nowNanos) -> assertEquals(50, nowNanos, "never before a deadline");
    assertEquals(1, queue.expire(10, checking, ALL));
    assertFalse(due.isStarted());
  }

  @ParameterizedTest
  @MethodSource("queues")
  void timersKeepTheirOrderHoweverLongTheyStayOverdue(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(5);
    Timer second = idle();
    Timer first = idle();
    Timer third = idle();
    queue.start(second, 20);
    queue.start(first, 10);
    // Nine leaps of almost half the range: the overdue timers' lateness wraps around four times.
    long nowNanos = 0;
    for (int leap = 0; leap < 9; leap++) {
      nowNanos += Long.MAX_VALUE;
      assertEquals(0, queue.expire(nowNanos, sink, 0));
      assertEquals(0, queue.waitNanos(nowNanos));
    }
    // The earliest deadline that can be started now is after those.
    queue.start(third, nowNanos + Long.MIN_VALUE);
    assertEquals(3, queue.expire(nowNanos, sink, ALL));
    assertEquals(List.of(first, second, third), fired);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aTimerOverdueByAnyTimeCanBeCancelledRestartedAndDrained(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(3);
    Timer cancelled = idle();
    Timer restarted = idle();
    Timer drained = idle();
    queue.start(cancelled, 1);
    queue.start(restarted, 1);
    queue.start(drained, 1);
    long nowNanos = Long.MAX_VALUE;
    queue.expire(nowNanos, sink, 0);
    nowNanos += Long.MAX_VALUE;
    queue.expire(nowNanos, sink, 0);
    assertTrue(queue.cancel(cancelled));
    assertTrue(queue.start(restarted, nowNanos + 100));
    assertEquals(2, queue.drain(sink));
    assertEquals(List.of(drained, restarted), fired);
    assertEquals(0, queue.live());
    assertEquals(-1, queue.waitNanos(nowNanos));
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aDrainHandsOverAllTimersByDeadlineAndKeepsThoseTheSinkStarts(
      IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(6);
    Timer far = idle();
    Timer near = idle();
    Timer equal = idle();
    Timer left = idle();
    Timer startedInside = idle();
    queue.start(idle(), 5);
    queue.start(left, 6);
    queue.start(far, Long.MAX_VALUE);
    queue.start(near, 1000);
    queue.start(equal, 1000);
    queue.expire(100, (timer, nowNanos) -> {}, 1);
    TimerSink starting =
        (timer, nowNanos) -> {
          assertEquals(100, nowNanos);
          assertFalse(timer.isStarted());
          fired.add(timer);
          queue.start(startedInside, 500);
        };
    assertEquals(4, queue.drain(starting));
    assertEquals(List.of(left, near, equal, far), fired);
    assertEquals(1, queue.live());
    assertEquals(4, queue.cancelledCount());
    assertEquals(1, queue.firedCount());
    assertTrue(queue.nextDeadlineNanos() <= 500);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aSinkThatThrowsDuringADrainLeavesTheOthersStarted(IntFunction<TimerQueue> factory) {
    TimerQueue queue = factory.apply(4);
    Timer past = idle();
    Timer future = idle();
    queue.start(idle(), -7);
    queue.start(past, -6);
    queue.start(future, 90);
    IllegalArgumentException failure = new IllegalArgumentException("from the sink");
    TimerSink throwing =
        (timer, nowNanos) -> {
          throw failure;
        };
    assertSame(failure, assertThrows(IllegalArgumentException.class, () -> queue.drain(throwing)));
    assertEquals(2, queue.live());
    queue.expire(0, sink, ALL);
    assertEquals(List.of(past), fired);
    queue.expire(90, sink, ALL);
    assertEquals(List.of(past, future), fired);
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aNegativeBudgetIsRefused(IntFunction<TimerQueue> factory) {
    assertThrows(IllegalArgumentException.class, () -> factory.apply(1).expire(0, sink, -1));
    assertThrows(IllegalArgumentException.class, () -> factory.apply(0));
  }

  static List<Named<IntFunction<TimerQueue>>> queuesOfTheirOwn() {
    return queues().subList(0, 2);
  }

  @ParameterizedTest
  @MethodSource("queuesOfTheirOwn")
  void nothingIsAllocatedAfterConstruction(IntFunction<TimerQueue> factory) {
    assertAllocatesNothing(factory, TimerQueueTest::churn);
  }

  @ParameterizedTest
  @MethodSource("queuesOfTheirOwn")
  void sortingManyTimersOfATickAllocatesNothing(IntFunction<TimerQueue> factory) {
    assertAllocatesNothing(factory, TimerQueueTest::crowdTicks);
  }

  private static void assertAllocatesNothing(
      IntFunction<TimerQueue> factory, BiConsumer<TimerQueue, Timer[]> work) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    TimerQueue queue = factory.apply(1000);
    Timer[] timers = new Timer[1000];
    for (int i = 0; i < timers.length; i++) {
      timers[i] = idle();
    }
    // The JVM itself allocates a little on this thread now and then; the queue would each time.
    long leastBytes = Long.MAX_VALUE;
    for (int round = 0; round < 10; round++) {
      long beforeBytes = threads.getCurrentThreadAllocatedBytes();
      work.accept(queue, timers);
      leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - beforeBytes);
    }
    assertEquals(0, leastBytes);
  }

  private static void crowdTicks(TimerQueue queue, Timer[] timers) {
    long state = 42;
    for (int round = 0; round < 50; round++) {
      for (Timer timer : timers) {
        state = state * 6364136223846793005L + 1442695040888963407L;
        queue.start(timer, queue.nowNanos() + 100 + (state >>> 61));
      }
      queue.expire(queue.nowNanos() + 200, TimerSink.RUN_HANDLERS, ALL);
    }
  }

  private static void churn(TimerQueue queue, Timer[] timers) {
    long state = 42;
    for (int step = 0; step < 20_000; step++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      Timer timer = timers[(int) Long.remainderUnsigned(state >>> 20, timers.length)];
      if (step % 5 == 0) {
        queue.cancel(timer);
      } else {
        queue.start(timer, queue.nowNanos() + (state >>> 48) - 100);
      }
      if (step % 3 == 0) {
        queue.expire(queue.nowNanos() + 97, TimerSink.RUN_HANDLERS, 7);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("queues")
  void aLoopThatCallsAtTheNextDeadlineIsNeverLateByATick(IntFunction<TimerQueue> factory) {
    SplittableRandom random = new SplittableRandom(4);
    TimerQueue queue = factory.apply(10_000);
    for (int i = 0; i < 10_000; i++) {
      queue.start(idle(), random.nextLong(1L << random.nextInt(1, 62)));
    }
    TimerSink checking =
        (timer, nowNanos) -> {
          long lateNanos = nowNanos - timer.deadlineNanos();
          assertTrue(lateNanos >= 0 && lateNanos < queue.tickNanos(), () -> "late by " + lateNanos);
        };
    while (queue.live() > 0) {
      assertTrue(
          queue.expire(queue.nextDeadlineNanos(), checking, ALL) > 0, "a wake-up for nothing");
    }
  }
}
