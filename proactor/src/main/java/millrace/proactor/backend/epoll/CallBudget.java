package millrace.proactor.backend.epoll;

import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.backend.CompletionTarget;

/**
 * How much one descriptor and one turn may still do, and the way by which multishot operations
 * deliver what is not their last completion. Loop thread only.
 */
final class CallBudget {

  /** Calls on one descriptor before the next one has its turn: 128 KiB of default buffers. */
  private static final int CALLS_PER_DESCRIPTOR = 16;

  private final BackendStatistics statistics;
  private CompletionTarget target;
  private int callsLeft;
  private int deliveriesLeft;

  CallBudget(BackendStatistics statistics) {
    this.statistics = statistics;
  }

  void target(CompletionTarget newTarget) {
    target = newTarget;
  }

  /** A new turn, which may deliver {@code limit} completions. */
  void turn(int limit) {
    deliveriesLeft = limit;
  }

  /** The next descriptor. */
  void descriptor() {
    callsLeft = CALLS_PER_DESCRIPTOR;
  }

  /** Whether the turn may deliver more. */
  boolean mayDeliver() {
    return deliveriesLeft > 0;
  }

  int deliveriesLeft() {
    return deliveriesLeft;
  }

  /** Before a call of a multishot operation: whether it is allowed. */
  boolean mayCall() {
    return callsLeft-- > 0 && deliveriesLeft > 0;
  }

  /** Delivers one completion. */
  void deliver(PendingOperation operation, int result, int flags) {
    deliveriesLeft--;
    statistics.completions.increment();
    target.completed(operation.operation, result, flags);
  }
}
