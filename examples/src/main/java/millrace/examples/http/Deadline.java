package millrace.examples.http;

import millrace.proactor.Proactor;
import millrace.timers.Timer;

/**
 * A connection's one deadline, which moves with almost every request and is almost never reached.
 * Moving it later only stores the instant: the timer in the wheel fires at the old one and starts
 * itself again. Loop thread only.
 */
final class Deadline extends Timer {
  private final Proactor proactor;
  private final Runnable reached;
  private long instantNanos;
  private boolean set;

  Deadline(Proactor proactor, Runnable reached) {
    this.proactor = proactor;
    this.reached = reached;
  }

  /** Replaces the deadline by one {@code delayNanos} from now; false when no timer is left. */
  boolean setAfter(long delayNanos) {
    instantNanos = proactor.nanoTime() + delayNanos;
    set = true;
    return (isStarted() && deadlineNanos() - instantNanos <= 0)
        || proactor.startTimer(this, delayNanos);
  }

  void cancel() {
    set = false;
    proactor.cancelTimer(this);
  }

  @Override
  protected void expired(long nowNanos) {
    if (!set) {
      return;
    }
    long leftNanos = instantNanos - proactor.nanoTime();
    // A restart in the handler of the timer itself takes the place that has just become free.
    if (leftNanos <= 0 || !proactor.startTimer(this, leftNanos)) {
      set = false;
      reached.run();
    }
  }
}
