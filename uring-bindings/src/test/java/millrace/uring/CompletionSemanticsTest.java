package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The completion queue: what is ready when, in batches, and beyond its size. */
class CompletionSemanticsTest {

  /** Mirrors liburing test/cq-ready.c. */
  @Test
  void readyCountsWhatIsPostedAndNotDrained() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      assertEquals(0, fixture.completions.ready());
      submitNoOps(fixture, 0, 4);
      assertEquals(4, fixture.completions.ready());
      CompletionSink ignore = (userData, result, flags) -> {};
      assertEquals(2, fixture.completions.drain(ignore, 2));
      assertEquals(2, fixture.completions.ready());
      submitNoOps(fixture, 4, 4);
      assertEquals(6, fixture.completions.ready());
      assertEquals(6, fixture.completions.drain(ignore, 100));
      assertEquals(0, fixture.completions.ready());
    }
  }

  /** Mirrors liburing test/cq-peek-batch.c. */
  @Test
  void completionsComeInBatchesOfTheLimitAndInOrder() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      List<Long> seen = new ArrayList<>();
      CompletionSink sink = (userData, result, flags) -> seen.add(userData);
      assertEquals(0, fixture.completions.drain(sink, 4));
      submitNoOps(fixture, 0, 4);
      assertEquals(4, fixture.completions.drain(sink, 4));
      assertEquals(List.of(0L, 1L, 2L, 3L), seen);
      submitNoOps(fixture, 4, 4);
      assertEquals(3, fixture.completions.drain(sink, 3));
      submitNoOps(fixture, 8, 4);
      assertEquals(4, fixture.completions.drain(sink, 4));
      assertEquals(1, fixture.completions.drain(sink, 4));
      assertEquals(0, fixture.completions.drain(sink, 4));
      assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L), seen);
    }
  }

  /** Mirrors liburing test/cq-full.c. */
  @Test
  void noOpsBeyondTheQueueWaitInTheKernel() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      for (int batch = 0; batch < 3; batch++) {
        submitNoOps(fixture, batch * 4L, 4);
      }
      assertEquals(8, fixture.completions.ready());
      assertTrue(fixture.ring.completionOverflowed());
      assertEquals(8, fixture.drain());
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(4, fixture.drain());
      assertFalse(fixture.ring.completionOverflowed());
      for (int i = 0; i < 12; i++) {
        assertEquals(new Completion(i, 0, 0), fixture.seen.get(i));
      }
      assertEquals(0, fixture.ring.overflowCount());
    }
  }

  /** Mirrors liburing test/cq-overflow.c: operations that complete later overflow as well. */
  @Test
  void readsThatCompleteIntoAFullQueueAreKept() throws Exception {
    int reads = 12;
    try (RingFixture fixture = RingFixture.open(4, 4)) {
      int[][] pipes = new int[reads][];
      for (int i = 0; i < reads; i++) {
        pipes[i] = fixture.pipe();
        fixture.next(i).read(pipes[i][0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
        assertEquals(1, fixture.ring.submit());
      }
      assertEquals(0, fixture.completions.ready());
      for (int i = 0; i < reads; i++) {
        assertEquals(8, Libc.write(pipes[i][1], fixture.buffer(8), 8));
      }
      List<Completion> expected = new ArrayList<>();
      for (int i = 0; i < reads; i++) {
        expected.add(new Completion(i, 8, 0));
      }
      while (fixture.seen.size() < reads) {
        int result = fixture.ring.getEvents();
        assertTrue(result == 0 || result == -Errno.EBUSY, () -> Errno.describe(result));
        assertTrue(fixture.completions.ready() > 0, fixture::toString);
        assertTrue(fixture.completions.ready() <= 4, fixture::toString);
        fixture.drain();
      }
      assertEquals(expected, fixture.seen);
      assertFalse(fixture.ring.completionOverflowed());
      assertEquals(0, fixture.ring.overflowCount());
    }
  }

  /** Mirrors liburing test/cq-overflow.c: what is kept survives further submissions. */
  @Test
  void submissionsGoOnWhileCompletionsAreKept() throws Exception {
    try (RingFixture fixture = RingFixture.open(2, 2)) {
      for (long batch = 0; batch < 50; batch++) {
        fixture.next(2 * batch).nop();
        fixture.next(2 * batch + 1).nop();
        int result = fixture.ring.submit();
        assertTrue(result == 2 || result == -Errno.EBUSY, () -> Errno.describe(result));
        assertEquals(0, fixture.submissions.pending());
        if (batch % 3 == 2) {
          fixture.drain();
        }
      }
      fixture.awaitThat(() -> fixture.seen.size() == 100, "all hundred");
      for (int i = 0; i < 100; i++) {
        assertEquals(new Completion(i, 0, 0), fixture.seen.get(i));
      }
    }
  }

  /** Mirrors liburing test/poll-mshot-overflow.c. */
  @Test
  void multishotPollThatOverflowsTellsItsEndOnceAtTheLatestWhenRemoved() throws Exception {
    RingOptions options =
        RingOptions.proactorDefaults().toBuilder()
            .submissionEntries(2)
            .completionEntries(2)
            .build();
    try (RingFixture fixture = RingFixture.open(options)) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollMultishot(pipe[0], Libc.POLLIN);
      fixture.next(2).nop();
      assertEquals(2, fixture.ring.submit());
      fixture.next(2).nop();
      assertEquals(1, fixture.ring.submit());
      assertEquals(2, fixture.completions.ready());
      assertEquals(3, Libc.write(pipe[1], fixture.buffer(3), 3));
      int result = fixture.ring.getEvents();
      assertTrue(result == 0 || result == -Errno.EBUSY, () -> Errno.describe(result));
      assertEquals(2, fixture.drain());
      fixture.next(3).pollRemove(1);
      fixture.await(3L);
      fixture.awaitThat(
          () -> fixture.seen.stream().anyMatch(CompletionSemanticsTest::endsThePoll),
          "end of the poll");
      List<Completion> polls =
          fixture.seen.stream().filter(completion -> completion.userData() == 1).toList();
      assertEquals(Libc.POLLIN, polls.get(0).result());
      assertEquals(1, polls.stream().filter(CompletionSemanticsTest::endsThePoll).count());
      assertTrue(endsThePoll(polls.get(polls.size() - 1)), polls::toString);
    }
  }

  private static boolean endsThePoll(Completion completion) {
    return completion.userData() == 1 && (completion.flags() & CqeFlags.F_MORE) == 0;
  }

  /** Mirrors liburing test/defer-taskrun.c. */
  @Test
  void deferredCompletionIsPostedOnlyByItsOwnersEnter() throws Exception {
    RingOptions options =
        RingOptions.builder()
            .require(SetupFlag.R_DISABLED, SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN)
            .build();
    try (RingFixture fixture = RingFixture.open(options)) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      assertEquals(1, fixture.ring.submit());
      assertEquals(5, Libc.write(pipe[1], fixture.buffer(8), 5));
      assertTrue(Libc.getpid() > 0, "a system call that is not an enter");
      assertEquals(0, fixture.completions.ready());
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(1, fixture.completions.ready());
      assertEquals(new Completion(1, 5, 0), fixture.await(1L));
    }
  }

  /** Mirrors liburing test/defer-tw-timeout.c. */
  @Test
  void waitForManyEndsByItsTimeLimitWithWhatIsThere() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      assertEquals(1, fixture.ring.submit());
      assertEquals(5, Libc.write(pipe[1], fixture.buffer(8), 5));
      // The time limit is an error only for a wait that ends with nothing to reap.
      assertEquals(0, fixture.ring.submitAndWait(2, 1_000_000));
      assertEquals(1, fixture.completions.ready());
      assertEquals(1, fixture.drain());
      assertEquals(-Errno.ETIME, fixture.ring.submitAndWait(2, 1_000_000));
    }
  }

  private static void submitNoOps(RingFixture fixture, long firstUserData, int count) {
    for (int i = 0; i < count; i++) {
      fixture.next(firstUserData + i).nop();
    }
    int result = fixture.ring.submit();
    assertTrue(result == count || result == -Errno.EBUSY, () -> Errno.describe(result));
    assertEquals(0, fixture.submissions.pending());
  }
}
