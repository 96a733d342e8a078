package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import millrace.proactor.ProactorOptions;
import millrace.proactor.TimerPolicy;
import millrace.proactor.fault.FaultPlan;
import millrace.timers.Timer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What slack saves a loop: ten thousand timers within a second of virtual time. */
class LoopSlackTest {
  private static final int TIMERS = 10_000;
  private static final long TICK_NANOS = 1_000_000;
  private static final long SLACK_NANOS = 10 * TICK_NANOS;

  /** Between two deadlines. */
  private static final long DISTANCE_NANOS = 100_000;

  /** Some turns of the simulated loop. */
  private static final long TURNS_NANOS = 100_000;

  private static final class ManyTimers implements Scenario {
    private final TimerPolicy policy;
    private final long slackNanos;
    private final long boundNanos;
    private Simulation simulation;
    private int fired;
    private long waits;

    ManyTimers(TimerPolicy policy, long slackNanos) {
      this.policy = policy;
      this.slackNanos = slackNanos;
      this.boundNanos = Math.max(policy == TimerPolicy.WHEEL ? TICK_NANOS : 1, slackNanos);
    }

    @Override
    public String name() {
      return "many timers";
    }

    @Override
    public void configure(ProactorOptions.Builder options, Simulation run) {
      options
          .timerPolicy(policy)
          .timerTickNanos(TICK_NANOS)
          .maxOperationsInFlight(TIMERS)
          .completionBudget(TIMERS)
          .maxTimers(TIMERS);
    }

    @Override
    public void start(Simulation run) {
      simulation = run;
      happenAgain();
      for (int i = 0; i < TIMERS; i++) {
        long delayNanos = DISTANCE_NANOS * (i + 1) + run.random().nextLong(DISTANCE_NANOS);
        long deadlineNanos = run.proactor().nanoTime() + delayNanos;
        Timer timer = Timer.of((self, now) -> fired(now - deadlineNanos));
        if (!run.proactor().startTimer(timer, delayNanos, slackNanos)) {
          run.violated("refused: " + i);
        }
      }
    }

    /** Something that happens elsewhere, as a loop that does nothing else counts as a busy one. */
    private void happenAgain() {
      if (fired < TIMERS) {
        simulation.after(DISTANCE_NANOS, this::happenAgain);
      }
    }

    private void fired(long lateNanos) {
      if (lateNanos < 0 || lateNanos > boundNanos + TURNS_NANOS) {
        simulation.violated("late by " + lateNanos);
      }
      if (++fired == TIMERS) {
        waits = simulation.proactor().metrics().waits();
        simulation.end();
      }
    }
  }

  private static long wakeUps(TimerPolicy policy, long slackNanos) {
    ManyTimers timers = new ManyTimers(policy, slackNanos);
    SimulationResult result = Simulation.run(() -> timers, 1, FaultPlan.none());
    assertTrue(!result.failed(), result::describe);
    assertEquals(TIMERS, timers.fired);
    return timers.waits;
  }

  @ParameterizedTest
  @EnumSource
  void aSlackMakesTheWakeUpsOfTheLoopFewAndTheBoundHolds(TimerPolicy policy) {
    long without = wakeUps(policy, 0);
    long with = wakeUps(policy, SLACK_NANOS);
    // A second has a hundred points of the grid, and a thousand ticks. The simulated kernel is late
    // by chance, with each timeout by itself.
    long most = policy == TimerPolicy.KERNEL ? 1000 : 110;
    assertTrue(with <= most, policy + ", with slack: " + with);
    long least = policy == TimerPolicy.WHEEL ? 900 : 5000;
    assertTrue(without >= least, policy + ", without: " + without);
  }
}
