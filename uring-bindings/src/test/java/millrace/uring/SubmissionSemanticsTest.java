package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;
import millrace.uring.abi.__kernel_timespec;
import millrace.uring.abi.iovec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The submission queue: room, wrap-around, and what the kernel has read when submit returns. */
class SubmissionSemanticsTest {

  /** Mirrors liburing test/nop-all-sizes.c. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768})
  void queueOfEachSizeCanBeFilledAndEmptied(int entries) throws Exception {
    try (RingFixture fixture = RingFixture.open(entries, 2 * entries)) {
      assertEquals(entries, fixture.submissions.entries());
      for (int i = 0; i < entries; i++) {
        fixture.next(i).nop();
      }
      assertEquals(0, fixture.submissions.room());
      assertEquals(entries, fixture.ring.submit());
      List<Long> seen = fixture.await(entries).stream().map(Completion::userData).toList();
      assertEquals(LongStream.range(0, entries).boxed().toList(), seen);
    }
  }

  /** Mirrors liburing test/cq-size.c. */
  @Test
  void sizesAreRoundedUpToPowersOfTwo() throws Exception {
    try (RingFixture fixture = RingFixture.open(3, 5)) {
      assertEquals(4, fixture.submissions.entries());
      assertEquals(8, fixture.completions.entries());
    }
  }

  /** Mirrors liburing test/sq-space_left.c. */
  @Test
  void roomShrinksByEachEntryWhereverTheQueueWraps() throws Exception {
    try (RingFixture fixture = RingFixture.open(8, 16)) {
      for (int start = 0; start < 16; start++) {
        for (int taken = 0; taken < 8; taken++) {
          assertEquals(8 - taken, fixture.submissions.room());
          assertEquals(taken, fixture.submissions.pending());
          assertTrue(fixture.submissions.reserve(8 - taken));
          fixture.next(taken).nop();
        }
        assertFalse(fixture.submissions.reserve(1));
        assertEquals(8, fixture.ring.submit());
        fixture.forget();
        fixture.await(8);
        // One more moves the start of the next round by one.
        fixture.next(9).nop();
        assertEquals(1, fixture.ring.submit());
        fixture.await(9);
      }
    }
  }

