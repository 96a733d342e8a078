package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.__kernel_timespec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Timers: clocks, instants, counts, repetition, removal. */
class TimeoutSemanticsTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long HOUR = 3_600_000 * MILLISECOND;
  private static final Downcall CLOCK_GETTIME = Downcall.ofInt("clock_gettime", 2);

  /** A clock of clock_gettime(2), and the flag that chooses it. */
  enum Clock {
    MONOTONIC(1, 0),
    BOOTTIME(7, SqeFlags.TIMEOUT_BOOTTIME),
    REALTIME(0, SqeFlags.TIMEOUT_REALTIME);

    private final int id;
    private final int flag;

    Clock(int id, int flag) {
      this.id = id;
      this.flag = flag;
    }

    long nanos() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment now = arena.allocate(__kernel_timespec.layout());
        assertEquals(0, CLOCK_GETTIME.call(id, now.address()));
        return __kernel_timespec.tv_sec(now) * 1_000_000_000L + __kernel_timespec.tv_nsec(now);
      }
    }
  }

  /** Mirrors liburing test/timeout.c and test/timens-abs-timer.c. */
  @ParameterizedTest
  @EnumSource
  void durationIsOverNoEarlierThanItsClockSays(Clock clock) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long start = clock.nanos();
      fixture.next(1).timeout(fixture.timespec(2 * MILLISECOND), 0, clock.flag);
      Outcomes.assertResults(fixture, -Errno.ETIME);
      assertTrue(clock.nanos() - start >= 2 * MILLISECOND);
    }
  }

  /** Mirrors liburing test/timeout.c (absolute) and test/timens-abs-timer.c. */
  @ParameterizedTest
  @EnumSource
  void instantIsReachedNoEarlierThanItsClockSays(Clock clock) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long instant = clock.nanos() + 2 * MILLISECOND;
      int flags = SqeFlags.TIMEOUT_ABS | clock.flag;
      fixture.next(1).timeout(fixture.timespec(instant), 0, flags);
      Outcomes.assertResults(fixture, -Errno.ETIME);
      assertTrue(clock.nanos() >= instant);
    }
  }

  /** Mirrors liburing test/timeout.c (absolute): the past is over, the future is not. */
  @ParameterizedTest
  @EnumSource
  void pastInstantEndsAtOnceAndAFutureOneWaits(Clock clock) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int flags = SqeFlags.TIMEOUT_ABS | clock.flag;
      fixture.next(1).timeout(fixture.timespec(clock.nanos() + HOUR), 0, flags);
      fixture.next(2).timeout(fixture.timespec(1), 0, flags);
      assertEquals(new Completion(2, -Errno.ETIME, 0), fixture.await(2L));
      fixture.next(3).timeoutRemove(1, 0);
      Outcomes.assertResults(fixture, -Errno.ECANCELED, -Errno.ETIME, 0);
    }
  }

  /** Mirrors liburing test/timeout.c (flags). */
  @Test
  void contradictingFlagsAreRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long time = fixture.timespec(MILLISECOND);
      int bothClocks = SqeFlags.TIMEOUT_BOOTTIME | SqeFlags.TIMEOUT_REALTIME;
      fixture.next(1).timeout(time, 0, bothClocks);
      fixture.next(2).timeout(time, 0, bothClocks | SqeFlags.TIMEOUT_ABS);
      fixture.next(3).timeout(time, 0, SqeFlags.TIMEOUT_MULTISHOT | SqeFlags.TIMEOUT_ABS);
      fixture.next(4).timeout(time, 0, 1 << 20);
      Outcomes.assertResults(fixture, -Errno.EINVAL, -Errno.EINVAL, -Errno.EINVAL, -Errno.EINVAL);
    }
  }

  /** Mirrors liburing test/timeout.c in what it never passes: no timespec, and a negative one. */
  @Test
  void missingOrNegativeTimeIsRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      MemorySegment negative = fixture.arena.allocate(__kernel_timespec.layout());
      __kernel_timespec.tv_sec(negative, -1);
      fixture.next(1).timeout(0, 0, 0);
      fixture.next(2).timeout(negative.address(), 0, 0);
      Outcomes.assertResults(fixture, -Errno.EFAULT, -Errno.EINVAL);
    }
  }

  /** Mirrors liburing test/timeout.c (several timeouts): deadlines decide, not the submission. */
  @Test
  void timersEndInTheOrderOfTheirDeadlines() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long base = Clock.MONOTONIC.nanos() + 5 * MILLISECOND;
      int[] order = {3, 1, 4, 2};
      for (int place : order) {
        long instant = base + place * MILLISECOND;
        fixture.next(place).timeout(fixture.timespec(instant), 0, SqeFlags.TIMEOUT_ABS);
      }
      Outcomes.assertSequence(
          fixture,
          new Completion(1, -Errno.ETIME, 0),
          new Completion(2, -Errno.ETIME, 0),
          new Completion(3, -Errno.ETIME, 0),
          new Completion(4, -Errno.ETIME, 0));
    }
  }

  /** Mirrors liburing test/timeout.c (number of completions). */
  @Test
  void countEndsATimerRightAfterTheCompletionThatReachesIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(9).timeout(fixture.timespec(HOUR), 2, 0);
      fixture.next(1).nop();
      fixture.next(2).nop();
      fixture.next(3).nop();
      fixture.await(4);
      assertEquals(new Completion(9, 0, 0), fixture.await(9L));
      assertTrue(
          fixture.seen.indexOf(new Completion(9, 0, 0))
              > fixture.seen.indexOf(new Completion(2, 0, 0)),
          fixture::toString);
    }
  }

  /** Mirrors liburing test/timeout.c (several counts). */
  @Test
  void smallerCountEndsFirstWhateverWasSubmittedFirst() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(8).timeout(fixture.timespec(HOUR), 3, 0);
      fixture.next(7).timeout(fixture.timespec(HOUR), 1, 0);
      assertEquals(2, fixture.ring.submit());
      fixture.next(1).nop();
      assertEquals(new Completion(7, 0, 0), fixture.await(7L));
      assertEquals(2, fixture.seen.size(), fixture::toString);
      // Completions of timers do not count.
      fixture.next(2).nop();
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertEquals(3, fixture.seen.size(), fixture::toString);
      fixture.next(3).nop();
      assertEquals(new Completion(8, 0, 0), fixture.await(8L));
    }
  }

  /** Mirrors liburing test/timeout.c (number of completions, too few). */
  @Test
  void timerWithACountStillEndsByItsTime() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(MILLISECOND), 5, 0);
      fixture.next(2).nop();
      Outcomes.assertResults(fixture, -Errno.ETIME, 0);
    }
  }

  /** Mirrors liburing test/timeout.c (removal). */
  @Test
  void removedTimerIsGoneForTheSecondRemoval() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(HOUR), 0, 0);
      fixture.next(2).timeoutRemove(1, 0);
      fixture.next(3).timeoutRemove(1, 0);
      Outcomes.assertResults(fixture, -Errno.ECANCELED, 0, -Errno.ENOENT);
    }
  }

  /** Mirrors liburing test/timeout.c (multishot, removed). */
  @Test
  void multishotTimerWithoutACountFiresUntilRemoved() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(100_000), 0, SqeFlags.TIMEOUT_MULTISHOT);
      for (Completion completion : fixture.await(5)) {
        assertEquals(new Completion(1, -Errno.ETIME, CqeFlags.F_MORE), completion);
      }
      // ENOENT: it has just fired and is not armed again yet.
      long removal = 2;
      fixture.next(removal).timeoutRemove(1, 0);
      while (fixture.await(removal).result() == -Errno.ENOENT) {
        removal++;
        fixture.next(removal).timeoutRemove(1, 0);
      }
      assertEquals(new Completion(removal, 0, 0), fixture.await(removal));
      fixture.awaitThat(
          () -> fixture.seen.contains(new Completion(1, -Errno.ECANCELED, 0)), "end of the timer");
      assertEquals(
          1,
          fixture.seen.stream()
              .filter(completion -> completion.userData() == 1 && completion.flags() == 0)
              .count());
    }
  }

  /** Mirrors liburing test/timeout.c (multishot, overflow). */
  @Test
  void multishotTimerLosesNoShotToAFullQueue() throws Exception {
    int shots = 10;
    try (RingFixture fixture = RingFixture.open(2, 2)) {
      fixture.next(1).timeout(fixture.timespec(10_000), shots, SqeFlags.TIMEOUT_MULTISHOT);
      assertEquals(1, fixture.ring.submit());
      int more = 0;
      while (fixture.seen.size() <= more) {
        fixture.await(more + 1);
        more = (int) fixture.seen.stream().filter(c -> c.flags() == CqeFlags.F_MORE).count();
      }
      // The kernel may end it early when it overflows; what it posted is there, the end once.
      assertEquals(more + 1, fixture.seen.size());
      assertTrue(more < shots, fixture::toString);
      assertEquals(new Completion(1, -Errno.ETIME, 0), fixture.seen.get(more));
    }
  }

  /** Mirrors liburing test/timeout.c (cancel). */
  @Test
  void cancelEndsATimerLikeARemoval() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(HOUR), 0, 0);
      fixture.next(2).cancel(1, 0);
      Outcomes.assertResults(fixture, -Errno.ECANCELED, 0);
    }
  }
}
