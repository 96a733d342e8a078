package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deadlines that move, and what a loop that was held up hears before one is reached. */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class DeadlineTest {

  private static final long LIMIT_NANOS = Duration.ofSeconds(10).toNanos();

  /** More than a tick of the timers. */
  private static final long TICKS_NANOS = 3_000_000;

  private final AtomicInteger reached = new AtomicInteger();

  private FaultyLoop frozenLoop(TimerPolicy policy) throws Exception {
    FaultyLoop loop = new FaultyLoop(64, options -> options.timerPolicy(policy));
    loop.backend.freezeClock();
    return loop;
  }

  private void pass(FaultyLoop loop, long nanos) throws Exception {
    loop.backend.advance(nanos);
    loop.turns(10);
  }

  /** It was late to be seen, by what a test lets pass at once. */
  private void awaitReached(FaultyLoop loop, int count) throws Exception {
    for (int i = 0; i < 100 && reached.get() < count; i++) {
      pass(loop, TICKS_NANOS);
    }
    assertEquals(count, reached.get());
  }

  @ParameterizedTest
  @EnumSource(names = {"WHEEL", "HEAP"})
  void itIsReachedOnceWhenItHasNotBeenMovedForSoLong(TimerPolicy policy) throws Exception {
    try (FaultyLoop loop = frozenLoop(policy)) {
      Deadline deadline = new Deadline(loop.proactor, reached::incrementAndGet);
      for (int i = 0; i < 5; i++) {
        loop.run(() -> assertTrue(deadline.setAfter(LIMIT_NANOS)));
        pass(loop, LIMIT_NANOS - 1);
        assertEquals(0, reached.get());
      }
      assertEquals(1, loop.proactor.metrics().timersLive());
      awaitReached(loop, 1);
      loop.run(() -> assertFalse(deadline.isSet()));
      pass(loop, 10 * LIMIT_NANOS);
      assertEquals(1, reached.get());
      assertEquals(0, loop.proactor.metrics().timersLive());
    }
  }

  @Test
  void itCanBeMovedEarlierAndBeUnset() throws Exception {
    try (FaultyLoop loop = frozenLoop(TimerPolicy.WHEEL)) {
      Deadline deadline = new Deadline(loop.proactor, reached::incrementAndGet);
      loop.run(() -> deadline.setAfter(100 * LIMIT_NANOS));
      loop.run(() -> deadline.setAfter(LIMIT_NANOS));
      pass(loop, LIMIT_NANOS);
      awaitReached(loop, 1);
      loop.run(() -> deadline.setAfter(LIMIT_NANOS));
      loop.run(() -> deadline.setAfter(2 * LIMIT_NANOS));
      loop.run(deadline::cancel);
      pass(loop, 10 * LIMIT_NANOS);
      assertEquals(1, reached.get());
      loop.run(() -> deadline.setAfter(-1));
      awaitReached(loop, 2);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"WHEEL", "HEAP"})
  void whatHasHappenedWhileTheLoopWasHeldUpCanMoveIt(TimerPolicy policy) throws Exception {
    try (FaultyLoop loop = frozenLoop(policy)) {
      Deadline deadline = new Deadline(loop.proactor, reached::incrementAndGet);
      for (int round = 0; round < 5; round++) {
        CompletableFuture<Void> moved = new CompletableFuture<>();
        // The answer has come by the time that the loop goes on; the timers of the next turn are
        // first.
        OperationHandler answer =
            (context, attachment, result, flags) -> {
              deadline.setAfter(LIMIT_NANOS);
              moved.complete(null);
            };
        OperationHandler holdUp =
            (context, attachment, result, flags) -> {
              loop.proactor.operations().nop(answer, 0, null);
              loop.backend.advance(2 * LIMIT_NANOS);
            };
        loop.run(
            () -> {
              deadline.setAfter(LIMIT_NANOS);
              loop.proactor.operations().nop(holdUp, 0, null);
            });
        FaultyLoop.await(moved);
        loop.turns(10);
        assertEquals(0, reached.get());
      }
      pass(loop, LIMIT_NANOS);
      awaitReached(loop, 1);
    }
  }

  @Test
  void whatItWasLateToSeeProlongsItOnceAndByNoMoreThanItsTime() throws Exception {
    try (FaultyLoop loop = frozenLoop(TimerPolicy.HEAP)) {
      Deadline deadline = new Deadline(loop.proactor, reached::incrementAndGet);
      loop.run(() -> deadline.setAfter(LIMIT_NANOS));
      pass(loop, LIMIT_NANOS + LIMIT_NANOS / 2);
      pass(loop, LIMIT_NANOS / 2 - 1);
      assertEquals(0, reached.get());
      pass(loop, 1);
      assertEquals(1, reached.get());
      loop.run(() -> deadline.setAfter(LIMIT_NANOS));
      pass(loop, 100 * LIMIT_NANOS);
      pass(loop, LIMIT_NANOS - 1);
      assertEquals(1, reached.get());
      // Late again.
      pass(loop, LIMIT_NANOS / 2);
      assertEquals(2, reached.get());
    }
  }

  @Test
  void whoGetsNoTimerIsTold() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64, options -> options.maxTimers(1))) {
      Deadline first = new Deadline(loop.proactor, reached::incrementAndGet);
      Deadline second = new Deadline(loop.proactor, reached::incrementAndGet);
      loop.run(
          () -> {
            assertTrue(first.setAfter(LIMIT_NANOS));
            assertFalse(second.setAfter(LIMIT_NANOS));
            assertFalse(second.isSet());
            assertTrue(first.isSet());
            first.cancel();
            assertTrue(second.setAfter(LIMIT_NANOS));
            second.cancel();
          });
      assertEquals(0, reached.get());
    }
  }
}
