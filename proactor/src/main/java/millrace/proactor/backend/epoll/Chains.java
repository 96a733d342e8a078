package millrace.proactor.backend.epoll;

import millrace.proactor.backend.ChainMembers;
import millrace.proactor.backend.ChainRule;
import millrace.proactor.backend.Operation;
import millrace.uring.Errno;

/**
 * Chains without a kernel that knows them: the end of a member is the request to begin the next
 * one, or the end of all that follow. Loop thread only.
 */
final class Chains {

  private final ChainMembers members = new ChainMembers();
  private final Requests requests;
  private final PendingOperations pendingOperations;

  Chains(Requests requests, PendingOperations pendingOperations) {
    this.requests = requests;
    this.pendingOperations = pendingOperations;
  }

  ChainMembers members() {
    return members;
  }

  void submit(Operation first) {
    for (Operation each = first; each != null; each = each.chainNext) {
      pendingOperations.renew(each);
    }
    members.await(first);
    requests.add(Requests.SUBMIT, first.token());
  }

  /**
   * {@code pending} is in the list of those that have ended: those that end with it follow, and
   * those that were cancelled before their time has come.
   */
  void ended(PendingOperation pending, OperationList ended) {
    Operation next = ChainMembers.advance(pending.operation);
    boolean goesOn = next != null && ChainRule.goesOn(pending.operation, pending.result);
    while (next != null) {
      if (goesOn && !next.cancelRequested) {
        // Not begun here, however long the chain is: the turn is one for all.
        requests.add(Requests.SUBMIT, next.token());
        return;
      }
      members.remove(next);
      PendingOperation cancelled = pendingOperations.of(next);
      cancelled.state = PendingOperation.State.ENDED;
      cancelled.result = -Errno.ECANCELED;
      ended.add(cancelled);
      goesOn = goesOn && ChainRule.goesOn(next, -Errno.ECANCELED);
      next = ChainMembers.advance(next);
    }
  }
}
