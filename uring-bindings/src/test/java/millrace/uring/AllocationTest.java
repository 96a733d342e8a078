package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** The path of every operation allocates nothing. */
class AllocationTest {
  private static final int ROUNDS = 20_000;
  private static final int BATCH = 4;
  private static final int MAXIMUM_ATTEMPTS = 100;

  @Test
  void submittingWaitingReapingAndRecyclingAllocateNothing() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] completed = new long[1];
    CompletionSink sink = (userData, result, flags) -> completed[0]++;
    try (RingFixture fixture = RingFixture.open(8, 16);
        ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, 1, 8)) {
      long address = fixture.buffer(64);
      // The JIT decides when it compiles what; a path that really allocates has no clean attempt.
      long allocated = Long.MAX_VALUE;
      int attempts = 0;
      while (attempts < MAXIMUM_ATTEMPTS && allocated >= ROUNDS) {
        long before = threads.getCurrentThreadAllocatedBytes();
        rounds(fixture, group, address, sink);
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
        attempts++;
      }
      assertEquals((long) attempts * ROUNDS * BATCH, completed[0]);
      // Less than a byte a round: the smallest object has 16.
      assertTrue(allocated < ROUNDS, allocated + " bytes in " + ROUNDS + " rounds");
    }
  }

  private static void rounds(
      RingFixture fixture, ProvidedBufferRing group, long address, CompletionSink sink) {
    Ring ring = fixture.ring;
    for (int round = 0; round < ROUNDS; round++) {
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
