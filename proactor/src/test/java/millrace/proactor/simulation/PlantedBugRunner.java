package millrace.proactor.simulation;

import java.io.IOException;
import java.util.function.Supplier;
import millrace.proactor.backend.uring.CompletionOrders;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.simulation.scenario.StandardScenarios;

/** Looks for a bug from inside the class loader that has it. */
public final class PlantedBugRunner {

  private PlantedBugRunner() {}

  /** How the first seed below {@code seeds} fails; null when none does. */
  public static String search(String name, int seeds) throws IOException {
    if (name.equals(CompletionOrders.NAME)) {
      return CompletionOrders.search(seeds);
    }
    Supplier<Scenario> scenario = StandardScenarios.all().get(name);
    for (long seed = 0; seed < seeds; seed++) {
      SimulationResult result = Simulation.run(scenario, seed, FaultPlan.swarm(seed));
      if (result.failed()) {
        return "seed " + seed + ": " + result.violations().get(0);
      }
    }
    return null;
  }
}
