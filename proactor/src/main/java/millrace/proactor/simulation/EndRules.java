package millrace.proactor.simulation;

import java.util.List;
import millrace.proactor.Proactor;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.simulated.SimulatedBackend;
import millrace.proactor.backend.simulated.World;

/** What must be so when a loop has ended: no failure, and nothing left. */
final class EndRules {

  private final Scenario scenario;
  private final World world;
  private final OperationTable table;
  private final SimulatedBackend backend;

  EndRules(Scenario scenario, World world, OperationTable table, SimulatedBackend backend) {
    this.scenario = scenario;
    this.world = world;
    this.table = table;
    this.backend = backend;
  }

  /**
   * Adds to the world's violations.
   *
   * @param failures what was thrown on the loop
   * @param breakOff the failure by which the scenario has ended the loop; or null
   * @param timers those of the scenario that wait
   * @param proactor whose loop it was
   */
  @SuppressWarnings("ReferenceEquality") // Throwables have identity, no value.
  void check(
      ShutdownReport report,
      List<Throwable> failures,
      Throwable breakOff,
      int timers,
      Proactor proactor) {
    Throwable failure = report.failure();
    boolean expected = failure == null || failure == breakOff || scenario.expects(failure);
    if (!expected && world.violations().isEmpty()) {
      world.violated("the loop has failed: " + describe(failure));
    }
    for (Throwable thrown : failures) {
      if (thrown != failure && !scenario.expects(thrown)) {
        world.violated("a handler has failed: " + describe(thrown));
      }
    }
    if (failure != null) {
      return;
    }
    if (report.operationsAbandoned() > 0 && scenario.expectsAbandoned()) {
      checkAbandoned(report);
    } else {
      checkNothingLeft(report, timers, proactor);
    }
  }

  private static String describe(Throwable failure) {
    StackTraceElement[] stack = failure.getStackTrace();
    return failure + (stack.length == 0 ? "" : " at " + stack[0]);
  }

  /** What the kernel has kept is what was told, and its slots are nobody else's. */
  private void checkAbandoned(ShutdownReport report) {
    int abandoned = report.operationsAbandoned();
    if (report.drained() || abandoned != backend.operationsInFlight()) {
      world.violated("not what is in flight: " + backend.inFlight() + "; " + report);
    }
    zero("slots in use besides those of abandoned operations", table.inFlight() - abandoned);
    zero("stale completions besides duplicates", table.staleCompletions() - backend.duplicates());
  }

  private void checkNothingLeft(ShutdownReport report, int timers, Proactor proactor) {
    zero("operations abandoned", report.operationsAbandoned());
    zero("buffers outstanding", report.buffersOutstanding());
    zero("timers left besides those of the scenario", report.timersCancelled() - timers);
    zero("slots in use", table.inFlight());
    zero("slots set aside", table.reserved());
    zero("descriptors open", backend.openDescriptors());
    zero("stale completions besides duplicates", table.staleCompletions() - backend.duplicates());
    long opened = proactor.metrics().connectionsOpened();
    zero("connections not closed", opened - proactor.metrics().connectionsClosed());
    if (report.drained() != (report.resourcesTerminated() == 0)) {
      world.violated("the report contradicts itself: " + report);
    }
  }

  private void zero(String what, long value) {
    if (value != 0) {
      world.violated("at the end: " + value + " " + what);
    }
  }
}
