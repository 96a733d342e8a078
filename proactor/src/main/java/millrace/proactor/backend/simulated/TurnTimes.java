package millrace.proactor.backend.simulated;

import java.util.HashMap;
import java.util.Map;

/**
 * How long the turns of a loop take, and when it was told of timeouts: what may make timers late.
 */
final class TurnTimes {

  private final World world;

  /** For each deadline the end of the wait whose turn delivered its TIMEOUT; the last of equal. */
  private final Map<Long, Long> timeoutsDelivered = new HashMap<>();

  private long waitEndedNanos;
  private long overrunNanos;

  TurnTimes(World world) {
    this.world = world;
    this.waitEndedNanos = world.nowNanos();
  }

  /**
   * The wait of a turn has ended.
   *
   * @param timeoutNanos how long it was to be; negative: without limit
   */
  void waitEnded(long timeoutNanos) {
    long sinceLastWait = world.nowNanos() - waitEndedNanos;
    overrunNanos = timeoutNanos < 0 ? 0 : Math.max(0, sinceLastWait - timeoutNanos);
    waitEndedNanos = world.nowNanos();
  }

  /** In the turn whose wait has ended, a TIMEOUT has told that {@code deadlineNanos} has passed. */
  void timeoutDelivered(long deadlineNanos) {
    timeoutsDelivered.put(deadlineNanos, waitEndedNanos);
  }

  /**
   * How long the loop has taken by itself up to now, since the wait before the latest one: without
   * what that was asked to wait. Handlers take time when the kernel does, in what they submit.
   */
  long turnNanos() {
    return overrunNanos + sinceWaitNanos();
  }

  private long sinceWaitNanos() {
    return world.nowNanos() - waitEndedNanos;
  }

  /**
   * How late a timer may fire now that waited for a TIMEOUT at {@code deadlineNanos}: in the turn
   * in which that was delivered. One that nobody watched, as it had passed already, may be as late
   * as the turn makes it.
   */
  long latenessOfWatched(long deadlineNanos) {
    Long delivered = timeoutsDelivered.get(deadlineNanos);
    // That of an equal deadline may have been delivered before this timer was started, at its time.
    return delivered == null
        ? turnNanos()
        : Math.max(turnNanos(), delivered - deadlineNanos + sinceWaitNanos());
  }
}
