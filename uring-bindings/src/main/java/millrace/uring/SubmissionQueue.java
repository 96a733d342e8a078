package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_params;

/**
 * The submission queue of a {@link Ring}: entries are prepared here and handed to the kernel by
 * {@link Ring#submit} or {@link Ring#submitAndWait}.
 *
 * <p>Owner thread only. Nothing is allocated. The kernel copies an entry when it consumes it;
 * memory an entry <em>points to</em> belongs to the kernel until the operation's terminal
 * completion.
 *
 * <p>After {@link Ring#close} every method throws {@link IllegalStateException}.
 */
public sealed class SubmissionQueue permits RewindSubmissionQueue {
  private static final int WIDE_SHIFT = Integer.numberOfTrailingZeros(Sqe.BIG_BYTES);

  private final Ring ring;
  private final boolean kernelThread;
  private final boolean mixed;
  private final int entryShift;

  // Replaced when the ring is resized.
  private MemorySegment memory;
  private MemorySegment entryMemory;
  private long headOffset;
  private long tailOffset;
  private long flagsOffset;
  private long droppedOffset;
  private int entries;
  private int mask;
  private Sqe cursor;

  // The tail up to which entries are prepared; the kernel sees it from the next publish() on.
  private int tail;

  // The tail at which the queue was full when the kernel's head was last read. The head only moves
  // on, so there is at least this much room, and next() need not read it for each entry.
  private int knownFullTail;

  SubmissionQueue(Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    this.ring = ring;
    this.kernelThread = granted.contains(SetupFlag.SQPOLL);
    this.mixed = granted.contains(SetupFlag.SQE_MIXED);
    this.entryShift = QueueSizes.submissionShift(granted);
    setMemory(memory, parameters);
    this.tail = (int) RingMemory.INT.get(this.memory, tailOffset);
    this.knownFullTail = tail;
  }

  static SubmissionQueue of(
      Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    return granted.contains(SetupFlag.SQ_REWIND)
        ? new RewindSubmissionQueue(ring, memory, parameters, granted)
        : new SubmissionQueue(ring, memory, parameters, granted);
  }

  /** Goes over to other memory, to which the kernel has copied the entries it has not consumed. */
  final void setMemory(RingMemory memory, MemorySegment parameters) {
    MemorySegment offsets = io_uring_params.sq_off(parameters);
    this.memory = memory.submissionRing();
    this.entryMemory = memory.submissionEntries();
    this.headOffset = io_sqring_offsets.head(offsets);
    this.tailOffset = io_sqring_offsets.tail(offsets);
    this.flagsOffset = io_sqring_offsets.flags(offsets);
    this.droppedOffset = io_sqring_offsets.dropped(offsets);
    this.entries = io_uring_params.sq_entries(parameters);
    this.mask = entries - 1;
    this.cursor = new Sqe(entryMemory);
    this.knownFullTail = tail;
    assert Integer.bitCount(entries) == 1 : "the kernel rounds to a power of two: " + entries;
  }

