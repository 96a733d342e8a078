package millrace.proactor.backend.uring;

import millrace.proactor.backend.ChainMembers;
import millrace.proactor.backend.ChainRule;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.uring.Errno;
import millrace.uring.SqeFlags;

/**
 * Chains, which are linked entries, and what the kernel does not do for them:
 *
 * <ul>
 *   <li>A sync or a status that fails does not end its chain there (Linux 6.18; others do). So a
 *       chain is given to the kernel in parts that end with those: the next part follows when their
 *       result is known to be good. A hard link goes on anyway and needs no parts.
 *   <li>A member with a deadline has two completions, of which the second may come behind those of
 *       the members after it: they wait, so that handlers are called in the order of the chain.
 *   <li>Cancels of what has not begun answer ENOENT: they are asked for again.
 * </ul>
 *
 * <p>Loop thread only.
 */
final class UringChains {

  private final ChainMembers members;
  private final UringBackend backend;

  UringChains(OperationTable table, UringBackend backend) {
    this.members = new ChainMembers(table);
    this.backend = backend;
  }

  ChainMembers members() {
    return members;
  }

  /** How many entries the part that begins with {@code first} takes. */
  static int entries(Operation first) {
    int entries = entriesOf(first);
    for (Operation each = first; !endsPart(each); each = each.chainNext) {
      entries += entriesOf(each.chainNext);
    }
    return entries;
  }

  private static int entriesOf(Operation operation) {
    return operation.timeoutNanos > 0 ? 2 : 1;
  }

  /** Whether what follows, if anything does, is not linked to it in the kernel. */
  static boolean endsPart(Operation operation) {
    boolean failureGoesOn =
        operation.kind == OperationKind.SYNC || operation.kind == OperationKind.STATUS;
    return operation.chainNext == null || (failureGoesOn && !operation.hardLink);
  }

  /** The flag that links the entry of {@code operation} to the next one; 0 for none. */
  static int linkFlag(Operation operation) {
    if (endsPart(operation)) {
      return 0;
    }
    return operation.hardLink ? SqeFlags.IO_HARDLINK : SqeFlags.IO_LINK;
  }

  /**
   * The result of {@code operation} stands. It is reported, with those behind it that have ended
   * before; or later, if one before it has not been reported.
   */
  void ended(Operation operation, CompletionTarget target) {
    Operation each = operation;
    while (each != null && each.awaitedCompletions == 0 && each.chainPrevious == null) {
      boolean partEnded = endsPart(each);
      Operation next = members.advance(each);
      if (next != null) {
        if (partEnded) {
          nextPart(each, next);
        }
        if (next.cancelRequested) {
          backend.cancel(next);
        }
      }
      target.completed(each, each.result, each.resultFlags);
      each = next;
    }
  }

  /**
   * A cancel has found nothing: usually because its target has ended, or is ending by itself. But a
   * member whose time has come may still be on its way (as task work) when the cancel is executed,
   * and is asked for again: it is there at the latest when the turn has waited.
   */
  void cancelFailed(Operation operation, int result) {
    if (result == -Errno.ENOENT && operation.cancelRequested) {
      backend.cancel(operation);
    }
  }

  private void nextPart(Operation ended, Operation next) {
    if (ChainRule.goesOn(ended, ended.result)) {
      backend.putOperation(next);
      return;
    }
    for (Operation each = next; each != null; each = each.chainNext) {
      each.awaitedCompletions = 0;
      each.result = -Errno.ECANCELED;
      each.resultFlags = 0;
    }
  }
}
