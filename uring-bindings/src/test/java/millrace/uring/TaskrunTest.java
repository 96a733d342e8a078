package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** When completions are posted, and how a batch with an error is submitted. */
class TaskrunTest {
  private static RingOptions.Builder deferred() {
    return RingOptions.builder().require(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN);
  }

  /** Mirrors liburing test/defer-taskrun.c: the flag, and what getting events does. */
  @Test
  void pendingWorkIsShownAndPostedByGettingEvents() throws Exception {
    RingOptions options = deferred().require(SetupFlag.TASKRUN_FLAG).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, 0);
      assertEquals(1, fixture.ring.submit());
      assertFalse(fixture.ring.eventsPending());
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      fixture.spinUntil(fixture.ring::eventsPending, "pending work");
      assertEquals(0, fixture.completions.ready(), "not before the kernel is entered for events");
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(1, fixture.drain());
      assertFalse(fixture.ring.eventsPending());
      assertEquals(List.of(new Completion(1, 4, 0)), fixture.seen);
    }
  }

  /** Mirrors liburing test/defer-taskrun.c: a submit without entries posts too. */
  @Test
  void emptySubmitPostsDeferredWork() throws Exception {
    try (RingFixture fixture = RingFixture.open(deferred().build())) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, 0);
      assertEquals(1, fixture.ring.submit());
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      assertEquals(0, fixture.completions.ready());
      assertEquals(0, fixture.ring.submit());
      assertEquals(1, fixture.completions.ready());
    }
  }

  @Test
  void cooperativeWorkIsPostedByTheNextCall() throws Exception {
    RingOptions options =
        RingOptions.builder().require(SetupFlag.COOP_TASKRUN, SetupFlag.TASKRUN_FLAG).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, 0);
      assertEquals(1, fixture.ring.submit());
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(1, fixture.drain());
      assertFalse(fixture.ring.eventsPending());
    }
  }

  /** Mirrors liburing test/drop-submit.c and test/submit-link-fail.c. */
  @Test
  void batchStopsAtAnErrorUnlessAllIsToBeSubmitted() throws Exception {
    int unknownFlag = 1 << 7;
    for (boolean all : new boolean[] {false, true}) {
      RingOptions.Builder builder = RingOptions.builder();
      RingOptions options = all ? builder.require(SetupFlag.SUBMIT_ALL).build() : builder.build();
      try (RingFixture fixture = RingFixture.open(options)) {
        fixture.next(1).nop().flags(unknownFlag);
        fixture.next(2).nop();
        assertEquals(all ? 2 : 1, fixture.ring.submit());
        assertEquals(all ? 0 : 1, fixture.submissions.pending());
        assertEquals(
            List.of(new Completion(1, -Errno.EINVAL, 0), new Completion(2, 0, 0)),
            fixture.await(2));
      }
    }
  }

  /** Mirrors liburing test/sq-full.c and test/sq-space_left.c. */
  @Test
  void fullSubmissionQueueIsAnAnswer() throws Exception {
    try (RingFixture fixture = RingFixture.open(8, 16)) {
      for (int left = 8; left > 0; left--) {
        assertEquals(left, fixture.submissions.room());
        assertTrue(fixture.submissions.reserve(left));
        fixture.next(left).nop();
      }
      assertEquals(0, fixture.submissions.room());
      assertFalse(fixture.submissions.reserve(1));
      assertEquals(8, fixture.ring.submit());
      assertEquals(8, fixture.submissions.room());
    }
  }
}
