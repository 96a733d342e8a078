package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/** Many times around a small ring. */
class SoakTest {
  private static final int OPERATIONS = 1_000_000;

  /** Every operation completes exactly once, in order, with its own number. */
  private static final class Sequence implements CompletionSink {
    int next;
    int wrong;

    @Override
    public void completion(long userData, int result, int flags) {
      if (userData != stamp(next) || result != 0 || flags != 0) {
        wrong++;
      }
      next++;
    }

    static long stamp(int sequence) {
      return sequence * 0x9E37_79B9_7F4A_7C15L;
    }
  }

  @Test
  void aMillionNoOpsPassThroughThirtyTwoEntries() throws Exception {
    try (RingFixture fixture = RingFixture.open(32, 64)) {
      Sequence sequence = new Sequence();
      int submitted = 0;
      while (sequence.next < OPERATIONS) {
        // Batches of all sizes, so that they end everywhere in the ring.
        int batch =
            Math.min(
                1 + submitted % fixture.submissions.entries(),
                Math.min(fixture.submissions.room(), OPERATIONS - submitted));
        for (int i = 0; i < batch; i++) {
          fixture.submissions.next().nop().userData(Sequence.stamp(submitted));
          submitted++;
        }
        assertEquals(batch, fixture.ring.submitAndWait(batch, -1));
        assertEquals(batch, fixture.completions.drain(sequence, Integer.MAX_VALUE));
      }
      assertEquals(OPERATIONS, submitted);
      assertEquals(OPERATIONS, sequence.next);
      assertEquals(0, sequence.wrong);
      assertEquals(0, fixture.submissions.pending());
      assertEquals(0, fixture.completions.ready());
      assertEquals(0, fixture.ring.droppedSubmissions());
      assertEquals(0, fixture.ring.overflowCount());
      assertFalse(fixture.ring.completionOverflowed());
    }
  }
}
