package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.metrics.LatencyHistogram;
import millrace.timers.MissedTicks;
import millrace.timers.PeriodicTimer;
import millrace.timers.Timer;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Timers of an application, wherever they wait. */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class TimerPolicyTest {
  private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();
  private static final long MILLISECOND_NANOS = 1_000_000;

  private static Timer idle() {
    return Timer.of((timer, now) -> {});
  }

  private static LoopFixture start(TimerPolicy policy) throws Exception {
    return LoopFixture.start(options -> options.timerPolicy(policy));
  }

  @ParameterizedTest
  @EnumSource
  void timersFireInDeadlineOrderAndNeverEarly(TimerPolicy policy) throws Exception {
    try (LoopFixture loop = start(policy)) {
      int count = 200;
      List<Long> deadlines = new ArrayList<>();
      List<Long> early = new ArrayList<>();
      CompletableFuture<Void> done = new CompletableFuture<>();
      loop.run(
          () -> {
            for (int i = 0; i < count; i++) {
              long delay = (i * 7919 % count) * MILLISECOND_NANOS / 4;
              long earliest = System.nanoTime() + delay;
              Timer timer =
                  Timer.of(
                      (self, now) -> {
                        deadlines.add(self.deadlineNanos());
                        if (System.nanoTime() - earliest < 0 || now - self.deadlineNanos() < 0) {
                          early.add(earliest);
                        }
                        if (deadlines.size() == count) {
                          done.complete(null);
                        }
                      });
              assertTrue(loop.proactor().startTimer(timer, delay));
            }
          });
      loop.await(done);
      assertEquals(List.of(), early);
      assertEquals(deadlines.stream().sorted().toList(), deadlines);
      LatencyHistogram.Snapshot lateness = loop.proactor().timerLateness();
      assertEquals(count, lateness.count());
      loop.until("published", () -> loop.proactor().metrics().timersFired() == count);
      assertEquals(count, loop.proactor().metrics().timersStarted());
      assertTrue(loop.proactor().metrics().waits() > 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCancelledOrRestartedTimerLeavesNothingBehind(TimerPolicy policy) throws Exception {
    try (LoopFixture loop = start(policy)) {
      AtomicInteger fired = new AtomicInteger();
      CompletableFuture<Void> done = new CompletableFuture<>();
      loop.run(
          () -> {
            Timer cancelled = Timer.of((timer, now) -> fired.incrementAndGet());
            assertTrue(loop.proactor().startTimer(cancelled, MILLISECOND_NANOS));
            assertTrue(loop.proactor().cancelTimer(cancelled));
            assertFalse(loop.proactor().cancelTimer(cancelled));
            Timer restarted =
                Timer.of(
                    (timer, now) -> {
                      fired.incrementAndGet();
                      done.complete(null);
                    });
            assertTrue(loop.proactor().startTimer(restarted, HOUR_NANOS));
            assertTrue(loop.proactor().startTimer(restarted, 2 * MILLISECOND_NANOS));
          });
      loop.await(done);
      assertEquals(1, fired.get());
      loop.until("nothing in flight", () -> loop.proactor().metrics().operationsInFlight() == 0);
      loop.until("published", () -> loop.proactor().metrics().timersLive() == 0);
      assertEquals(1, loop.proactor().metrics().timersCancelled());
      assertEquals(2, loop.proactor().metrics().timersStarted());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStartBeyondTheCapIsRefused(TimerPolicy policy) throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.timerPolicy(policy).maxTimers(2))) {
      loop.run(
          () -> {
            Timer first = idle();
            assertTrue(loop.proactor().startTimer(first, HOUR_NANOS));
            assertTrue(loop.proactor().startTimer(idle(), HOUR_NANOS));
            assertFalse(loop.proactor().startTimer(idle(), HOUR_NANOS));
            assertTrue(loop.proactor().startTimer(first, HOUR_NANOS), "a restart");
          });
      loop.until("published", () -> loop.proactor().metrics().timersLive() == 2);
      assertEquals(1, loop.proactor().metrics().timersRefused());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLongestDelayIsNotPast(TimerPolicy policy) throws Exception {
    try (LoopFixture loop = start(policy)) {
      Timer timer = Timer.of((self, now) -> {});
      loop.run(() -> assertTrue(loop.proactor().startTimer(timer, Long.MAX_VALUE)));
      loop.run(() -> assertTrue(timer.isStarted()));
      loop.run(() -> assertTrue(loop.proactor().startTimer(timer, Long.MAX_VALUE, HOUR_NANOS)));
      loop.run(() -> assertTrue(timer.isStarted()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPeriodicTimerRunsUntilItCancelsItself(TimerPolicy policy) throws Exception {
    try (LoopFixture loop = start(policy)) {
      List<Long> deadlines = new ArrayList<>();
      CompletableFuture<Void> done = new CompletableFuture<>();
      long period = MILLISECOND_NANOS;
      PeriodicTimer timer =
          PeriodicTimer.fixedRate(
              period,
              MissedTicks.SKIP,
              (self, now) -> {
                deadlines.add(self.deadlineNanos());
                if (deadlines.size() == 5) {
                  assertTrue(loop.proactor().cancelTimer(self));
                  done.complete(null);
                }
              });
      loop.run(() -> assertTrue(loop.proactor().startTimer(timer, period)));
      loop.await(done);
      long first = deadlines.get(0);
      assertTrue(deadlines.stream().allMatch(deadline -> (deadline - first) % period == 0));
      loop.until("ended", () -> loop.proactor().metrics().timersLive() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSlackMakesTimersShareADeadline(TimerPolicy policy) throws Exception {
    try (LoopFixture loop = start(policy)) {
      long slack = Duration.ofMinutes(10).toNanos();
      loop.run(
          () -> {
            Timer[] timers = new Timer[100];
            for (int i = 0; i < timers.length; i++) {
              timers[i] = idle();
              long earliest = System.nanoTime() + HOUR_NANOS;
              assertTrue(loop.proactor().startTimer(timers[i], HOUR_NANOS, slack));
              long rounded = timers[i].deadlineNanos() - earliest;
              assertTrue(rounded >= 0 && rounded <= slack + Duration.ofMinutes(1).toNanos());
            }
            // All within a moment: one grid point, or two next to each other.
            long distance = timers[99].deadlineNanos() - timers[0].deadlineNanos();
            assertTrue(distance == 0 || Math.abs(distance - slack) < 2 * MILLISECOND_NANOS);
            assertThrows(
                IllegalArgumentException.class,
                () -> loop.proactor().startTimer(timers[0], HOUR_NANOS, -1));
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void aShutdownCancelsPendingTimersAndCountsThem(TimerPolicy policy) throws Exception {
    LoopFixture loop = start(policy);
    AtomicInteger fired = new AtomicInteger();
    loop.run(
        () -> {
          for (int i = 1; i <= 3; i++) {
            Timer timer = Timer.of((self, now) -> fired.incrementAndGet());
            assertTrue(loop.proactor().startTimer(timer, i * HOUR_NANOS));
          }
        });
    ShutdownReport report = loop.shutdown(Duration.ofSeconds(5));
    loop.close();
    assertEquals(new ShutdownReport(true, 0, 0, 0, 3, 0, null), report);
    assertEquals(0, fired.get());
    assertEquals(3, loop.proactor().metrics().timersCancelled());
    assertEquals(0, loop.proactor().metrics().timersLive());
  }

  @ParameterizedTest
  @EnumSource
  void aShutdownFiresPendingTimersInOrderWhileOperationsAreStillTaken(TimerPolicy policy)
      throws Exception {
    LoopFixture loop =
        LoopFixture.start(o -> o.timerPolicy(policy).pendingTimers(PendingTimers.FIRE));
    List<Integer> fired = new ArrayList<>();
    List<Integer> results = new ArrayList<>();
    loop.run(
        () -> {
          for (int hours : new int[] {3, 1, 2}) {
            Timer timer =
                Timer.of(
                    (self, now) -> {
                      fired.add(hours);
                      loop.proactor()
                          .operations()
                          .nop((c, a, result, f) -> results.add(result), 0, null);
                      if (hours == 2) {
                        assertTrue(loop.proactor().startTimer(self, HOUR_NANOS));
                      }
                    });
            assertTrue(loop.proactor().startTimer(timer, hours * HOUR_NANOS));
          }
        });
    ShutdownReport report = loop.shutdown(Duration.ofSeconds(5));
    loop.close();
    assertEquals(List.of(1, 2, 3), fired);
    assertEquals(List.of(0, 0, 0), results);
    assertEquals(new ShutdownReport(true, 0, 0, 3, 1, 0, null), report);
  }

  @Test
  void kernelTimersAreRefusedWhileNoOperationIsFreeAndLeaveRoomWhenTheyEnd() throws Exception {
    try (LoopFixture loop =
        LoopFixture.start(o -> o.timerPolicy(TimerPolicy.KERNEL).maxOperationsInFlight(16))) {
      Timer[] timers = new Timer[16];
      loop.run(
          () -> {
            for (int i = 0; i < timers.length; i++) {
              timers[i] = idle();
              assertTrue(loop.proactor().startTimer(timers[i], HOUR_NANOS));
            }
            assertFalse(loop.proactor().startTimer(idle(), HOUR_NANOS));
            // The kernel has the timeout until its completion is reaped.
            assertTrue(loop.proactor().cancelTimer(timers[0]));
            assertFalse(loop.proactor().startTimer(timers[0], HOUR_NANOS));
            assertFalse(loop.proactor().startTimer(timers[1], HOUR_NANOS), "a restart");
            assertFalse(timers[1].isStarted());
          });
      loop.until("room again", () -> loop.proactor().metrics().operationsInFlight() == 14);
      loop.run(() -> assertTrue(loop.proactor().startTimer(timers[0], HOUR_NANOS)));
      loop.run(() -> assertTrue(loop.proactor().startTimer(timers[1], HOUR_NANOS)));
    }
  }

  @Test
  void aTimeoutCompletesWithEtimeWhenItsDeadlineHasPassedAndCanBeCancelled() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      CompletableFuture<Integer> passed = new CompletableFuture<>();
      CompletableFuture<Integer> cancelled = new CompletableFuture<>();
      CompletableFuture<Long> early = new CompletableFuture<>();
      loop.run(
          () -> {
            Operations operations = loop.proactor().operations();
            long deadline = loop.proactor().nanoTime() + 20 * MILLISECOND_NANOS;
            OperationHandler handler =
                (context, attachment, result, flags) -> {
                  early.complete(Math.max(0, deadline - loop.proactor().nanoTime()));
                  passed.complete(result);
                };
            operations.timeout(deadline, handler, 0, null);
            long far =
                operations.timeout(
                    Long.MAX_VALUE,
                    (context, attachment, result, flags) -> cancelled.complete(result),
                    0,
                    null);
            operations.cancel(far);
            assertThrows(
                IllegalArgumentException.class, () -> operations.timeout(-1, handler, 0, null));
          });
      assertEquals(-Errno.ETIME, loop.await(passed));
      assertEquals(0, loop.await(early));
      assertEquals(-Errno.ECANCELED, loop.await(cancelled));
    }
  }
}
