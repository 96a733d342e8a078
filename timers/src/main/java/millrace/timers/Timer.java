package millrace.timers;

import java.util.Objects;

/**
 * One timer: the intrusive node of a {@link TimerQueue}. Give it a handler with {@link #of}, or
 * extend it with the state it guards (a connection, a request) and override {@link #expired}, so
 * that starting it never allocates.
 *
 * <p>A timer is started in at most one queue at a time and can be started again as often as wanted.
 * It is confined to the thread that owns that queue.
 */
public class Timer {
  /** Started, and linked to others. Where this is not so, an index is 0 or more. */
  static final int LISTED = -1;

  static final int NOT_STARTED = -2;

  /** Not started, and its wheel knows it still: see {@link TimerNumbers}. */
  static final int REMEMBERED = -3;

  // What a start and a cancel use comes first: a timer is about as long as a cache line.

  /** One of the above, or the place in its queue. */
  int index = NOT_STARTED;

  long deadlineNanos;

  /** With a wheel: the deadline that its entry is for, not after {@link #deadlineNanos}. */
  long entryNanos;

  /** Of the latest start: greater than those of all starts before it in the same queue. */
  long sequence;

  /** The queue of the latest start; kept after the timer has fired, for periodic restarts. */
  AbstractTimerQueue queue;

  Timer next;
  Timer previous;

  /** Creates a timer that is not started. */
  protected Timer() {}

  /**
   * Returns a new timer that calls {@code handler} when it fires.
   *
   * @param handler what to do, not null
   * @return a timer that is not started
   */
  public static Timer of(TimerHandler handler) {
    return new HandlerTimer(handler);
  }

  /**
   * Returns whether this timer waits in a queue. False before the first start, after a cancel, and
   * from the moment it fires, its own handler included.
   *
   * @return true while started
   */
  public final boolean isStarted() {
    return index >= LISTED;
  }

  /**
   * Returns the deadline of the latest start, also after the timer has fired or was cancelled; 0 if
   * it was never started.
   *
   * @return the deadline on the caller's clock, in nanoseconds
   */
  public final long deadlineNanos() {
    return deadlineNanos;
  }

  /**
   * Called by {@link TimerSink#RUN_HANDLERS} when the timer fires. Does nothing unless overridden.
   *
   * @param nowNanos the queue's time, never before {@link #deadlineNanos} but in a drain
   */
  protected void expired(long nowNanos) {}

  private static final class HandlerTimer extends Timer {
    private final TimerHandler handler;

    HandlerTimer(TimerHandler handler) {
      this.handler = Objects.requireNonNull(handler, "handler");
    }

    @Override
    protected void expired(long nowNanos) {
      handler.expired(this, nowNanos);
    }
  }
}
