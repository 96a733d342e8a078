package millrace.proactor.backend.uring;

import millrace.proactor.backend.ChainMembers;
import millrace.proactor.backend.ChainRule;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
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
 *   <li>A member whose end was asked for before the kernel has its part does not begin. A no-op
 *       holds its place, and ends the part.
 *   <li>Cancels of other members that have not begun answer ENOENT: they are asked for again. So do
 *       those of members whose time has come, while the kernel is on its way to them (as task
 *       work). By descriptor it does not even tell that it has found nothing: the members that have
 *       begun are cancelled one by one, too.
 *   <li>A chain is given to the kernel when the turn begins and not before: whoever submits it may
 *       still cancel members unbegun.
 * </ul>
 *
 * <p>Loop thread only.
 */
final class UringChains {

  private final ChainMembers members = new ChainMembers();
  private final UringBackend backend;

  UringChains(UringBackend backend) {
    this.backend = backend;
  }

  ChainMembers members() {
    return members;
  }

  /** Decides where the part that begins with {@code first} ends, just before the kernel gets it. */
  static void layOut(Operation first) {
    for (Operation each = first; ; each = each.chainNext) {
      if (each.cancelRequested && !each.withoutBeginning) {
        each.withoutBeginning = true;
        each.awaitedCompletions = 1;
      }
      if (endsPart(each)) {
        return;
      }
    }
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
    return operation.timeoutNanos > 0 && !operation.withoutBeginning ? 2 : 1;
  }

  /** Whether what follows, if anything does, is not linked to it in the kernel. */
  static boolean endsPart(Operation operation) {
    boolean failureGoesOn =
        operation.kind == OperationKind.SYNC || operation.kind == OperationKind.STATUS;
    return operation.chainNext == null
        || operation.withoutBeginning
        || (failureGoesOn && !operation.hardLink);
  }

  /** The no-op in its place has ended. */
  static void endedWithoutBeginning(Operation operation) {
    if (operation.result < 0) {
      // With those before it, which a hard link behind them does not prevent.
      operation.hardLink = false;
    }
    operation.result = -Errno.ECANCELED;
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
      Operation next = ChainMembers.advance(each);
      members.remove(each);
      if (next != null && partEnded) {
        nextPart(each, next);
      } else if (next != null) {
        ChainMembers.begin(next);
        if (next.cancelRequested && !next.withoutBeginning) {
          backend.cancel(next);
        }
      }
      target.completed(each, each.result, each.resultFlags);
      each = next;
    }
  }

  private void nextPart(Operation ended, Operation next) {
    if (ChainRule.goesOn(ended, ended.result)) {
      backend.putAtTurn(next);
      return;
    }
    for (Operation each = next; each != null; each = each.chainNext) {
      each.awaitedCompletions = 0;
      each.result = -Errno.ECANCELED;
      each.resultFlags = 0;
    }
  }
}
