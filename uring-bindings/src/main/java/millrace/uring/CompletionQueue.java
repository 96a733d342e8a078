package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_uring_cqe;
import millrace.uring.abi.io_uring_params;

/**
 * The completion queue of a {@link Ring}: what the kernel has to report.
 *
 * <p>Owner thread only. Nothing is allocated: a completion is handed over as three numbers. Reading
 * it needs no system call, but with {@link SetupFlag#DEFER_TASKRUN} the kernel writes to it only
 * while the owner is inside {@link Ring#submit}, {@link Ring#submitAndWait} or {@link
 * Ring#getEvents}.
 *
 * <p>After {@link Ring#close} every method throws {@link IllegalStateException}.
 */
public final class CompletionQueue {
  private static final long ENTRY_BYTES = io_uring_cqe.sizeof();
  private static final long USER_DATA = io_uring_cqe.user_data$offset();
  private static final long RESULT = io_uring_cqe.res$offset();
  private static final long FLAGS = io_uring_cqe.flags$offset();

  private final Ring ring;
  private final MemorySegment memory;
  private final long headOffset;
  private final long tailOffset;
  private final long overflowOffset;
  private final long entriesOffset;
  private final int entries;
  private final int mask;
  private boolean draining;

  CompletionQueue(Ring ring, RingMemory memory, MemorySegment parameters) {
    MemorySegment offsets = io_uring_params.cq_off(parameters);
    this.ring = ring;
    this.memory = memory.completionRing();
    this.headOffset = io_cqring_offsets.head(offsets);
    this.tailOffset = io_cqring_offsets.tail(offsets);
    this.overflowOffset = io_cqring_offsets.overflow(offsets);
    this.entriesOffset = io_cqring_offsets.cqes(offsets);
    this.entries = io_uring_params.cq_entries(parameters);
    this.mask = entries - 1;
    assert Integer.bitCount(entries) == 1 : "the kernel rounds to a power of two: " + entries;
  }

  /**
   * The number of entries of the queue, a power of two.
   *
   * @return what the kernel granted, at least what was asked for
   */
  public int entries() {
    return entries;
  }

  /**
   * How many completions can be drained now, without a system call.
   *
   * @return 0 to {@link #entries}
   */
  public int ready() {
    return (int) RingMemory.INT.getAcquire(memory, tailOffset) - head();
  }

  /**
   * Hands completions that are ready at the time of the call to the sink, oldest first. What the
   * kernel adds meanwhile waits for the next call.
   *
   * <p>The entries are given back to the kernel when the call ends, also when the sink throws; the
   * completion it threw at counts as consumed.
   *
   * @param sink called once for each completion; may submit, must not drain
   * @param limit the most completions to hand over, 0 or more
   * @return how many completions were handed over
   */
  public int drain(CompletionSink sink, int limit) {
    assert ring.isOwner() : ring.ownerViolation();
    assert !draining : "drain called from a completion sink";
    Arguments.notNegative("limit", limit);
    int first = head();
    int end = first + Math.min((int) RingMemory.INT.getAcquire(memory, tailOffset) - first, limit);
    int next = first;
    draining = true;
    try {
      while (next != end) {
        long entry = entriesOffset + (next & mask) * ENTRY_BYTES;
        long userData = memory.get(ValueLayout.JAVA_LONG, entry + USER_DATA);
        int result = memory.get(ValueLayout.JAVA_INT, entry + RESULT);
        int flags = memory.get(ValueLayout.JAVA_INT, entry + FLAGS);
        next++;
        sink.completion(userData, result, flags);
      }
    } finally {
      draining = false;
      // Release: the entries below the head have been read before the kernel may write them anew.
      RingMemory.INT.setRelease(memory, headOffset, next);
    }
    return next - first;
  }

  boolean isDraining() {
    return draining;
  }

  int overflow() {
    return (int) RingMemory.INT.getAcquire(memory, overflowOffset);
  }

  // Written by this side only, so a plain read sees the last release.
  private int head() {
    return (int) RingMemory.INT.get(memory, headOffset);
  }
}
