package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_params;
import millrace.uring.abi.io_uring_sqe;

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
public final class SubmissionQueue {
  private static final long ENTRY_BYTES = io_uring_sqe.sizeof();

  private final Ring ring;
  private final MemorySegment memory;
  private final long headOffset;
  private final long tailOffset;
  private final long flagsOffset;
  private final long droppedOffset;
  private final int entries;
  private final int mask;
  private final boolean kernelThread;
  private final Sqe cursor;

  // The tail up to which entries are prepared; the kernel sees it from the next publish() on.
  private int tail;

  SubmissionQueue(Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    MemorySegment offsets = io_uring_params.sq_off(parameters);
    this.ring = ring;
    this.memory = memory.submissionRing();
    this.headOffset = io_sqring_offsets.head(offsets);
    this.tailOffset = io_sqring_offsets.tail(offsets);
    this.flagsOffset = io_sqring_offsets.flags(offsets);
    this.droppedOffset = io_sqring_offsets.dropped(offsets);
    this.entries = io_uring_params.sq_entries(parameters);
    this.mask = entries - 1;
    this.kernelThread = granted.contains(SetupFlag.SQPOLL);
    this.cursor = new Sqe(memory.submissionEntries());
    this.tail = (int) RingMemory.INT.get(this.memory, tailOffset);
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
   * How many entries can be prepared before the next submit.
   *
   * @return 0 when the queue is full, at most {@link #entries}
   */
  public int room() {
    return entries - pending();
  }

  /**
   * How many entries are prepared and not yet consumed. Taken from the kernel's own head: a system
   * call that fails may have consumed some entries before it failed.
   *
   * @return 0 to {@link #entries}
   */
  public int pending() {
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
  public boolean reserve(int count) {
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
  public Sqe next() {
    assert ring.isOwner() : ring.ownerViolation();
    if (tail - head() == entries) {
      throw full();
    }
    cursor.moveTo((tail & mask) * ENTRY_BYTES);
    tail++;
    return cursor;
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
  boolean needsWakeup() {
    if (!kernelThread) {
      return false;
    }
    // The store of the tail must not be overtaken by the load of the flag: the kernel thread sets
    // the flag and then looks at the tail once more (io_uring_setup(2), IORING_SETUP_SQPOLL).
    VarHandle.fullFence();
    return (flags() & IoUring.IORING_SQ_NEED_WAKEUP()) != 0;
  }

  boolean consumedByKernelThread() {
    return kernelThread;
  }

  /** The queue's flags, {@code IORING_SQ_*}, which the kernel changes at any time. */
  int flags() {
    return (int) RingMemory.INT.getAcquire(memory, flagsOffset);
  }

  int dropped() {
    return (int) RingMemory.INT.getAcquire(memory, droppedOffset);
  }

  private int head() {
    return (int) RingMemory.INT.getAcquire(memory, headOffset);
  }
}
