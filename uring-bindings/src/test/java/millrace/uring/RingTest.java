package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Submitting, waiting and reaping. */
class RingTest {
  static Stream<Arguments> setups() {
    return Stream.of(
        Arguments.of("proactor defaults", RingOptions.proactorDefaults()),
        Arguments.of("no flag, so with an index array", RingOptions.builder().build()),
        Arguments.of(
            "cooperative",
            RingOptions.builder()
                .prefer(SetupFlag.COOP_TASKRUN, SetupFlag.TASKRUN_FLAG, SetupFlag.SINGLE_ISSUER)
                .build()),
        Arguments.of(
            "kernel thread",
            RingOptions.builder().pollThreadIdleMillis(1).require(SetupFlag.SQPOLL).build()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("setups")
  void noOpsCompleteInOrderManyTimesAroundTheRing(String name, RingOptions options)
      throws Exception {
    RingOptions small = options.toBuilder().submissionEntries(8).completionEntries(16).build();
    try (RingFixture fixture = RingFixture.open(small)) {
      long userData = Long.MIN_VALUE;
      for (int batch = 1; batch <= 200; batch++) {
        int size = 1 + batch % 8;
        List<Completion> expected = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          fixture.next(userData).nop();
          expected.add(new Completion(userData, 0, 0));
          userData += 0x0123_4567_89AB_CDEFL;
        }
        fixture.forget();
        assertEquals(expected, fixture.await(size), name);
      }
      assertEquals(0, fixture.ring.droppedSubmissions());
      assertEquals(0, fixture.ring.overflowCount());
      assertFalse(fixture.ring.completionOverflowed());
    }
  }

  @Test
  void pendingAndRoomFollowTheKernelsHead() throws Exception {
    try (RingFixture fixture = RingFixture.open(8, 16)) {
      assertEquals(8, fixture.submissions.entries());
      assertEquals(16, fixture.completions.entries());
      assertEquals(8, fixture.submissions.room());
      for (int i = 1; i <= 3; i++) {
        fixture.next(i).nop();
        assertEquals(i, fixture.submissions.pending());
        assertEquals(8 - i, fixture.submissions.room());
      }
      assertEquals(3, fixture.ring.submitAndWait(3, -1));
      assertEquals(0, fixture.submissions.pending());
      assertEquals(8, fixture.submissions.room());
      assertEquals(3, fixture.completions.ready());
      assertEquals(3, fixture.drain());
      assertEquals(0, fixture.completions.ready());
    }
  }

  @Test
  void fullSubmissionQueueRefusesTheNextEntryAndLosesNone() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      for (int i = 0; i < 4; i++) {
        fixture.next(i).nop();
      }
      assertEquals(0, fixture.submissions.room());
      assertFalse(fixture.submissions.reserve(1));
      var full = assertThrows(IllegalStateException.class, fixture.submissions::next);
      assertTrue(full.getMessage().contains("all 4 entries"), full.getMessage());
      assertEquals(4, fixture.submissions.pending());
      assertEquals(4, fixture.ring.submit());
      assertTrue(fixture.submissions.reserve(4));
      assertEquals(
          List.of(0L, 1L, 2L, 3L), fixture.await(4).stream().map(Completion::userData).toList());
    }
  }

