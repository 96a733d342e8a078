package millrace.proactor.engine;

import millrace.timers.Timer;

/**
 * A limit of the time that others may take: a peer, a disk. It moves with almost everything that
 * happens and is almost never reached. So moving it later only stores the instant; the timer fires
 * at the old one and starts itself again for the rest.
 *
 * <p>The loop may be held up, by a handler that blocks, the garbage collector, or as the process is
 * stopped. What others have done meanwhile waits in the kernel, and timers come before completions
 * in a turn; and what the loop had for them may have waited too. So a limit whose timer was late is
 * longer by as much, twice as long at most, and when that is over it counts as reached only when
 * the loop has heard of all that has happened by then, and nobody has moved it.
 *
 * <p>Loop thread only.
 */
public abstract class TimeLimit extends Timer {

  private static final long NOT_OVER = -1;

  private final Loop loop;
  private long delayNanos;
  private long instantNanos;
  private boolean set;
  private boolean prolonged;

  /** The turn that has found the limit to be over. */
  private long overSinceTurn;

  /** A limit that is not set. */
  protected TimeLimit(Loop loop) {
    this.loop = loop;
  }

  /** A limit that runs {@code reached}. */
  public static TimeLimit of(Loop loop, Runnable reached) {
    return new TimeLimit(loop) {
      @Override
      protected void reached() {
        reached.run();
      }
    };
  }

  /** The limit is over, and nothing that has happened until now has moved it; it is not set. */
  protected abstract void reached();

  /** Starts the timer; false when there is none left. */
  protected boolean start(long delayNanos) {
    return loop.startTimer(this, delayNanos);
  }

  /** Replaces the limit by one {@code newDelayNanos} from now; false when no timer is left. */
  public final boolean setAfter(long newDelayNanos) {
    delayNanos = newDelayNanos;
    instantNanos = loop.nanoTime() + newDelayNanos;
    prolonged = false;
    overSinceTurn = NOT_OVER;
    set = (isStarted() && deadlineNanos() - instantNanos <= 0) || start(newDelayNanos);
    return set;
  }

  /** Whether it can be reached. */
  public final boolean isSet() {
    return set;
  }

  /** Ends it. */
  public final void cancel() {
    set = false;
    loop.cancelTimer(this);
  }

  @Override
  protected final void expired(long nowNanos) {
    if (!set) {
      return;
    }
    // Not the time of the queue, which may be behind the instant from which the limit was counted.
    long now = loop.nanoTime();
    if (!prolonged && now - instantNanos >= 0) {
      prolonged = true;
      instantNanos = now + Math.min(now - deadlineNanos(), delayNanos);
    }
    long leftNanos = Math.max(0, instantNanos - now);
    if (leftNanos == 0 && overSinceTurn == NOT_OVER) {
      overSinceTurn = loop.currentTurn();
    }
    boolean over = leftNanos == 0 && loop.hasHeardSince(overSinceTurn);
    // A restart takes the place that has just become free; without a timer it would never end.
    if (over || !start(leftNanos)) {
      set = false;
      reached();
    }
  }
}
