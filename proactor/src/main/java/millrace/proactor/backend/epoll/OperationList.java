package millrace.proactor.backend.epoll;

/** A list of pending operations, first come first served, linked through themselves. */
final class OperationList {

  private PendingOperation first;
  private PendingOperation last;

  boolean isEmpty() {
    return first == null;
  }

  /** The oldest, which stays; null when there is none. */
  PendingOperation first() {
    return first;
  }

  void add(PendingOperation operation) {
    assert operation.list == null : "in two lists: " + operation;
    operation.list = this;
    operation.previous = last;
    operation.next = null;
    if (last == null) {
      first = operation;
    } else {
      last.next = operation;
    }
    last = operation;
  }

  @SuppressWarnings("ReferenceEquality") // Lists have identity, no value.
  void remove(PendingOperation operation) {
    assert operation.list == this : "not in this list: " + operation;
    operation.list = null;
    if (operation.previous == null) {
      first = operation.next;
    } else {
      operation.previous.next = operation.next;
    }
    if (operation.next == null) {
      last = operation.previous;
    } else {
      operation.next.previous = operation.previous;
    }
    operation.next = null;
    operation.previous = null;
  }

  /** Removes the oldest; null when there is none. */
  PendingOperation poll() {
    PendingOperation operation = first;
    if (operation != null) {
      remove(operation);
    }
    return operation;
  }
}
