package millrace.proactor.backend;

import millrace.proactor.OperationHandler;
import millrace.proactor.buffer.BufferSlice;

/**
 * One slot of the {@link OperationTable}: everything that the kernel or the dispatcher needs of an
 * operation from submission to its terminal completion. Slots are reused; the generation tells one
 * use from the next.
 *
 * <p>{@code buffer} and {@code secondBuffer} are references that the slot owns: whatever memory the
 * kernel was given lies in them, and they are released at the terminal completion, never before.
 *
 * <p>Loop thread only.
 */
public final class Operation {

  /** What {@link #timeoutNanos} says when there is no deadline. */
  public static final long NO_TIMEOUT = 0;

  final int index;
  int generation;
  boolean reserved;
  boolean inUse;

  public OperationKind kind;
  public int descriptor;
  public long address;
  public long secondAddress;
  public int length;
  public long offset;
  public int operationFlags;
  public int mode;
  public int bufferGroup;
  public long timeoutNanos;

  public OperationHandler handler;
  public long context;
  public Object attachment;
  public BufferSlice buffer;
  public BufferSlice secondBuffer;

  /**
   * The next member of the chain, which begins when this operation has ended; null when there is
   * none, or no more.
   */
  public Operation chainNext;

  /** The member before, until that has ended. */
  public Operation chainPrevious;

  /** Whether the next member begins however this one ends (IOSQE_IO_HARDLINK). */
  public boolean hardLink;

  /**
   * Whether its end was asked for before it has begun, the submission included: then it does not
   * begin, unless the kernel has it already. Of {@link ChainMembers} also later.
   */
  public boolean cancelRequested;

  /** Whether it is one of {@link ChainMembers}. */
  boolean isChainMember;

  /** Whether it is, and has not begun. */
  boolean awaitsBeginning;

  /** In the list of {@link ChainMembers}. */
  Operation memberOlder;

  Operation memberNewer;

  /** For the backend: whether the kernel has nothing of it but a place in its chain. */
  public boolean withoutBeginning;

  /** For the backend: how often a cancel that was asked for has not found it. */
  public int cancelsInVain;

  /** For the backend: completions still to come before the slot may be given back. */
  public int awaitedCompletions;

  /** For the backend: the operation's own result, kept until its linked timeout has ended too. */
  public int result;

  /** For the backend: the flags that came with {@link #result}. */
  public int resultFlags;

  /** For the backend: whether the linked timeout fired. */
  public boolean timedOut;

  Operation(int index) {
    this.index = index;
  }

  /** Whether it is a member of a chain that has not begun. */
  public boolean awaitsBeginning() {
    return awaitsBeginning;
  }

  /** The slot's number, 0 to the table's capacity - 1. */
  public int index() {
    return index;
  }

  /** Generation and slot number; never 0, never used twice within 2^32 uses of the slot. */
  public long token() {
    return ((long) generation << 32) | index;
  }

  @Override
  public String toString() {
    return kind
        + "[slot="
        + index
        + ", generation="
        + generation
        + ", fd="
        + descriptor
        + ", length="
        + length
        + ", offset="
        + offset
        + "]";
  }
}
