package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** The path of every operation allocates nothing. */
class AllocationTest {
  private static final int ROUNDS = 20_000;
  private static final int BATCH = 4;
  private static final int MAXIMUM_ATTEMPTS = 100;
  private static final long SECOND_NANOS = 1_000_000_000;

  private final long[] completed = new long[1];

  @Test
  void submittingWaitingReapingAndRecyclingAllocateNothing() throws Exception {
    CompletionSink sink = (userData, result, flags) -> completed[0]++;
    try (RingFixture fixture = RingFixture.open(8, 16);
        ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, 1, 8)) {
      long address = fixture.buffer(64);
      assertAllocatesNothing(() -> rounds(fixture, group, address, sink));
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
        ring.submitAndWait(1, SECOND_NANOS);
      }
    }
  }

  @Test
  void wideEntriesAndArgumentsOfWaitsAllocateNothing() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_MEM_REGION), "6.13");
    WideCompletionSink sink = (userData, result, flags, first, second) -> completed[0]++;
    RingOptions options =
        RingOptions.proactorDefaults().toBuilder()
            .require(SetupFlag.SQE128, SetupFlag.CQE32)
            .build();
    Ring ring = Ring.open(options);
    RegisteredWaits waits = RegisteredWaits.register(ring, 2);
    try (RingFixture fixture = new RingFixture(ring)) {
      GetEventsArgument argument = new GetEventsArgument(ring);
      assertAllocatesNothing(() -> wideRounds(fixture, argument, waits, sink));
    }
  }

  private static void wideRounds(
      RingFixture fixture,
      GetEventsArgument argument,
      RegisteredWaits waits,
      WideCompletionSink sink) {
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < BATCH; i++) {
        fixture.submissions.next128().nop().userData(i);
      }
      if ((round & 1) == 0) {
        argument.timeout(SECOND_NANOS).minWait(round & 15).submitAndWait(BATCH);
      } else {
        waits.set(1, SECOND_NANOS, round & 15);
        waits.submitAndWait(BATCH, 1);
      }
      fixture.completions.drainWide(sink, BATCH);
    }
  }

  // The JIT decides when it compiles what; a path that really allocates has no clean attempt.
  private void assertAllocatesNothing(Runnable rounds) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = Long.MAX_VALUE;
    int attempts = 0;
    while (attempts < MAXIMUM_ATTEMPTS && allocated >= ROUNDS) {
      long before = threads.getCurrentThreadAllocatedBytes();
      rounds.run();
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
      attempts++;
    }
    assertEquals((long) attempts * ROUNDS * BATCH, completed[0]);
    // Less than a byte a round: the smallest object has 16.
    assertTrue(allocated < ROUNDS, allocated + " bytes in " + ROUNDS + " rounds");
  }
}
