package millrace.timers;

import java.util.Objects;

/**
 * A timer that starts itself again each time it fires. {@link TimerQueue#start} it with the first
 * deadline.
 *
 * <p><b>Fixed rate</b>: deadlines are whole periods after the first one, whatever the lateness of
 * single firings; {@link MissedTicks} says what happens when a firing is later than a period.
 * <b>Fixed delay</b>: the next deadline is one period after the queue's time at the firing, so that
 * at least a period lies between two firings.
 *
 * <p><b>Inside the handler</b> the timer is started for its next deadline already. So {@link
 * TimerQueue#cancel} stops it, {@link TimerQueue#start} replaces the next deadline (and, at a fixed
 * rate, the phase), and an exception does not stop it. Starting itself needs no room under {@link
 * TimerQueue#maxLive} beyond its own, which it has just left; only a sink that starts other timers
 * before it runs this one can take that. Then the timer stops, {@link #isStarted} is false inside
 * the handler, and the refusal is counted.
 *
 * <p>With a {@link Slack} each deadline is rounded up, the phase is not: roundings do not add up.
 *
 * <p>Confined to the thread of its queue; firing and restarting do not allocate.
 */
public final class PeriodicTimer extends Timer {
  private final long periodNanos;
  private final MissedTicks missedTicks; // null: fixed delay
  private final Slack slack; // null: none
  private final TimerHandler handler;

  private long missedCount;

  /** The deadline this timer gave itself, before and after rounding up. */
  private long phaseNanos;

  private long roundedNanos;

  private PeriodicTimer(
      long periodNanos, MissedTicks missedTicks, Slack slack, TimerHandler handler) {
    if (periodNanos < 1) {
      throw new IllegalArgumentException("periodNanos must be 1 or more: " + periodNanos);
    }
    this.periodNanos = periodNanos;
    this.missedTicks = missedTicks;
    this.slack = slack;
    this.handler = Objects.requireNonNull(handler, "handler");
  }

  /**
   * Returns a new timer that fires at a fixed rate.
   *
   * @param periodNanos the distance between deadlines, 1 or more
   * @param missedTicks what to do when late by a period or more
   * @param handler what to do at each firing
   * @return a timer that is not started
   */
  public static PeriodicTimer fixedRate(
      long periodNanos, MissedTicks missedTicks, TimerHandler handler) {
    Objects.requireNonNull(missedTicks, "missedTicks");
    return new PeriodicTimer(periodNanos, missedTicks, null, handler);
  }

  /**
   * Returns a new timer that fires again a period after it fired.
   *
   * @param periodNanos the distance between a firing and the next deadline, 1 or more
   * @param handler what to do at each firing
   * @return a timer that is not started
   */
  public static PeriodicTimer fixedDelay(long periodNanos, TimerHandler handler) {
    return new PeriodicTimer(periodNanos, null, null, handler);
  }

  /**
   * Returns a new timer like this one whose restarts may be late by the given slack. The first
   * start is not affected; give it the slack as well if wanted.
   *
   * @param slack made by {@link Slack#of} for the queue in which the timer will be started
   * @return a timer that is not started
   */
  public PeriodicTimer withSlack(Slack slack) {
    Objects.requireNonNull(slack, "slack");
    return new PeriodicTimer(periodNanos, missedTicks, slack, handler);
  }

  /**
   * Returns the number of deadlines passed over by {@link MissedTicks#SKIP}.
   *
   * @return the count since construction
   */
  public long missedCount() {
    return missedCount;
  }

  @Override
  protected void expired(long nowNanos) {
    // Another deadline than this timer gave itself was given by a start: the phase begins there.
    long firedPhaseNanos = deadlineNanos == roundedNanos ? phaseNanos : deadlineNanos;
    phaseNanos = nextPhaseNanos(firedPhaseNanos, nowNanos);
    roundedNanos = slack == null ? phaseNanos : slack.roundUp(phaseNanos, nowNanos);
    queue.start(this, roundedNanos);
    handler.expired(this, nowNanos);
  }

  private long nextPhaseNanos(long firedPhaseNanos, long nowNanos) {
    if (missedTicks == null) {
      return nowNanos + periodNanos;
    }
    // Negative when a drain has fired it before its time.
    long lateNanos = nowNanos - firedPhaseNanos;
    long missed = missedTicks == MissedTicks.SKIP && lateNanos > 0 ? lateNanos / periodNanos : 0;
    missedCount += missed;
    return firedPhaseNanos + (missed + 1) * periodNanos;
  }
}
