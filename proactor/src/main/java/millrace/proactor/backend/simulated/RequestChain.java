package millrace.proactor.backend.simulated;

import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.backend.ChainRule;
import millrace.uring.Errno;

/** The requests of a chain in their order, and what the end of one means to those behind it. */
final class RequestChain {

  private static final long LONGEST_STEP_NANOS = 2_000;

  private final Kernel kernel;
  private final List<Request> members;
  private final Consumer<Request> issue;
  private int underWay;

  /**
   * @param issue begins a member
   */
  RequestChain(Kernel kernel, List<Request> members, Consumer<Request> issue) {
    this.kernel = kernel;
    this.members = members;
    this.issue = issue;
    members.forEach(member -> member.chain = this);
  }

  /** A member has ended: the next one begins, or all that follow end too. */
  @SuppressWarnings("ReferenceEquality") // Requests have identity, no value.
  void ended(Request member, int result) {
    if (underWay >= members.size() || members.get(underWay) != member) {
      return; // One of those that end with it.
    }
    underWay++;
    if (underWay == members.size()) {
      return;
    }
    if (goesOn(member, result)) {
      Request next = members.get(underWay);
      kernel.world.after(kernel.world.between(0, LONGEST_STEP_NANOS), () -> issue.accept(next));
      return;
    }
    List<Request> rest = members.subList(underWay, members.size());
    underWay = members.size();
    rest.forEach(each -> kernel.complete(each, -Errno.ECANCELED));
  }

  private static boolean goesOn(Request member, int result) {
    return ChainRule.goesOn(
        member.hardLink, member.kind, member.operationFlags, member.wantedBytes(), result);
  }

  /** The kernel has written the memory of {@code writer}: others may be given the same. */
  void wrote(Request writer) {
    for (Request member : members) {
      if (member.state != Request.State.DONE && member.sharesMemoryWith(writer)) {
        member.memoryChanged();
      }
    }
  }
}
