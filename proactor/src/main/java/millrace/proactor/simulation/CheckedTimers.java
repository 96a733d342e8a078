package millrace.proactor.simulation;

import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.backend.simulated.SimulatedBackend;
import millrace.proactor.backend.simulated.World;
import millrace.timers.Timer;

/** Timers of a proactor that must fire within their bound, which depends on the policy. */
final class CheckedTimers {

  private final World world;
  private final SimulatedBackend backend;
  private final ProactorOptions options;
  private int started;

  CheckedTimers(World world, SimulatedBackend backend, ProactorOptions options) {
    this.world = world;
    this.backend = backend;
    this.options = options;
  }

  /** Timers that wait. */
  int started() {
    return started;
  }

  /** Null when the proactor takes no more. */
  Timer start(Proactor proactor, long delayNanos, Runnable action) {
    long deadlineNanos = proactor.nanoTime() + Math.max(0, delayNanos);
    Timer timer =
        Timer.of(
            (fired, now) -> {
              started--;
              checkFired(proactor.nanoTime(), deadlineNanos);
              action.run();
            });
    if (!proactor.startTimer(timer, delayNanos)) {
      return null;
    }
    started++;
    return timer;
  }

  /** False when it was not started any more. */
  boolean cancel(Proactor proactor, Timer timer) {
    boolean cancelled = proactor.cancelTimer(timer);
    if (cancelled) {
      started--;
    }
    return cancelled;
  }

  private void checkFired(long nowNanos, long deadlineNanos) {
    long late = nowNanos - deadlineNanos;
    world.trace().line("timer").add("late", late);
    long bound = latenessBoundNanos(deadlineNanos);
    if (late < 0 || late > bound) {
      world.violated("a timer fired " + late + " ns after its deadline; must be 0.." + bound);
    }
  }

  private long latenessBoundNanos(long deadlineNanos) {
    return switch (options.timerPolicy()) {
      case WHEEL -> options.timerTickNanos() + backend.turnNanos();
      case HEAP -> backend.turnNanos();
      case KERNEL -> backend.latenessOfWatched(deadlineNanos);
    };
  }
}
