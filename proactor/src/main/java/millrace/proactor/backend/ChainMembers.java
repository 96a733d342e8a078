package millrace.proactor.backend;

/**
 * The members of chains that have not begun. A cancel does not find them in the kernel, which has
 * them in no list: it is remembered here, and takes effect when their time has come.
 *
 * <p>Loop thread only. A list through the operations themselves: nothing is allocated.
 */
public final class ChainMembers {

  private Operation newest;

  /** {@code first} waits, and all that follow it. */
  public void await(Operation first) {
    for (Operation each = first; each != null; each = each.chainNext) {
      assert !each.awaitsBeginning : "submitted twice: " + each;
      each.awaitsBeginning = true;
      each.waitingOlder = newest;
      if (newest != null) {
        newest.waitingNewer = each;
      }
      newest = each;
    }
  }

  /** {@code operation} waits no more, if it has: it begins, or ends without. */
  public void remove(Operation operation) {
    if (!operation.awaitsBeginning) {
      return;
    }
    operation.awaitsBeginning = false;
    if (operation.waitingNewer == null) {
      newest = operation.waitingOlder;
    } else {
      operation.waitingNewer.waitingOlder = operation.waitingOlder;
    }
    if (operation.waitingOlder != null) {
      operation.waitingOlder.waitingNewer = operation.waitingNewer;
    }
    operation.waitingOlder = null;
    operation.waitingNewer = null;
  }

  /**
   * {@code operation} has ended: cuts it off from the rest.
   *
   * @return the member behind it, whose time has come; null when there is none
   */
  public static Operation advance(Operation operation) {
    assert operation.chainPrevious == null : "ended before the one before it: " + operation;
    Operation next = operation.chainNext;
    if (next != null) {
      operation.chainNext = null;
      next.chainPrevious = null;
    }
    return next;
  }

  /**
   * Remembers that the end of {@code operation} was asked for, if it waits.
   *
   * @return whether it does
   */
  public boolean cancel(Operation operation) {
    if (operation.awaitsBeginning) {
      operation.cancelRequested = true;
    }
    return operation.awaitsBeginning;
  }

  /** As {@link #cancel}, for all that wait to begin on {@code descriptor}. */
  public void cancelDescriptor(int descriptor) {
    for (Operation each = newest; each != null; each = each.waitingOlder) {
      if (each.descriptor == descriptor && each.kind.isOnDescriptor()) {
        each.cancelRequested = true;
      }
    }
  }
}
