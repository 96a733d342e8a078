package millrace.proactor.backend.epoll;

import millrace.proactor.backend.Operation;

/** The pending operation of each slot of the table, made when first needed and kept. */
final class PendingOperations {

  private final PendingOperation[] slots;

  PendingOperations(int capacity) {
    this.slots = new PendingOperation[capacity];
  }

  /** Of an operation that is being submitted. */
  PendingOperation renew(Operation operation) {
    PendingOperation pending = slots[operation.index()];
    if (pending == null) {
      pending = new PendingOperation(operation);
      slots[operation.index()] = pending;
    }
    pending.reset();
    return pending;
  }

  /** Of an operation in flight; null when this backend has never had it. */
  PendingOperation of(Operation operation) {
    return slots[operation.index()];
  }
}
