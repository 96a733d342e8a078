package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.OperationKind;
import org.junit.jupiter.api.Test;

/** Deadlines of each kind of operation that waits, and timeouts. */
@BackendContract
class DeadlineContractTest extends EndContract {

  @Test
  void whatWaitsEndsWithItsDeadline() throws Exception {
    for (OperationKind kind : WAITING) {
      if (!kind.isMultishot()) {
        long began = fixture.backend.nanoTime();
        long waiting = submit(kind, descriptorOf(kind), BackendFixture.MOMENT_NANOS);
        assertEquals("ETIME", fixture.error(waiting), kind.toString());
        long took = fixture.backend.nanoTime() - began;
        assertTrue(took >= BackendFixture.MOMENT_NANOS, kind + " was early: " + took);
      }
    }
  }

  @Test
  void aDeadlineThatIsNotReachedChangesNothing() throws Exception {
    long read = submit(OperationKind.READ, emptyPipe[0], BackendFixture.HOUR_NANOS);
    fixture.letWait(read);
    peers.write(emptyPipe[1], "abc");
    assertEquals(3, fixture.await(read));
  }

  @Test
  void theLongestDeadlineIsNotPast() throws Exception {
    for (OperationKind kind : WAITING) {
      if (!kind.isMultishot()) {
        // The second finds clocks and queues that have moved.
        for (int round = 0; round < 2; round++) {
          long waiting = submit(kind, descriptorOf(kind), Long.MAX_VALUE);
          fixture.letWait(waiting);
          fixture.await(timeout(fixture.backend.nanoTime() + BackendFixture.MOMENT_NANOS));
          assertFalse(fixture.hasEnded(waiting), kind.toString());
          fixture.cancel(waiting);
          assertEquals("ECANCELED", fixture.error(waiting), kind.toString());
        }
      }
    }
  }

  private long timeout(long deadlineNanos) {
    return fixture.submit(OperationKind.TIMEOUT, -1, op -> op.offset = deadlineNanos);
  }

  @Test
  void aTimeoutEndsWhenItsInstantHasPassedOrWhenItIsCancelled() throws Exception {
    long now = fixture.backend.nanoTime();
    long past = timeout(now - 1);
    long later = timeout(now + 3 * BackendFixture.MOMENT_NANOS);
    long soon = timeout(now + BackendFixture.MOMENT_NANOS);
    long far = timeout(Long.MAX_VALUE);
    fixture.letWait(far);
    assertEquals("ETIME", fixture.error(soon));
    assertTrue(fixture.backend.nanoTime() - now >= BackendFixture.MOMENT_NANOS, "early");
    assertEquals("ETIME", fixture.error(later));
    assertTrue(fixture.backend.nanoTime() - now >= 3 * BackendFixture.MOMENT_NANOS, "early");
    assertEquals(List.of(past, soon, later), fixture.order());
    fixture.cancel(far);
    assertEquals("ECANCELED", fixture.error(far));
    long cancelledAtOnce = timeout(now + BackendFixture.HOUR_NANOS);
    fixture.cancel(cancelledAtOnce);
    assertEquals("ECANCELED", fixture.error(cancelledAtOnce));
  }

  @Test
  void deadlinesFireInTheirOrder() throws Exception {
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      long timeout = BackendFixture.MOMENT_NANOS * (10 - i);
      tokens.add(0, submit(OperationKind.READ, emptyPipe[0], timeout));
    }
    fixture.await(tokens.get(9));
    assertEquals(tokens, fixture.order());
  }
}
