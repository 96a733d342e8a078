package millrace.proactor.simulation.scenario;

import java.util.Set;
import millrace.uring.Errno;

/** A member of a chain, and what it may end with. */
final class ChainMember {

  private static final Set<Integer> REASONS =
      Set.of(Errno.EIO, Errno.ENOSPC, Errno.ETIME, Errno.ECANCELED, Errno.EINTR);

  /** What a member does. */
  enum Step {
    READ,
    WRITE,
    SYNC,
    /** Of a descriptor that is none. */
    FAIL
  }

  final Step step;
  final boolean hard;
  final boolean deadline;
  private final int wantedBytes;
  long operation;
  boolean cancelled;
  boolean completed;
  int result;

  /**
   * @param wantedBytes of a read or a write
   */
  ChainMember(Step step, boolean hard, boolean deadline, int wantedBytes) {
    this.step = step;
    this.hard = hard;
    this.deadline = deadline;
    this.wantedBytes = wantedBytes;
  }

  /** Whether what follows must not begin; said without the proactor's own rule. */
  boolean breaks() {
    boolean transfer = step == Step.READ || step == Step.WRITE;
    return !hard && (result < 0 || (transfer && result != wantedBytes));
  }

  /**
   * Whether there is a cause for its result, unless a member before it has broken the chain.
   *
   * @param shutdown whether everything was cancelled
   */
  boolean hasCause(boolean shutdown) {
    int errno = -result;
    if (step == Step.FAIL) {
      return errno == Errno.EBADF || (errno == Errno.ECANCELED && isAsked(errno, shutdown));
    }
    return errno <= 0 || (REASONS.contains(errno) && isAsked(errno, shutdown));
  }

  /** What only comes when somebody wants it. */
  private boolean isAsked(int errno, boolean shutdown) {
    if (errno == Errno.ETIME) {
      return deadline;
    }
    boolean interrupted = errno == Errno.ECANCELED || errno == Errno.EINTR;
    return !interrupted || cancelled || shutdown;
  }
}
