package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import millrace.uring.abi.IoUring;
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
public sealed class CompletionQueue permits MixedCompletionQueue {
  static final int WIDE_BYTES = 32;

  // Entries are aligned; these layouts only spare each access the question whether it is.
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final long USER_DATA = io_uring_cqe.user_data$offset();
  private static final long RESULT = io_uring_cqe.res$offset();
  private static final long FLAGS = io_uring_cqe.flags$offset();
  private static final long FIRST_EXTRA = io_uring_cqe.sizeof();
  private static final long SECOND_EXTRA = FIRST_EXTRA + Long.BYTES;

  private final Ring ring;
  private final int entryShift;

  // Replaced when the ring is resized.
  private MemorySegment memory;
  private long headOffset;
  private long tailOffset;
  private long overflowOffset;
  private long flagsOffset;
  private long entriesOffset;
  private int entries;
  private int mask;
  private boolean draining;

  CompletionQueue(Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    this.ring = ring;
    this.entryShift = QueueSizes.completionShift(granted);
    assert FLAGS == RESULT + Integer.BYTES : "not a pair";
    setMemory(memory, parameters);
  }

  static CompletionQueue of(
      Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    return granted.contains(SetupFlag.CQE_MIXED)
        ? new MixedCompletionQueue(ring, memory, parameters, granted)
        : new CompletionQueue(ring, memory, parameters, granted);
  }

  /** Goes over to other memory, to which the kernel has copied what is ready. */
  final void setMemory(RingMemory memory, MemorySegment parameters) {
    MemorySegment offsets = io_uring_params.cq_off(parameters);
    this.memory = memory.completionRing();
    this.headOffset = io_cqring_offsets.head(offsets);
    this.tailOffset = io_cqring_offsets.tail(offsets);
    this.overflowOffset = io_cqring_offsets.overflow(offsets);
    this.flagsOffset = io_cqring_offsets.flags(offsets);
    this.entriesOffset = io_cqring_offsets.cqes(offsets);
    this.entries = io_uring_params.cq_entries(parameters);
    this.mask = entries - 1;
    assert Integer.bitCount(entries) == 1 : "the kernel rounds to a power of two: " + entries;
  }

  /** Forgets memory of the application, which may be unmapped once the ring is closed. */
  final void close() {
    memory = RingMemory.CLOSED;
  }

  /**
   * The number of entries of the queue, a power of two.
   *
   * @return what the kernel granted, at least what was asked for
   */
  public final int entries() {
    return entries;
  }

  /**
   * How many completions can be drained now, without a system call.
   *
   * @return 0 to {@link #entries}; with {@link SetupFlag#CQE_MIXED} the places they take, where a
   *     completion of 32 bytes takes two and a gap at the queue's end one
   */
  public final int ready() {
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
    checkNotDraining();
    Arguments.notNegative("limit", limit);
    int first = head();
    int end = first + Math.min((int) RingMemory.INT.getAcquire(memory, tailOffset) - first, limit);
    int next = first;
    // Read once: a ring is not resized while it is drained.
    MemorySegment queue = memory;
    long base = entriesOffset;
    int places = mask;
    int shift = entryShift;
    draining = true;
    try {
      while (next != end) {
        long entry = base + ((long) (next & places) << shift);
        long userData = queue.get(LONG, entry + USER_DATA);
        long outcome = queue.get(LONG, entry + RESULT);
        next++;
        sink.completion(userData, IntPair.first(outcome), IntPair.second(outcome));
      }
    } finally {
      draining = false;
      // Release: the entries below the head have been read before the kernel may write them anew.
      RingMemory.INT.setRelease(memory, headOffset, next);
    }
    return next - first;
  }

  /**
   * Hands over completions like {@link #drain}, each with the 16 bytes that follow it in an entry
   * of 32 bytes.
   *
   * @param sink called once for each completion; may submit, must not drain
   * @param limit the most completions to hand over, 0 or more
   * @return how many completions were handed over
   */
  public int drainWide(WideCompletionSink sink, int limit) {
    boolean wide = 1 << entryShift == WIDE_BYTES;
    int first = beginDrain(limit);
    int end = first + Math.min(ready(), limit);
    int next = first;
    try {
      while (next != end) {
        long entry = entry(next);
        next++;
        handOver(sink, entry, wide);
      }
    } finally {
      endDrain(next);
    }
    return next - first;
  }

  /** A drain inside of one would hand completions over twice. */
  private void checkNotDraining() {
    if (draining) {
      throw new IllegalStateException("drain called from a completion sink");
    }
  }

  /** Checks what holds for each drain, and returns the head. */
  final int beginDrain(int limit) {
    assert ring.isOwner() : ring.ownerViolation();
    checkNotDraining();
    Arguments.notNegative("limit", limit);
    int head = head();
    draining = true;
    return head;
  }

  /** Gives the entries below {@code head} back to the kernel. */
  final void endDrain(int head) {
    draining = false;
    // Release: the entries below the head have been read before the kernel may write them anew.
    RingMemory.INT.setRelease(memory, headOffset, head);
  }

  /** Where the entry at a place is. */
  final long entry(int place) {
    return entriesOffset + ((long) (place & mask) << entryShift);
  }

  final int entryFlags(long entry) {
    return memory.get(INT, entry + FLAGS);
  }

  final void handOver(CompletionSink sink, long entry) {
    sink.completion(
        memory.get(LONG, entry + USER_DATA), memory.get(INT, entry + RESULT), entryFlags(entry));
  }

  final void handOver(WideCompletionSink sink, long entry, boolean wide) {
    sink.completion(
        memory.get(LONG, entry + USER_DATA),
        memory.get(INT, entry + RESULT),
        entryFlags(entry),
        wide ? memory.get(LONG, entry + FIRST_EXTRA) : 0,
        wide ? memory.get(LONG, entry + SECOND_EXTRA) : 0);
  }

  /**
   * Switches the signals of a registered eventfd off or on (IORING_CQ_EVENTFD_DISABLED).
   *
   * @throws IllegalStateException before Linux 5.8, which brought the flag
   */
  final void setEventfdDisabled(boolean disabled) {
    if (flagsOffset == 0) {
      throw new IllegalStateException("IORING_CQ_EVENTFD_DISABLED needs Linux 5.8");
    }
    RingMemory.INT.setRelease(
        memory, flagsOffset, disabled ? IoUring.IORING_CQ_EVENTFD_DISABLED() : 0);
  }

  final boolean isDraining() {
    return draining;
  }

  final int overflow() {
    return (int) RingMemory.INT.getAcquire(memory, overflowOffset);
  }

  // Written by this side only, so a plain read sees the last release.
  private int head() {
    return (int) RingMemory.INT.get(memory, headOffset);
  }
}
