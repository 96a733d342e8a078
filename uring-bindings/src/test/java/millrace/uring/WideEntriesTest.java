package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import millrace.uring.abi.IoUring;
import org.junit.jupiter.api.Test;

/** Rings whose entries are of 128 and of 32 bytes, all or some. */
class WideEntriesTest {
  private static final int ENTRIES = 4;
  private static final int ROUNDS = 100;

  private record Wide(long userData, int result, int flags, long first, long second) {}

  private static RingOptions.Builder small() {
    return RingOptions.builder().submissionEntries(ENTRIES).completionEntries(2 * ENTRIES);
  }

  /** A no-op whose completion brings two words where the ring has room for them. */
  private static void wideNop(RingFixture fixture, long userData, long first, long second) {
    fixture.next(userData).nop(-1, 0, IoUring.IORING_NOP_CQE32()).offset(first).address(second);
  }

  private static List<Wide> drainWide(RingFixture fixture) {
    List<Wide> seen = new ArrayList<>();
    fixture.completions.drainWide(
        (userData, result, flags, first, second) ->
            seen.add(new Wide(userData, result, flags, first, second)),
        Integer.MAX_VALUE);
    return seen;
  }

  /** Mirrors liburing test/nop.c: the ring with SQE128. */
  @Test
  void wideSubmissionsKeepTheirPlacesAroundTheQueuesEnd() throws Exception {
    RingOptions options = small().require(SetupFlag.SQE128).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int round = 0; round < ROUNDS; round++) {
        assertTrue(fixture.submissions.hasRoom128());
        fixture.submissions.next128().nop(-1, round, IoUring.IORING_NOP_INJECT_RESULT());
        fixture.next(7).nop(-1, -round, IoUring.IORING_NOP_INJECT_RESULT());
        fixture.submissions.next128().nop().userData(round);
        assertEquals(
            List.of(
                new Completion(0, round, 0),
                new Completion(7, -round, 0),
                new Completion(round, 0, 0)),
            fixture.await(3));
        fixture.forget();
      }
    }
  }

  @Test
  void fullQueueOfWideSubmissionsIsAnAnswerBeforeItIsAnException() throws Exception {
    RingOptions options = small().require(SetupFlag.SQE128).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int index = 0; index < ENTRIES; index++) {
        fixture.submissions.next128().nop();
      }
      assertFalse(fixture.submissions.hasRoom128());
      assertThrows(IllegalStateException.class, fixture.submissions::next128);
      assertEquals(ENTRIES, fixture.await(ENTRIES).size());
      assertTrue(fixture.submissions.hasRoom128());
    }
  }

  @Test
  void ringWithoutWideSubmissionsSaysSo() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      assertFalse(fixture.submissions.hasRoom128());
      IllegalStateException thrown =
          assertThrows(IllegalStateException.class, fixture.submissions::next128);
      assertEquals("next128: the ring has neither SQE128 nor SQE_MIXED", thrown.getMessage());
    }
  }

  /** Mirrors liburing test/nop32.c: CQE32. */
  @Test
  void wideCompletionsBringTwoMoreWords() throws Exception {
    RingOptions options = small().require(SetupFlag.CQE32).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int round = 0; round < ROUNDS; round++) {
        wideNop(fixture, 1, round, -round);
        fixture.next(2).nop();
        assertEquals(2, fixture.ring.submitAndWait(2, -1));
        assertEquals(2, fixture.completions.ready());
        List<Wide> seen = drainWide(fixture);
        assertEquals(new Wide(1, 0, 0, round, -round), seen.get(0));
        assertEquals(new Wide(2, 0, 0, 0, 0), seen.get(1));
      }
      wideNop(fixture, 3, 5, 6);
      assertEquals(List.of(new Completion(3, 0, 0)), fixture.await(1), "without the words");
    }
  }

  /** Mirrors liburing test/nop32.c: CQE_MIXED. */
  @Test
  void mixedCompletionsOfBothSizesComeInTheirOrderAndWithoutTheGaps() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(SetupFlag.CQE_MIXED),
        KernelSupport.probe().reason(SetupFlag.CQE_MIXED));
    RingOptions options = small().require(SetupFlag.CQE_MIXED).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      int gaps = 0;
      for (int round = 0; round < ROUNDS; round++) {
        wideNop(fixture, 1, round, -round);
        fixture.next(2).nop();
        wideNop(fixture, 3, -round, round);
        assertEquals(3, fixture.ring.submit());
        gaps += fixture.completions.ready() - 5;
        assertEquals(
            List.of(
                new Wide(1, 0, CqeFlags.F_32, round, -round),
                new Wide(2, 0, 0, 0, 0),
                new Wide(3, 0, CqeFlags.F_32, -round, round)),
            drainWide(fixture));
        assertEquals(0, fixture.completions.ready());
      }
      assertTrue(gaps > 0, "the queue's end was never in the middle of a completion");
    }
  }

  /** Mirrors liburing test/cq-peek-batch-mixed.c. */
  @Test
  void drainOfMixedCompletionsCountsCompletionsNotPlaces() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(SetupFlag.CQE_MIXED),
        KernelSupport.probe().reason(SetupFlag.CQE_MIXED));
    RingOptions options = small().require(SetupFlag.CQE_MIXED).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int round = 0; round < ROUNDS; round++) {
        wideNop(fixture, 1, 8, 9);
        fixture.next(2).nop();
        wideNop(fixture, 3, 8, 9);
        assertEquals(3, fixture.ring.submit());
        List<Long> seen = new ArrayList<>();
        CompletionSink sink = (userData, result, flags) -> seen.add(userData);
        assertEquals(0, fixture.completions.drain(sink, 0));
        assertEquals(2, fixture.completions.drain(sink, 2));
        assertEquals(List.of(1L, 2L), seen);
        assertEquals(1, fixture.completions.drain(sink, 2));
        assertEquals(List.of(1L, 2L, 3L), seen);
      }
    }
  }

  /** Mirrors liburing test/nop32-overflow.c. */
  @Test
  void wideCompletionsThatOverflowAreKeptWhole() throws Exception {
    for (SetupFlag flag : List.of(SetupFlag.CQE32, SetupFlag.CQE_MIXED)) {
      if (!KernelSupport.probe().supports(flag)) {
        continue;
      }
      try (RingFixture fixture = RingFixture.open(small().require(flag).build())) {
        int count = 5 * ENTRIES;
        for (int index = 0; index < count; index++) {
          wideNop(fixture, index, 100 + index, 200 + index);
          assertEquals(1, fixture.ring.submit());
        }
        assertTrue(fixture.ring.completionOverflowed());
        List<Wide> seen = new ArrayList<>();
        while (seen.size() < count) {
          List<Wide> more = drainWide(fixture);
          assertFalse(more.isEmpty(), fixture::toString);
          seen.addAll(more);
          int result = fixture.ring.getEvents();
          assertTrue(result == 0 || result == -Errno.EBUSY, () -> Errno.describe(result));
        }
        for (int index = 0; index < count; index++) {
          int flags = flag == SetupFlag.CQE_MIXED ? CqeFlags.F_32 : 0;
          assertEquals(new Wide(index, 0, flags, 100 + index, 200 + index), seen.get(index));
        }
        assertFalse(fixture.ring.completionOverflowed());
      }
    }
  }

  /** Mirrors liburing test/nop32.c: a ring with small completions only. */
  @Test
  void ringWithoutWideCompletionsRefusesTheOperationThatWantsThem() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      wideNop(fixture, 1, 2, 3);
      assertEquals(-Errno.EINVAL, fixture.await(1L).result());
      fixture.next(2).nop();
      assertEquals(1, fixture.ring.submitAndWait(1, -1));
      assertEquals(List.of(new Wide(2, 0, 0, 0, 0)), drainWide(fixture));
    }
  }

  @Test
  void sinkThatThrowsConsumesItsWideCompletion() throws Exception {
    for (SetupFlag flag : List.of(SetupFlag.CQE32, SetupFlag.CQE_MIXED)) {
      if (!KernelSupport.probe().supports(flag)) {
        continue;
      }
      try (RingFixture fixture = RingFixture.open(small().require(flag).build())) {
        wideNop(fixture, 1, 11, 12);
        wideNop(fixture, 2, 21, 22);
        assertEquals(2, fixture.ring.submitAndWait(2, -1));
        assertThrows(
            IllegalStateException.class,
            () ->
                fixture.completions.drainWide(
                    (userData, result, flags, first, second) -> {
                      throw new IllegalStateException("sink");
                    },
                    8));
        List<Wide> seen = drainWide(fixture);
        assertEquals(1, seen.size());
        assertEquals(2, seen.get(0).userData());
        assertEquals(22, seen.get(0).second());
      }
    }
  }

  /** Mirrors liburing test/sqe-mixed-nop.c, also where the kernel has none yet. */
  @Test
  void nopOf128BytesIsDoneOrRefusedAsTheProbeSays() throws Exception {
    RingOptions options =
        RingOptions.proactorDefaults().toBuilder()
            .submissionEntries(4)
            .require(SetupFlag.SQE128)
            .build();
    try (RingFixture fixture = RingFixture.open(options)) {
      fixture.submissions.next128().nop128().userData(1);
      int expected = KernelSupport.probe().supports(Opcode.NOP128) ? 0 : -Errno.EINVAL;
      assertEquals(expected, fixture.await(1L).result());
    }
  }
}