  /** Forgets memory of the application, which may be unmapped once the ring is closed. */
  final void close() {
    memory = RingMemory.CLOSED;
    entryMemory = RingMemory.CLOSED;
    cursor = new Sqe(RingMemory.CLOSED);
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
   * How many entries can be prepared before the next submit.
   *
   * @return 0 when the queue is full, at most {@link #entries}
   */
  public final int room() {
    knownFullTail = head() + entries;
    return knownFullTail - tail;
  }

  /**
   * How many entries are prepared and not yet consumed. Taken from the kernel's own head: a system
   * call that fails may have consumed some entries before it failed.
   *
   * @return 0 to {@link #entries}
   */
  public final int pending() {
    return tail - head();
  }

  /**
   * Tells whether a chain fits. Entries linked by {@link Sqe#link} must reach the kernel in one
   * submit, or the chain ends at the cut ({@code io_uring_linked_requests(7)}); so ask before
   * preparing its first entry, and submit first when the answer is no.
   *
   * @param count the length of the chain, 1 to {@link #entries}
   * @return true when the next {@code count} calls of {@link #next} will succeed
   */
  public final boolean reserve(int count) {
    Arguments.inRange("count", count, 1, entries);
    return room() >= count;
  }

  /**
   * Takes the next entry, with all its bytes zero, which is a valid no-op. It is handed to the
   * kernel with the next submit, prepared or not.
   *
   * @return the cursor of this queue at the new entry: the same object each time, valid until the
   *     next call
   * @throws IllegalStateException when {@link #room} is 0
   */
  public final Sqe next() {
    assert ring.isOwner() : ring.ownerViolation();
    if (tail == knownFullTail && room() == 0) {
      throw full();
    }
    cursor.moveTo((long) (tail & mask) << entryShift);
    tail++;
    return cursor;
  }

  /**
   * Tells whether {@link #next128} will succeed. Where the queue has both sizes of entries, a wide
   * one takes two places, and one more when they would lie on both sides of the queue's end.
   *
   * @return false also where the ring has no entries of 128 bytes
   */
  public final boolean hasRoom128() {
    return entryShift == WIDE_SHIFT ? room() >= 1 : mixed && room() >= 2 + paddingBefore128();
  }

  /**
   * Takes the next entry of 128 bytes, all of them zero, on a ring with {@link SetupFlag#SQE128} or
   * {@link SetupFlag#SQE_MIXED}. On the latter only the operations made for it may be prepared in
   * it, such as {@link Opcode#NOP128} and {@link Opcode#URING_CMD128}. There an entry that would
   * lie on both sides of the queue's end is preceded by a no-op without a completion: do not link
   * an entry to one that is taken by this method.
   *
   * @return the cursor of this queue at the new entry: the same object each time, valid until the
   *     next call
   * @throws IllegalStateException when {@link #hasRoom128} is false
   */
  public final Sqe next128() {
    assert ring.isOwner() : ring.ownerViolation();
    if (!hasRoom128()) {
      throw no128();
    }
    if (mixed && paddingBefore128() == 1) {
      next().nop().flags(SqeFlags.CQE_SKIP_SUCCESS);
    }
    cursor.moveToBig((long) (tail & mask) << entryShift);
    tail += mixed ? 2 : 1;
    return cursor;
  }

  private int paddingBefore128() {
    return (tail & mask) == mask ? 1 : 0;
  }

  private IllegalStateException no128() {
    return entryShift == WIDE_SHIFT || mixed
        ? full()
        : new IllegalStateException("next128: the ring has neither SQE128 nor SQE_MIXED");
  }

  private IllegalStateException full() {
    return new IllegalStateException(
        "submission queue full: all " + entries + " entries wait for a submit");
  }

  /**
   * Shows the prepared entries to the kernel.
   *
   * @return how many entries it has not consumed
   */
  int publish() {
    // Release: the kernel reads the tail with acquire and then the entries below it.
    RingMemory.INT.setRelease(memory, tailOffset, tail);
    return tail - head();
  }

  /** True when a kernel thread consumes the queue and sleeps, so that it must be woken. */
  final boolean needsWakeup() {
    if (!kernelThread) {
      return false;
    }
    // The store of the tail must not be overtaken by the load of the flag: the kernel thread sets
    // the flag and then looks at the tail once more (io_uring_setup(2), IORING_SETUP_SQPOLL).
    VarHandle.fullFence();
    return (flags() & IoUring.IORING_SQ_NEED_WAKEUP()) != 0;
  }

  final boolean consumedByKernelThread() {
    return kernelThread;
  }

  /**
   * Sees the result of each system call that submits.
   *
   * @param result the number of entries consumed or -errno
   * @return the result
   */
  int entered(int result) {
    return result;
  }

  /** The tail that {@link #publish} is to show. */
  final int tail() {
    return tail;
  }

  /** Moves the entries from {@code first} on, which were not consumed, to the queue's begin. */
  final void moveToBegin(int first) {
    long offset = (long) first << entryShift;
    long bytes = ((long) tail << entryShift) - offset;
    MemorySegment.copy(entryMemory, offset, entryMemory, 0, bytes);
    tail -= first;
    knownFullTail = tail;
  }

  /** The queue's flags, {@code IORING_SQ_*}, which the kernel changes at any time. */
  final int flags() {
    return (int) RingMemory.INT.getAcquire(memory, flagsOffset);
  }

  final int dropped() {
    return (int) RingMemory.INT.getAcquire(memory, droppedOffset);
  }

  private int head() {
    return (int) RingMemory.INT.getAcquire(memory, headOffset);
  }
}
