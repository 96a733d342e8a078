package millrace.proactor;

import java.util.Arrays;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.LoopStatistics;

/**
 * Operations of which each begins when the one before it has succeeded: one submission instead of a
 * round trip for each. {@link Operations#beginChain} begins one.
 *
 * {@snippet :
 * try (OperationChain chain = proactor.operations().beginChain(2)) {
 *   chain.link().write(descriptor, record, position, Operations.NO_TIMEOUT, handler, WRITTEN, null);
 *   chain.link().sync(descriptor, true, handler, SYNCED, null);
 *   if (!chain.submit()) {
 *     // The loop is at its cap on operations, or ending: nothing was submitted.
 *   }
 * }
 * }
 *
 * <p><b>Order.</b> The operations of a chain are called members here. Each begins when the one
 * before it has ended, and is reported after it; all of them complete, each to its own handler.
 * Other operations go on beside a chain, and a handler comes too late to hold the next member up.
 *
 * <p><b>What ends a chain.</b> The members behind one that fails complete with {@code -ECANCELED}
 * and have done nothing. Failures are
 *
 * <ul>
 *   <li>every error, {@code -ETIME} of an exceeded deadline and {@code -ECANCELED} included;
 *   <li>a read or a write of fewer bytes than asked for, also 0 at the end of a file;
 *   <li>a receive or a send of fewer bytes than asked for, if it has {@code MSG_WAITALL}. Without
 *       it, 0 at the end of a stream is no failure.
 * </ul>
 *
 * <p>A {@link Operations#timeout} is a pause: the chain goes on when its time has come. A member of
 * {@link #hardLink()} lets the chain go on however it ends (IOSQE_IO_HARDLINK), unless the kernel
 * refuses its arguments as it takes the chain, see there.
 *
 * <p><b>Deadlines</b> count from the beginning of their member, not from the submission.
 *
 * <p><b>Cancel.</b> {@link Operations#cancel} of the member under way ends it and with it the
 * chain. A member that has not begun ends with {@code -ECANCELED} when its time has come, and has
 * done nothing; the rest follows unless its link is hard. That is certain on epoll, and on io_uring
 * when the task or handler that submits the chain cancels it, before {@link #submit} or after, or
 * when it stands behind a sync or a status without a hard link that has not been reported. The
 * other members the kernel of io_uring has by then, and begins each of them together with the end
 * of the one before: what completes at once, as a write may, is done before the cancel finds it,
 * and tells its own result. What has to wait is cancelled in any case. {@link
 * Operations#cancelDescriptor} means the members on the descriptor in the same way, those of an
 * open chain too. The end of the loop cancels all of them.
 *
 * <p><b>All or none.</b> {@link #submit} gives the whole chain to the kernel, or nothing of it.
 * {@link #close} of a chain that was not submitted gives up what was collected: no handler is
 * called, and the buffers are the caller's alone again. A chain that is left open by a handler is
 * closed so, and an {@link IllegalStateException} goes to the loop's {@code failureHandler}.
 *
 * <p><b>Bounds.</b> A chain fits into the submission queue as a whole ({@link
 * ProactorOptions#submissionEntries()}), where a member with a deadline takes two entries, and is
 * admitted as a whole under {@link ProactorOptions#maxOperationsInFlight()}. Multishot operations
 * cannot be members.
 *
 * <p><b>Threading.</b> Loop thread only. One object serves all chains of its loop, one after the
 * other: it is valid until it is submitted or closed. Nothing is allocated.
 *
 * <p>Linux 5.3 for chains, 5.5 for hard links and deadlines: io_uring_linked_requests(7), and
 * {@code IOSQE_IO_LINK} in io_uring_enter(2). The kernel itself does not end a chain at a sync or
 * status that fails (6.18); here it ends, and what follows is held back until their result is
 * known.
 */
public final class OperationChain implements AutoCloseable {

  private enum State {
    CLOSED,
    OPEN,
    /** Open, and there is no room for it. */
    REFUSED
  }

  private final OperationTable table;
  private final Backend backend;
  private final LoopStatistics statistics;
  private final int maxEntries;
  private final Operations collecting;
  private Operation[] members = new Operation[8];
  private State state = State.CLOSED;
  private int maxMembers;
  private int count;
  private int entries;
  private boolean hard;

  OperationChain(
      Operations operations,
      OperationTable table,
      Backend backend,
      LoopStatistics statistics,
      int maxEntries) {
    this.table = table;
    this.backend = backend;
    this.statistics = statistics;
    this.maxEntries = maxEntries;
    this.collecting = operations.collectingFor(this);
  }

  /**
   * @param refused whether the loop takes nothing any more
   */
  void begin(int newMaxMembers, boolean refused) {
    if (state != State.CLOSED) {
      throw new IllegalStateException(
          "the chain that was begun before is open: submit or close it first");
    }
    int most = Math.min(maxEntries, table.capacity());
    if (newMaxMembers < 1 || newMaxMembers > most) {
      throw new IllegalArgumentException("maxMembers: " + newMaxMembers + ", must be 1.." + most);
    }
    // Set aside, so that nobody else gets the slots between two members.
    state = refused || !table.reserve(newMaxMembers) ? State.REFUSED : State.OPEN;
    maxMembers = newMaxMembers;
    count = 0;
    entries = 0;
  }

