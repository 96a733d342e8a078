package millrace.timers;

/**
 * A queue of {@link Timer}s ordered by deadline. {@link TimerWheel} is for many timers, most of
 * which are cancelled; {@link TimerHeap} is for few, with exact deadlines.
 *
 * <p><b>Time</b> is an argument. The queue's time starts where its constructor says and becomes the
 * {@code nowNanos} of the latest {@link #expire}; it never goes back. Instants are compared by
 * difference, like {@link System#nanoTime}, so that the clock may wrap around and every {@code
 * long} is a legal deadline: the half of the range up to and including the queue's time is past,
 * the other half is future. So a deadline may lie up to 2<sup>63</sup> - 1 ns (292 years) ahead of
 * the queue's time when its timer is started, and a call of {@code expire} may move the time by as
 * much; how long a timer stays overdue afterwards has no limit. A {@code nowNanos} before the
 * queue's time counts as no progress.
 *
 * <p><b>Order.</b> What one call of {@link #expire} fires, it fires by deadline, and equal
 * deadlines in the order of their latest start. A timer never fires before its deadline. A deadline
 * that is past when the timer is started fires at the next call of {@code expire}; started from
 * inside a sink that is a later call, so that {@code expire} always ends.
 *
 * <p><b>Bounds.</b> The number of started timers is capped at construction; nothing allocates
 * afterwards.
 *
 * <p><b>Threading.</b> Confined to one thread; nothing is synchronized, the counters included.
 */
public interface TimerQueue {
  /**
   * Starts a timer, or restarts it with a new deadline if this queue holds it already. A restarted
   * timer queues up behind the timers that have the same deadline.
   *
   * @param timer the timer
   * @param deadlineNanos when it is due, any value
   * @return false if the timer is not started because {@link #maxLive} timers are; a {@link
   *     TimerTable} has more reasons
   * @throws IllegalStateException if the timer is started in another queue
   */
  boolean start(Timer timer, long deadlineNanos);

  /**
   * Starts a timer that may be late by the given slack, so that it shares its wake-up with others.
   * A deadline that rounding would move out of the future half of the range is left as it is.
   *
   * @param timer the timer
   * @param deadlineNanos the earliest instant at which it may fire
   * @param slack made by {@link Slack#of} for this queue
   * @return as {@link #start(Timer, long)}
   * @throws IllegalStateException if the timer is started in another queue
   */
  default boolean start(Timer timer, long deadlineNanos, Slack slack) {
    return start(timer, slack.roundUp(deadlineNanos, nowNanos()));
  }

  /**
   * Starts a timer as {@link #start(Timer, long, Slack)} does, for a slack that is not known
   * beforehand; it costs a division more.
   *
   * @param timer the timer
   * @param deadlineNanos the earliest instant at which it may fire
   * @param slackNanos how late it may be, 0 or more
   * @return as {@link #start(Timer, long)}
   * @throws IllegalStateException if the timer is started in another queue
   */
  default boolean start(Timer timer, long deadlineNanos, long slackNanos) {
    long gridNanos = Slack.gridNanos(slackNanos, tickNanos());
    return start(timer, Slack.roundUp(deadlineNanos, nowNanos(), originNanos(), gridNanos));
  }

  /**
   * Returns the deadline that lies a delay after an instant of the clock. The clock may be ahead of
   * the queue's time: a deadline that would leave the future half of the range, and count as past,
   * is the furthest one instead.
   *
   * @param clockNanos the instant, not before the queue's time
   * @param delayNanos the delay; negative counts as 0
   * @return the deadline
   */
  default long deadlineAfter(long clockNanos, long delayNanos) {
    long deadlineNanos = clockNanos + Math.max(0, delayNanos);
    return deadlineNanos - nowNanos() < 0 ? nowNanos() + Long.MAX_VALUE : deadlineNanos;
  }

  /**
   * Cancels a timer: it will not fire, even if it was due already. Nothing of it stays behind.
   *
   * @param timer the timer
   * @return false if it was not started in this queue
   */
  boolean cancel(Timer timer);

  /**
   * Moves the queue's time forward and fires what is due, at most {@code limit} timers; the rest
   * stays due and goes first at the next call. The timers fired are those that were started when
   * the call began. A timer is un-started before its sink call, so that the sink may start, restart
   * or cancel any timer.
   *
   * @param nowNanos the time; a value before the queue's time counts as the queue's time
   * @param sink takes the timers; an exception thrown by it passes through, the timer it was thrown
   *     for counts as fired, and the queue stays consistent
   * @param limit how many timers to fire at most, 0 or more
   * @return how many were fired
   * @throws IllegalStateException if called from inside a sink of this queue
   */
  int expire(long nowNanos, TimerSink sink, int limit);

  /**
   * Cancels all timers and hands them to a sink, by deadline and for equal deadlines in the order
   * of their latest start: for the end of a loop, which may drop what is pending or run it early.
   * Timers that the sink starts stay started. This is the one case in which a sink sees a timer
   * before its deadline.
   *
   * @param sink takes the timers, with the queue's time; an exception thrown by it passes through,
   *     and the timers not yet handed over are started anew with their deadlines
   * @return how many were cancelled
   * @throws IllegalStateException if called from inside a sink of this queue
   */
  int drain(TimerSink sink);

  /**
   * Returns the instant at which {@link #expire} must be called for no timer to be later than a
   * tick. That is the queue's time if timers are due already. After cancels and restarts it may be
   * earlier than necessary; a call at that instant moves it on.
   *
   * @return the instant; {@link Long#MAX_VALUE} if no timer is started. That value is also an
   *     instant, and a past one if the clock is negative: to wait, use {@link #waitNanos}
   */
  long nextDeadlineNanos();

  /**
   * Returns how long to wait until {@link #expire} must be called, in the form kernel waits take.
   *
   * @param nowNanos the time
   * @return 0 if timers are due, a positive number of nanoseconds, or -1 if no timer is started
   */
  default long waitNanos(long nowNanos) {
    return live() == 0 ? -1 : Math.max(0, nextDeadlineNanos() - nowNanos);
  }

  /**
   * Returns the queue's time: the latest {@code nowNanos}, or the start instant.
   *
   * @return the time in nanoseconds
   */
  long nowNanos();

  /**
   * Returns the distance between the instants at which timers can fall due: a timer is late by less
   * than this, plus the lateness of the {@link #expire} call.
   *
   * @return nanoseconds, 1 for a queue with exact deadlines
   */
  long tickNanos();

  /**
   * Returns one of the instants at which timers can fall due; the others are multiples of {@link
   * #tickNanos} away.
   *
   * @return the instant in nanoseconds
   */
  long originNanos();

  /**
   * Returns the number of timers started now.
   *
   * @return the number, at most {@link #maxLive}
   */
  int live();

  /**
   * Returns the most timers that can be started at a time.
   *
   * @return the cap given at construction
   */
  int maxLive();

  /**
   * Returns the number of timers started since construction. A restart of a started timer is none.
   *
   * @return the count
   */
  default long startedCount() {
    return live() + firedCount() + cancelledCount();
  }

  /**
   * Returns the number of timers fired since construction.
   *
   * @return the count
   */
  long firedCount();

  /**
   * Returns the number of timers cancelled since construction, those drained included. A restart is
   * not a cancel.
   *
   * @return the count
   */
  long cancelledCount();

  /**
   * Returns the number of starts refused since construction because the cap was reached.
   *
   * @return the count
   */
  long refusedCount();
}
