package millrace.proactor.backend;

import java.util.function.Consumer;

/**
 * The members of chains that wait for the one before them. A cancel does not find them in the
 * kernel, which has them in no list: it is remembered here, and takes effect when they begin.
 *
 * <p>Loop thread only.
 */
public final class ChainMembers {

  private final OperationTable table;
  private final Consumer<Operation> cancelOnDescriptor = this::cancelOnDescriptor;
  private int waiting;
  private int descriptor;

  /**
   * @param table the slots
   */
  public ChainMembers(OperationTable table) {
    this.table = table;
  }

  /** A chain was submitted. */
  public void submitted(Operation first) {
    for (Operation each = first.chainNext; each != null; each = each.chainNext) {
      waiting++;
    }
  }

  /**
   * {@code operation} has ended: cuts it off from the rest.
   *
   * @return the member behind it, which waits no more; null when there is none
   */
  public Operation advance(Operation operation) {
    assert operation.chainPrevious == null : "ended before the one before it: " + operation;
    Operation next = operation.chainNext;
    if (next != null) {
      operation.chainNext = null;
      next.chainPrevious = null;
      waiting--;
    }
    return next;
  }

  /** Remembers that the end of {@code operation} was asked for, if it waits. */
  public void cancel(Operation operation) {
    if (operation.chainPrevious != null) {
      operation.cancelRequested = true;
    }
  }

  /** As {@link #cancel}, for all that wait to begin on a descriptor. */
  public void cancelDescriptor(int onDescriptor) {
    if (waiting > 0) {
      descriptor = onDescriptor;
      table.forEachInFlight(cancelOnDescriptor);
    }
  }

  private void cancelOnDescriptor(Operation operation) {
    if (operation.descriptor == descriptor && operation.kind.isOnDescriptor()) {
      cancel(operation);
    }
  }
}