  /** Mirrors liburing test/nop.c (the barrier). */
  @Test
  void noOpWithABarrierCompletesWhenNothingIsBeforeIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().drain();
      Outcomes.assertResults(fixture, 0);
    }
  }

  /** Mirrors liburing test/submit-reuse.c: IORING_FEAT_SUBMIT_STABLE. */
  @Test
  void iovecsMayBeReusedWhenTheirEntryIsConsumed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      assertTrue(fixture.ring.features().contains(Feature.SUBMIT_STABLE));
      int[] pipe = fixture.pipe();
      MemorySegment target = fixture.arena.allocate(16);
      MemorySegment vector = fixture.arena.allocate(iovec.layout());
      iovec.iov_base(vector, target);
      iovec.iov_len(vector, 16);
      fixture.next(1).readv(pipe[0], vector.address(), 1, Sqe.AT_FILE_POSITION);
      assertEquals(1, fixture.ring.submit());
      vector.fill((byte) 0xFF);
      MemorySegment text = fixture.arena.allocateFrom("as submitted");
      assertEquals(13, Libc.write(pipe[1], text.address(), 13));
      assertEquals(new Completion(1, 13, 0), fixture.await(1L));
      assertEquals("as submitted", target.getString(0));
    }
  }

  /** Mirrors liburing test/submit-reuse.c, for a timespec. */
  @Test
  void timespecMayBeReusedWhenItsEntryIsConsumed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      MemorySegment timespec = fixture.arena.allocate(__kernel_timespec.layout());
      __kernel_timespec.tv_nsec(timespec, 1000);
      fixture.next(1).timeout(timespec.address(), 0, 0);
      assertEquals(1, fixture.ring.submit());
      __kernel_timespec.tv_sec(timespec, Long.MAX_VALUE);
      assertEquals(new Completion(1, -Errno.ETIME, 0), fixture.await(1L));
    }
  }

  /** Mirrors liburing test/submit-and-wait.c. */
  @Test
  void waitCountsCompletionsThatWereNotDrainedYet() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      int[] pipe = fixture.pipe();
      fixture.next(1).nop();
      fixture.next(2).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      assertEquals(2, fixture.ring.submitAndWait(1, -1));
      assertEquals(1, fixture.completions.ready());
      fixture.next(3).nop();
      // Two in all, of which one is old: the read need not complete.
      assertEquals(1, fixture.ring.submitAndWait(2, -1));
      assertEquals(2, fixture.completions.ready());
    }
  }

  /** Mirrors liburing test/sqwait.c in what a wait for the impossible does. */
  @Test
  void waitForMoreThanTheQueueHoldsIsAWaitForAFullQueue() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 4)) {
      for (int i = 1; i <= 4; i++) {
        fixture.next(i).nop();
      }
      assertEquals(4, fixture.ring.submitAndWait(1000, -1));
      assertEquals(4, fixture.completions.ready());
    }
  }

  /**
   * Mirrors liburing test/drop-submit.c: an entry that is refused does not hide those behind it.
   */
  @Test
  void refusedEntriesCompleteWithTheirErrorAmongTheOthers() throws Exception {
    try (RingFixture fixture = RingFixture.open(8, 16)) {
      int undefined = 1 << 7;
      fixture.next(1).nop();
      fixture.next(2).nop().flags(undefined);
      fixture.next(3).nop().flags(undefined);
      fixture.next(4).nop();
      assertEquals(4, fixture.ring.submit());
      Outcomes.assertResults(fixture, 0, -Errno.EINVAL, -Errno.EINVAL, 0);
    }
  }

  /** Submits the next no-op from the completion of the last. */
  private static final class Relay implements CompletionSink {
    private final RingFixture fixture;
    private final int last;
    private int seen;

    Relay(RingFixture fixture, int last) {
      this.fixture = fixture;
      this.last = last;
    }

    @Override
    public void completion(long userData, int result, int flags) {
      assertEquals(seen, userData);
      assertEquals(0, result);
      seen++;
      if (seen < last) {
        fixture.next(seen).nop();
        assertEquals(1, fixture.ring.submit());
      }
    }
  }

  /** Mirrors liburing test/evloop.c in its shape: completions submit what comes next. */
  @Test
  void eachCompletionSubmitsTheNextFromTheSink() throws Exception {
    int last = 1000;
    try (RingFixture fixture = RingFixture.open(1, 2)) {
      Relay relay = new Relay(fixture, last);
      fixture.next(0).nop();
      assertEquals(1, fixture.ring.submit());
      for (int drained = 0; drained < last; ) {
        int now = fixture.completions.drain(relay, Integer.MAX_VALUE);
        assertTrue(now > 0, () -> relay.seen + " seen: " + fixture);
        drained += now;
      }
      assertEquals(last, relay.seen);
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready());
    }
  }

  @Test
  void anyOperationIsPreparedByItsNumber() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      long data = fixture.arena.allocateFrom("data").address();
      assertEquals(4, fixture.run(fixture.next(1).rw(Opcode.WRITE.code(), pipe[1], data, 4, 0)));
      long buffer = fixture.buffer(8);
      assertEquals(4, fixture.run(fixture.next(1).rw(Opcode.READ.code(), pipe[0], buffer, 8, 0)));
      assertEquals(-Errno.EINVAL, fixture.run(fixture.next(1).rw(255, 0, 0, 0, 0)), "unknown");
      Sqe entry = fixture.next(2).nop();
      assertThrows(IllegalArgumentException.class, () -> entry.rw(256, 0, 0, 0, 0));
      assertThrows(IllegalStateException.class, () -> entry.rw(Opcode.NOP128.code(), 0, 0, 0, 0));
    }
  }
}
