package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_params;
import millrace.uring.abi.io_uring_sqe;
import org.junit.jupiter.api.Test;

/**
 * Queues whose rules only the newest kernels know: both sizes of submissions, and the queue that
 * begins anew with each call. The places of entries are checked in memory that no kernel has; the
 * kernel's own view where it has the flag.
 */
class MixedSubmissionsTest {
  private static final int ENTRIES = 4;
  private static final long SLOT_BYTES = io_uring_sqe.sizeof();

  /** A queue in memory of its own, of which the test plays the kernel. */
  private static final class Paper implements AutoCloseable {
    private static final int HEAD = 0;
    private static final int TAIL = 4;
    private static final int QUEUE_BYTES = 4096;

    final Arena arena = Arena.ofShared();
    final RingFixture owner = RingFixture.open();
    final MemorySegment memory = arena.allocate(2 * QUEUE_BYTES, QUEUE_BYTES);
    final SubmissionQueue queue;

    Paper(SetupFlag... flags) throws UringException {
      MemorySegment parameters = arena.allocate(io_uring_params.layout());
      io_uring_params.sq_entries(parameters, ENTRIES);
      io_uring_params.cq_entries(parameters, 2 * ENTRIES);
      MemorySegment submission = io_uring_params.sq_off(parameters);
      io_sqring_offsets.head(submission, HEAD);
      io_sqring_offsets.tail(submission, TAIL);
      io_sqring_offsets.flags(submission, 8);
      io_sqring_offsets.dropped(submission, 12);
      io_cqring_offsets.cqes(io_uring_params.cq_off(parameters), 64);
      Set<SetupFlag> granted = EnumSet.of(SetupFlag.NO_SQARRAY, flags);
      QueueSizes sizes = new QueueSizes(QUEUE_BYTES, QUEUE_BYTES);
      RingMemory adopted = RingMemory.adopt(memory, sizes, parameters, granted, arena);
      queue = SubmissionQueue.of(owner.ring, adopted, parameters, granted);
    }

    MemorySegment slot(int index) {
      return memory.asSlice(index * SLOT_BYTES, SLOT_BYTES);
    }

    long userData(int index) {
      return io_uring_sqe.user_data(slot(index));
    }

    int ringField(int offset) {
      return memory.get(ValueLayout.JAVA_INT, QUEUE_BYTES + (long) offset);
    }

    void consumeAll() {
      queue.publish();
      memory.set(ValueLayout.JAVA_INT, QUEUE_BYTES + (long) HEAD, ringField(TAIL));
    }

    @Override
    public void close() {
      owner.close();
      arena.close();
    }
  }

  /** Mirrors liburing test/sqe-mixed-boundary.c. */
  @Test
  void wideEntryThatWouldSpanTheQueuesEndIsPrecededByASilentNoOp() throws Exception {
    try (Paper paper = new Paper(SetupFlag.SQE_MIXED)) {
      for (int index = 0; index < 3; index++) {
        paper.queue.next().nop().userData(10 + index);
      }
      paper.consumeAll();
      paper.memory.asSlice(0, ENTRIES * SLOT_BYTES).fill((byte) -1);
      assertTrue(paper.queue.hasRoom128());
      paper.queue.next128().userData(20);
      assertEquals(3, paper.queue.pending(), "the no-op and two places");
      MemorySegment padding = paper.slot(3);
      assertEquals(Opcode.NOP.code(), io_uring_sqe.opcode(padding));
      assertEquals(SqeFlags.CQE_SKIP_SUCCESS, io_uring_sqe.flags(padding));
      assertEquals(20, paper.userData(0));
      assertEquals(
          -1,
          paper.slot(1).mismatch(paper.arena.allocate(SLOT_BYTES)),
          "the second half is cleared too");
      assertEquals(1, paper.queue.room());
      assertFalse(paper.queue.hasRoom128());
    }
  }

  /** Mirrors liburing test/sqe-mixed-nop.c: the places. */
  @Test
  void bothSizesOfEntriesAlternate() throws Exception {
    try (Paper paper = new Paper(SetupFlag.SQE_MIXED)) {
      paper.queue.next128().userData(1);
      paper.queue.next().nop().userData(2);
      assertFalse(paper.queue.hasRoom128(), "one place is left");
      assertThrows(IllegalStateException.class, paper.queue::next128);
      paper.queue.next().nop().userData(3);
      assertEquals(0, paper.queue.room());
      assertEquals(
          List.of(1L, 2L, 3L), List.of(paper.userData(0), paper.userData(2), paper.userData(3)));
      assertEquals(ENTRIES, paper.queue.publish());
    }
  }

  /** Mirrors liburing test/sqe-mixed-nop.c. */
  @Test
  void kernelTakesBothSizesInOneQueue() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(SetupFlag.SQE_MIXED),
        KernelSupport.probe().reason(SetupFlag.SQE_MIXED));
    RingOptions options =
        RingOptions.builder().submissionEntries(8).require(SetupFlag.SQE_MIXED).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int round = 0; round < 50; round++) {
        fixture.submissions.next128().nop128().userData(round);
        fixture.next(-round).nop();
        assertEquals(
            List.of(new Completion(round, 0, 0), new Completion(-round, 0, 0)), fixture.await(2));
        fixture.forget();
      }
    }
  }

  @Test
  void rewoundQueueNeverMovesItsHeadAndTail() throws Exception {
    try (Paper paper = new Paper(SetupFlag.SQ_REWIND)) {
      for (int round = 0; round < 3; round++) {
        for (int index = 0; index < ENTRIES; index++) {
          paper.queue.next().nop().userData(10L * round + index);
        }
        assertEquals(0, paper.queue.room());
        assertEquals(ENTRIES, paper.queue.publish());
        assertEquals(10L * round, paper.userData(0));
        assertEquals(ENTRIES, paper.queue.entered(ENTRIES));
        assertEquals(0, paper.queue.pending());
        assertEquals(0, paper.ringField(Paper.TAIL));
        assertEquals(0, paper.ringField(Paper.HEAD));
      }
    }
  }

  @Test
  void whatARewoundQueueDidNotConsumeMovesToItsBegin() throws Exception {
    try (Paper paper = new Paper(SetupFlag.SQ_REWIND)) {
      for (int index = 0; index < ENTRIES; index++) {
        paper.queue.next().nop().userData(index);
      }
      assertEquals(-Errno.EBUSY, paper.queue.entered(-Errno.EBUSY));
      assertEquals(ENTRIES, paper.queue.pending(), "a call that failed has consumed nothing");
      assertEquals(3, paper.queue.entered(3));
      assertEquals(1, paper.queue.pending());
      assertEquals(3, paper.userData(0));
      paper.queue.next().nop().userData(4);
      assertEquals(List.of(3L, 4L), List.of(paper.userData(0), paper.userData(1)));
    }
  }

  @Test
  void kernelTakesTheQueueFromItsBeginEachTime() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(SetupFlag.SQ_REWIND),
        KernelSupport.probe().reason(SetupFlag.SQ_REWIND));
    RingOptions options =
        RingOptions.builder()
            .submissionEntries(ENTRIES)
            .require(SetupFlag.NO_SQARRAY, SetupFlag.SQ_REWIND)
            .build();
    try (RingFixture fixture = RingFixture.open(options)) {
      for (int round = 0; round < 50; round++) {
        fixture.next(round).nop();
        assertEquals(List.of(new Completion(round, 0, 0)), fixture.await(1));
        fixture.forget();
      }
    }
  }
}
