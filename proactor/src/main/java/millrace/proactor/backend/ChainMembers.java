package millrace.proactor.backend;

import java.util.function.Consumer;

/**
 * The members of chains that a cancel may miss. Those that have not begun it does not find in the
 * kernel, which has them in no list: it is remembered here, and takes effect when their time has
 * come. Where that is asked for, they stay when they begin: the kernel may still be on its way to
 * them.
 *
 * <p>Loop thread only. A list through the operations themselves: nothing is allocated.
 */
public final class ChainMembers {

  private Operation newest;

  /** {@code first} waits, and all that follow it. */
  public void await(Operation first) {
    for (Operation each = first; each != null; each = each.chainNext) {
      assert !each.isChainMember : "submitted twice: " + each;
      each.isChainMember = true;
      each.awaitsBeginning = true;
      each.memberOlder = newest;
      if (newest != null) {
        newest.memberNewer = each;
      }
      newest = each;
    }
  }

  /** {@code operation} waits no more, if it has, and stays. */
  public static void begin(Operation operation) {
    operation.awaitsBeginning = false;
  }

  /** {@code operation} is no more of these, if it was. */
  public void remove(Operation operation) {
    if (!operation.isChainMember) {
      return;
    }
    operation.isChainMember = false;
    operation.awaitsBeginning = false;
    if (operation.memberNewer == null) {
      newest = operation.memberOlder;
    } else {
      operation.memberNewer.memberOlder = operation.memberOlder;
    }
    if (operation.memberOlder != null) {
      operation.memberOlder.memberNewer = operation.memberNewer;
    }
    operation.memberOlder = null;
    operation.memberNewer = null;
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
   * Remembers that the end of {@code operation} was asked for, if it is one of these.
   *
   * @return whether it waits
   */
  public boolean cancel(Operation operation) {
    if (operation.isChainMember) {
      operation.cancelRequested = true;
    }
    return operation.awaitsBeginning;
  }

  /**
   * As {@link #cancel}, for all that are on {@code descriptor}.
   *
   * @param begun gets those that have begun
   */
  public void cancelDescriptor(int descriptor, Consumer<Operation> begun) {
    for (Operation each = newest; each != null; each = each.memberOlder) {
      if (each.descriptor == descriptor && each.kind.isOnDescriptor()) {
        each.cancelRequested = true;
        if (!each.awaitsBeginning) {
          begun.accept(each);
        }
      }
    }
  }
}
