package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** The path of every operation allocates nothing. */
class AllocationTest {
  private static final int WARM_UP_ROUNDS = 40_000;
  private static final int ROUNDS = 20_000;
  private static final int BATCH = 4;

  @Test
  void submittingWaitingReapingAndRecyclingAllocateNothing() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] completed = new long[1];
    CompletionSink sink = (userData, result, flags) -> completed[0]++;
    try (RingFixture fixture = RingFixture.open(8, 16);
        ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, 1, 8)) {
      long address = fixture.buffer(64);
      rounds(WARM_UP_ROUNDS, fixture, group, address, sink);
      long before = threads.getCurrentThreadAllocatedBytes();
      rounds(ROUNDS, fixture, group, address, sink);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertEquals((long) (WARM_UP_ROUNDS + ROUNDS) * BATCH, completed[0]);
      // Less than a byte a round: what the JIT's own events cost this thread, not the rounds.
      assertTrue(allocated < ROUNDS, allocated + " bytes in " + ROUNDS + " rounds");
    }
  }

  private static void rounds(
      int count, RingFixture fixture, ProvidedBufferRing group, long address, CompletionSink sink) {
    Ring ring = fixture.ring;
    for (int round = 0; round < count; round++) {
      for (int i = 0; i < BATCH; i++) {
        fixture.submissions.next().nop().userData(i);
      }
      group.add(address, 64, round & 7);
      group.publish();
      ring.submit();
      for (int seen = 0; seen < BATCH; seen += fixture.completions.drain(sink, BATCH)) {
        ring.submitAndWait(1, 1_000_000_000);
      }
    }
  }
}
