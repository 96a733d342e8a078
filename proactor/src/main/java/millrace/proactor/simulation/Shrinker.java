package millrace.proactor.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.fault.InjectedFault;

/**
 * Makes a failing run smaller: leaves faults out, first whole kinds, then halves, quarters and
 * single ones (delta debugging), as long as the same rule is broken.
 */
public final class Shrinker {

  private final Supplier<Scenario> scenario;
  private final FaultPlan plan;
  private final int mostRuns;
  private SimulationResult best;
  private int runs;

  private Shrinker(
      Supplier<Scenario> scenario, FaultPlan plan, SimulationResult failed, int mostRuns) {
    this.scenario = scenario;
    this.plan = plan;
    this.best = failed;
    this.mostRuns = mostRuns;
  }

  /**
   * Shrinks a failing run.
   *
   * @param scenario makes the scenario
   * @param plan the plan of the run
   * @param failed how it went
   * @param mostRuns how often to run the scenario at most
   * @return a run that breaks the same rule with as few faults as were found
   */
  public static SimulationResult shrink(
      Supplier<Scenario> scenario, FaultPlan plan, SimulationResult failed, int mostRuns) {
    if (!failed.failed()) {
      throw new IllegalArgumentException("failed: this run has not failed");
    }
    return new Shrinker(scenario, plan, failed, mostRuns).shrink();
  }

  private SimulationResult shrink() {
    if (!tryWith(List.of())) {
      for (Fault fault : Fault.values()) {
        tryWith(best.faults().stream().filter(each -> each.fault() != fault).toList());
      }
      removeChunks();
    }
    return best;
  }

  private void removeChunks() {
    int chunk = Math.max(1, best.faults().size() / 2);
    while (runs < mostRuns) {
      boolean smaller = false;
      for (int from = 0; from < best.faults().size() && runs < mostRuns; ) {
        List<InjectedFault> rest = new ArrayList<>(best.faults());
        rest.subList(from, Math.min(rest.size(), from + chunk)).clear();
        if (tryWith(rest)) {
          smaller = true;
        } else {
          from += chunk;
        }
      }
      if (chunk == 1 && !smaller) {
        return;
      }
      chunk = Math.max(1, chunk / 2);
    }
  }

  /** Whether the same rule is broken with these faults, which are then the best so far. */
  private boolean tryWith(List<InjectedFault> faults) {
    if (faults.size() == best.faults().size() || runs >= mostRuns) {
      return false;
    }
    runs++;
    SimulationResult result =
        Simulation.run(scenario, best.seed(), plan.only(new HashSet<>(faults)));
    boolean same = result.failed() && rule(result).equals(rule(best));
    if (same) {
      best = result;
    }
    return same;
  }

  /** The first broken rule without its numbers. */
  private static String rule(SimulationResult result) {
    return result.violations().get(0).replaceAll("[0-9]+", "#");
  }
}
