package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The completion queue when it is too small. */
class CompletionOverflowTest {
  private static final int ENTRIES = 8;

  /** Mirrors liburing test/cq-overflow.c: nothing is dropped. */
  @Test
  void overflowIsDetectedAndNothingIsLost() throws Exception {
    try (RingFixture fixture = RingFixture.open(ENTRIES, ENTRIES)) {
      assertTrue(fixture.ring.features().contains(Feature.NODROP));
      List<Completion> expected = new ArrayList<>();
      for (int batch = 0; batch < 10; batch++) {
        for (int i = 0; i < ENTRIES; i++) {
          long userData = batch * 100L + i;
          fixture.next(userData).nop();
          expected.add(new Completion(userData, 0, 0));
        }
        int result = fixture.ring.submit();
        assertTrue(result == ENTRIES || result == -Errno.EBUSY, () -> Errno.describe(result));
        assertEquals(0, fixture.submissions.pending());
        assertEquals(batch > 0, fixture.ring.completionOverflowed(), () -> "" + fixture);
      }
      assertEquals(ENTRIES, fixture.completions.ready());
      // Each round makes room, and the next enter that asks for events fills it from the backlog.
      while (fixture.seen.size() < expected.size()) {
        assertTrue(fixture.drain() > 0, fixture::toString);
        int result = fixture.ring.getEvents();
        assertTrue(result == 0 || result == -Errno.EBUSY, () -> Errno.describe(result));
      }
      assertEquals(expected, fixture.seen);
      assertFalse(fixture.ring.completionOverflowed());
      assertEquals(0, fixture.ring.overflowCount(), "completions lost by the kernel");
    }
  }

  /** Mirrors liburing test/cq-overflow.c: flushing. */
  @Test
  void submitAsksForEventsOnceThereIsABacklogWithoutDeferredWork() throws Exception {
    RingOptions options =
        RingOptions.builder().submissionEntries(ENTRIES).completionEntries(ENTRIES).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int i = 0; i < 2 * ENTRIES; i++) {
        fixture.next(i).nop();
        fixture.ring.submit();
      }
      assertTrue(fixture.ring.completionOverflowed());
      assertEquals(ENTRIES, fixture.drain());
      fixture.ring.submit();
      assertEquals(ENTRIES, fixture.drain());
      assertFalse(fixture.ring.completionOverflowed());
      assertEquals(2 * ENTRIES, fixture.seen.size());
    }
  }
}
