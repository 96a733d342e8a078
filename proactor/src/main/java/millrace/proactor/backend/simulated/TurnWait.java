package millrace.proactor.backend.simulated;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import millrace.proactor.fault.Fault;

/**
 * The time that a turn takes and waits: events happen meanwhile. A wait is over when there is a
 * completion, when the loop is woken, when its time is over, and now and then before or after that.
 */
final class TurnWait {

  private static final long SHORTEST_TURN_NANOS = 200;
  private static final long LONGEST_TURN_NANOS = 4_000;
  private static final long LONGEST_STALL_NANOS = 50_000_000;
  private static final long LONGEST_LATENESS_NANOS = 5_000_000;

  private final World world;
  private final Completions completions;
  private final RequestsInFlight inFlight;
  private final TurnRules rules;
  private final AtomicBoolean woken = new AtomicBoolean();

  TurnWait(World world, Completions completions, RequestsInFlight inFlight, TurnRules rules) {
    this.world = world;
    this.completions = completions;
    this.inFlight = inFlight;
    this.rules = rules;
  }

  /** Ends the wait under way, or the next one; any thread. */
  void wake() {
    woken.set(true);
  }

  /** Whether there is nothing to wait for any more. */
  boolean isOver() {
    return !completions.isEmpty() || woken.get();
  }

  /** Whether the loop was woken since this was last asked. */
  boolean takeWakeUp() {
    return woken.getAndSet(false);
  }

  /** Lets the time pass that a turn takes by itself. */
  void spendTurn() {
    long turnNanos = world.between(SHORTEST_TURN_NANOS, LONGEST_TURN_NANOS);
    if (world.faults().strikes(Fault.STALL)) {
      turnNanos += world.faults().nanos(0, LONGEST_STALL_NANOS);
    }
    world.advanceTo(world.nowNanos() + turnNanos);
  }

  void happenUntilNow() {
    long now = world.nowNanos();
    while (world.step(now)) {}
  }

  /**
   * Waits.
   *
   * @param timeoutNanos longest wait; negative waits without limit
   * @return whether it has ended because its time was over
   * @throws IOException when nothing will ever end it
   */
  boolean await(long timeoutNanos) throws IOException {
    long now = world.nowNanos();
    boolean limited = timeoutNanos > 0 && timeoutNanos < Long.MAX_VALUE - now;
    long endNanos = limited ? now + timeoutNanos : Long.MAX_VALUE;
    boolean interrupted = world.faults().strikes(Fault.WAIT_INTERRUPTED);
    if (interrupted) {
      endNanos = Math.min(endNanos, now + world.faults().nanos(0, LONGEST_LATENESS_NANOS));
    }
    while (!isOver()) {
      if (!world.violations().isEmpty() || !world.step(endNanos)) {
        break;
      }
    }
    if (isOver()) {
      return false;
    }
    if (endNanos == Long.MAX_VALUE) {
      rules.check();
      world.violated("the loop waits for ever: nothing will ever happen; in flight: " + inFlight);
      rules.check();
    }
    world.advanceTo(endNanos);
    if (world.faults().strikes(Fault.LATE_WAKE_UP)) {
      world.advanceTo(endNanos + world.faults().nanos(0, LONGEST_LATENESS_NANOS));
      happenUntilNow();
    }
    return true;
  }
}
