package millrace.proactor;

import java.util.Objects;
import millrace.proactor.engine.TimeLimit;

/**
 * A limit of the time that others may take: a client to send its request, a peer to answer. Made
 * once and set again and again: {@link #setAfter} only stores the instant when it moves the
 * deadline later, so that one may be moved with every message.
 *
 * <p>The loop may be held up, by a handler that blocks, by the garbage collector, or as the process
 * is stopped. A deadline that it was late to see is prolonged by as much, to twice its time at
 * most; and before it is reached the loop hears of all that has happened, which may move it. So
 * nobody is ended for what the loop itself was late to see, while a plain {@link
 * millrace.timers.Timer} fires first.
 *
 * <p>Never early. Otherwise late by what timers may be late and a few turns of the loop: as many as
 * it takes to hear of what is waiting, about 1000 at most. Loop thread only; allocates nothing.
 */
public final class Deadline {

  private final TimeLimit limit;

  /**
   * A deadline that is not set.
   *
   * @param proactor the loop
   * @param reached what to do when it is over; the deadline is no longer set then
   */
  public Deadline(Proactor proactor, Runnable reached) {
    Objects.requireNonNull(reached, "reached");
    this.limit = new ApplicationLimit(proactor.loop(), reached);
  }

  /**
   * Sets the deadline, or moves it.
   *
   * @param delayNanos from now, in nanoseconds; negative counts as 0
   * @return false when no timer is left, as {@link Proactor#startTimer(millrace.timers.Timer,
   *     long)} says: then it is not set, and will not be reached
   */
  public boolean setAfter(long delayNanos) {
    return limit.setAfter(Math.max(0, delayNanos));
  }

  /** Unsets it: it will not be reached. */
  public void cancel() {
    limit.cancel();
  }

  /** {@return whether it is set, and not reached yet} */
  public boolean isSet() {
    return limit.isSet();
  }

  /** With a timer of the application's: they have a limit of their own. */
  private static final class ApplicationLimit extends TimeLimit {
    private final EventLoop loop;
    private final Runnable reached;

    ApplicationLimit(EventLoop loop, Runnable reached) {
      super(loop);
      this.loop = loop;
      this.reached = reached;
    }

    @Override
    protected boolean start(long delayNanos) {
      return loop.startApplicationTimer(this, delayNanos);
    }

    @Override
    protected void reached() {
      reached.run();
    }
  }
}
