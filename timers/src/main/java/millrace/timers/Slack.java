package millrace.timers;

/**
 * How late a timer may be, so that many timers share one wake-up: deadlines are rounded up to a
 * grid.
 *
 * <p><b>Bound.</b> With slack {@code s} a timer of a queue with tick {@code t} falls due in {@code
 * [d, d + max(t, s)]}. Proof: if {@code s < t} nothing is rounded and the queue's own bound {@code
 * d + t} holds. Otherwise the grid width is the greatest multiple {@code k * t <= s} and one grid
 * point is {@link TimerQueue#originNanos}, so every grid point is an instant at which the queue's
 * timers fall due exactly. Rounding up adds less than {@code k * t}, and the queue adds nothing to
 * a grid point; the sum is below {@code s}.
 *
 * <p>For a {@link TimerHeap} the tick is one nanosecond and the grid is the slack itself. For a
 * {@link TimerWheel} a slack below its tick changes nothing. The alignment (not the rounding, which
 * is never early and never adds more than the slack) holds while deadlines are within
 * 2<sup>63</sup> ns of the origin, about 292 years; without it the bound is {@code d + s + t}.
 *
 * <p>Immutable; any thread.
 */
public final class Slack {
  private final long originNanos;
  private final long gridNanos;

  private Slack(long originNanos, long gridNanos) {
    this.originNanos = originNanos;
    this.gridNanos = gridNanos;
  }

  /**
   * Returns the slack for timers of one queue. Timers started with equal slack coalesce, and those
   * whose slacks are multiples of each other do so where their grids meet.
   *
   * @param queue the queue in which the timers will be started
   * @param slackNanos how late a timer may be, 0 or more
   * @return the slack
   */
  public static Slack of(TimerQueue queue, long slackNanos) {
    return new Slack(queue.originNanos(), gridNanos(slackNanos, queue.tickNanos()));
  }

  static long gridNanos(long slackNanos, long tickNanos) {
    if (slackNanos < 0) {
      throw new IllegalArgumentException("slackNanos must be 0 or more: " + slackNanos);
    }
    // Below two ticks the queue rounds up to the same instants by itself.
    return slackNanos < 2 * tickNanos ? 1 : slackNanos - slackNanos % tickNanos;
  }

  /**
   * Returns the first grid point at or after a deadline.
   *
   * @param deadlineNanos any instant
   * @return an instant at least {@code deadlineNanos}, later by less than the slack
   */
  public long roundUp(long deadlineNanos) {
    return roundUp(deadlineNanos, originNanos, gridNanos);
  }

  private static long roundUp(long deadlineNanos, long originNanos, long gridNanos) {
    long pastGridPoint = Math.floorMod(deadlineNanos - originNanos, gridNanos);
    return pastGridPoint == 0 ? deadlineNanos : deadlineNanos + (gridNanos - pastGridPoint);
  }

  /** As {@link #roundUp(long)}, but a deadline that is after {@code nowNanos} stays after it. */
  long roundUp(long deadlineNanos, long nowNanos) {
    return roundUp(deadlineNanos, nowNanos, originNanos, gridNanos);
  }

  static long roundUp(long deadlineNanos, long nowNanos, long originNanos, long gridNanos) {
    long roundedNanos = roundUp(deadlineNanos, originNanos, gridNanos);
    boolean leftTheFuture = deadlineNanos - nowNanos > 0 && roundedNanos - nowNanos <= 0;
    return leftTheFuture ? deadlineNanos : roundedNanos;
  }

  /**
   * Returns the distance between grid points.
   *
   * @return nanoseconds; 1 if deadlines are left as they are
   */
  public long gridNanos() {
    return gridNanos;
  }
}