  /**
   * The next operation submitted by what this returns is the next member, and so on; if it fails,
   * the members behind it are cancelled. What it returns is good for members only, and returns
   * {@link Operations#REFUSED} when there was no room for the chain.
   *
   * @return submits members
   * @throws IllegalStateException when the chain was submitted or closed
   */
  public Operations link() {
    checkOpen();
    hard = false;
    return collecting;
  }

  /**
   * As {@link #link}, for members that let the chain go on however they end (IOSQE_IO_HARDLINK). Of
   * the last member it means nothing.
   *
   * <p>Not on io_uring when the kernel refuses a member's arguments as it takes the chain, before
   * anything of that is done: an empty or too long path, a msghdr or sockaddr that is none, unknown
   * SOCK_* flags. All members then end with {@code -ECANCELED}, and this one with its error; those
   * up to a sync or status before it, which the kernel gets earlier, are done as usual.
   *
   * @return submits members
   * @throws IllegalStateException when the chain was submitted or closed
   */
  public Operations hardLink() {
    checkOpen();
    hard = true;
    return collecting;
  }

  /**
   * Submits the chain, and closes it.
   *
   * @return false when the loop is at its cap on operations, or ending: then nothing was submitted
   *     and no handler will be called
   * @throws IllegalStateException when it was submitted or closed before, or has no members
   */
  public boolean submit() {
    checkOpen();
    if (state == State.REFUSED) {
      state = State.CLOSED;
      return false;
    }
    if (count == 0) {
      throw new IllegalStateException("the chain has no members");
    }
    for (int index = 0; index < count; index++) {
      table.admit(members[index]);
      if (index > 0) {
        members[index].chainPrevious = members[index - 1];
        members[index - 1].chainNext = members[index];
      }
    }
    statistics.operations.add(count);
    Operation first = members[0];
    end(maxMembers - count);
    hand(first);
    return true;
  }

  private void hand(Operation first) {
    if (first.chainNext == null) {
      backend.submit(first);
    } else {
      backend.submitChain(first);
    }
  }

  /**
   * Closes the chain. One that was submitted goes on; one that was not is given up: nothing of it
   * is submitted, and no handler is called.
   */
  @Override
  public void close() {
    collecting.checkThread();
    if (state == State.OPEN) {
      for (int index = 0; index < count; index++) {
        giveUp(members[index]);
      }
      end(maxMembers);
    }
    state = State.CLOSED;
  }

  /** {@code unused} slots are no longer set aside. */
  private void end(int unused) {
    if (unused > 0) {
      table.unreserve(unused);
    }
    Arrays.fill(members, 0, count, null);
    state = State.CLOSED;
  }

  private void giveUp(Operation member) {
    BufferSlice buffer = member.buffer;
    BufferSlice secondBuffer = member.secondBuffer;
    table.free(member);
    EventLoop.unpin(buffer);
    EventLoop.unpin(secondBuffer);
  }

  boolean isOpen() {
    return state != State.CLOSED;
  }

  /**
   * Whether there is room for a member of {@code kind}.
   *
   * @return false when the chain was refused as a whole
   */
  boolean mayAdd(OperationKind kind) {
    checkOpen();
    if (kind.isMultishot()) {
      throw new IllegalStateException(
          kind + " completes many times, and cannot be a member of a chain");
    }
    if (state == State.OPEN && count == maxMembers) {
      throw new IllegalStateException(
          "the chain was begun for " + maxMembers + " members, and has them already");
    }
    return state == State.OPEN;
  }

  /** Takes a member, whose arguments are complete. */
  void add(Operation member) {
    int needed = member.timeoutNanos > 0 ? 2 : 1;
    if (entries + needed > maxEntries) {
      giveUp(member);
      throw new IllegalStateException(
          "the chain needs more than the "
              + maxEntries
              + " entries of the submission queue; a member with a deadline takes two");
    }
    entries += needed;
    member.hardLink = hard;
    if (count == members.length) {
      members = Arrays.copyOf(members, count * 2);
    }
    members[count++] = member;
  }

  /** Whether {@code operation} is a member and not submitted. */
  boolean holds(Operation operation) {
    for (int index = 0; index < count && isOpen(); index++) {
      if (members[index] == operation) {
        return true;
      }
    }
    return false;
  }

  /** The members on {@code descriptor} are not to begin. */
  void cancelDescriptor(int descriptor) {
    for (int index = 0; index < count && isOpen(); index++) {
      Operation member = members[index];
      if (member.descriptor == descriptor && member.kind.isOnDescriptor()) {
        member.cancelRequested = true;
      }
    }
  }

  /** How it is told that a handler has returned without closing it. */
  IllegalStateException leftOpen() {
    return new IllegalStateException(
        "a chain of " + count + " members was neither submitted nor closed: it was given up");
  }

  private void checkOpen() {
    collecting.checkThread();
    if (state == State.CLOSED) {
      throw new IllegalStateException("the chain was submitted or closed");
    }
  }
}