  @Test
  void entriesBehindAnInvalidOneStayPendingWithoutSubmitAll() throws Exception {
    RingOptions options =
        RingOptions.builder().submissionEntries(4).require(SetupFlag.SINGLE_ISSUER).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      int undefinedFlag = 1 << 7;
      fixture.next(1).nop();
      fixture.next(2).nop().flags(undefinedFlag);
      fixture.next(3).nop();
      assertEquals(2, fixture.ring.submit());
      assertEquals(1, fixture.submissions.pending());
      assertEquals(3, fixture.submissions.room());
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, fixture.submissions.pending());
      assertEquals(
          List.of(
              new Completion(1, 0, 0),
              new Completion(2, -Errno.EINVAL, 0),
              new Completion(3, 0, 0)),
          fixture.await(3));
    }
  }

  @Test
  void submitAllGoesOnBehindAnInvalidEntry() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().flags(1 << 7);
      fixture.next(2).nop();
      assertEquals(2, fixture.ring.submit());
      assertEquals(
          List.of(new Completion(1, -Errno.EINVAL, 0), new Completion(2, 0, 0)), fixture.await(2));
    }
  }

  @Test
  void anEntryThatWasUsedBeforeStartsAsZeros() throws Exception {
    try (RingFixture fixture = RingFixture.open(1, 2)) {
      int[] pipe = fixture.pipe();
      fixture.next(7).read(pipe[0], fixture.arena.allocate(8).address(), 8, 0).async();
      assertEquals(1, fixture.ring.submit());
      fixture.submissions.next();
      assertEquals(new Completion(0, 0, 0), fixture.await(0L));
    }
  }

  @Test
  void waitWithoutCompletionsEndsWithEtime() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      assertEquals(-Errno.ETIME, fixture.ring.submitAndWait(1, 1_000_000));
      assertEquals(-Errno.ETIME, fixture.ring.submitAndWait(1, 1));
      assertEquals(0, fixture.ring.submitAndWait(1, 0));
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.drain());
    }
  }

  @Test
  void timeLimitThatEndsAWaitDoesNotHideThatEntriesWereConsumed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.arena.allocate(8).address(), 8, 0);
      assertEquals(1, fixture.ring.submitAndWait(1, 1_000_000));
      assertEquals(0, fixture.submissions.pending());
      assertEquals(0, fixture.drain());
    }
  }

  @Test
  void completionWakesTheOwnerThatWaitsWithoutALimit() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int eventfd = fixture.own(Libc.eventfd(0, Libc.EFD_CLOEXEC));
      MemorySegment counter = fixture.arena.allocate(ValueLayout.JAVA_LONG);
      fixture.next(9).read(eventfd, counter.address(), 8, 0);
      assertEquals(1, fixture.ring.submit());
      Thread signaller = Thread.ofPlatform().start(() -> Libc.eventfdSignal(eventfd));
      assertEquals(0, fixture.ring.submitAndWait(1, -1));
      signaller.join();
      assertEquals(1, fixture.drain());
      assertEquals(List.of(new Completion(9, 8, 0)), fixture.seen);
      assertEquals(1, counter.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  @Test
  void sleepingKernelThreadIsWokenBySubmit() throws Exception {
    RingOptions options =
        RingOptions.builder().pollThreadIdleMillis(1).require(SetupFlag.SQPOLL).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int round = 0; round < 3; round++) {
        fixture.spinUntil(fixture.submissions::needsWakeup, "sleep of the kernel thread");
        fixture.forget();
        fixture.next(round).nop();
        assertEquals(1, fixture.ring.submit());
        assertEquals(List.of(new Completion(round, 0, 0)), fixture.await(1));
      }
    }
  }

  @Test
  void drainHandsOverAtMostTheLimit() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      for (int i = 0; i < 5; i++) {
        fixture.next(i).nop();
      }
      assertEquals(5, fixture.ring.submitAndWait(5, -1));
      List<Long> seen = new ArrayList<>();
      CompletionSink sink = (userData, result, flags) -> seen.add(userData);
      assertEquals(0, fixture.completions.drain(sink, 0));
      assertEquals(2, fixture.completions.drain(sink, 2));
      assertEquals(List.of(0L, 1L), seen);
      assertEquals(3, fixture.completions.ready());
      assertEquals(3, fixture.completions.drain(sink, 100));
      assertEquals(List.of(0L, 1L, 2L, 3L, 4L), seen);
      var negative =
          assertThrows(IllegalArgumentException.class, () -> fixture.completions.drain(sink, -1));
      assertEquals("limit -1 is not in 0..2147483647", negative.getMessage());
    }
  }

  @Test
  void sinkThatThrowsHasConsumedItsCompletionAndNoOther() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      for (int i = 0; i < 4; i++) {
        fixture.next(i).nop();
      }
      assertEquals(4, fixture.ring.submitAndWait(4, -1));
      CompletionSink failing =
          (userData, result, flags) -> {
            if (userData == 1) {
              throw new IllegalArgumentException("at " + userData);
            }
          };
      var thrown =
          assertThrows(IllegalArgumentException.class, () -> fixture.completions.drain(failing, 4));
      assertEquals("at 1", thrown.getMessage());
      assertEquals(2, fixture.completions.ready());
      fixture.drain();
      assertEquals(List.of(new Completion(2, 0, 0), new Completion(3, 0, 0)), fixture.seen);
    }
  }

  @Test
  void sinkMaySubmitButMustNotDrain() throws Exception {
    try (RingFixture fixture = RingFixture.open(2, 4)) {
      fixture.next(1).nop();
      assertEquals(1, fixture.ring.submitAndWait(1, -1));
      List<Throwable> thrown = new ArrayList<>();
      fixture.completions.drain(
          (userData, result, flags) -> {
            fixture.next(userData + 1).nop();
            assertEquals(1, fixture.ring.submit());
            thrown.add(assertThrows(IllegalStateException.class, fixture::drain));
            thrown.add(assertThrows(IllegalStateException.class, fixture.ring::close));
          },
          1);
      assertEquals("drain called from a completion sink", thrown.get(0).getMessage());
      assertEquals("ring closed from a completion sink", thrown.get(1).getMessage());
      assertEquals(List.of(new Completion(2, 0, 0)), fixture.await(1));
    }
  }
}
