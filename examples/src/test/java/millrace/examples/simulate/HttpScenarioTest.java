package millrace.examples.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.stream.LongStream;
import millrace.examples.http.HttpScenario;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.simulation.Shrinker;
import millrace.proactor.simulation.Simulation;
import millrace.proactor.simulation.SimulationResult;
import org.junit.jupiter.api.Test;

class HttpScenarioTest {

  private static final int SEEDS = Integer.getInteger("millrace.test.seeds", 2000);

  @Test
  void noSeedBreaksARule() {
    LongStream.range(0, SEEDS)
        .parallel()
        .forEach(
            seed -> {
              FaultPlan plan = FaultPlan.swarm(seed);
              SimulationResult result = Simulation.run(HttpScenario::new, seed, plan);
              if (result.failed()) {
                fail(Shrinker.shrink(HttpScenario::new, plan, result, 300).describe());
              }
            });
  }

  @Test
  void oneSeedGivesOneTrace() {
    for (long seed = 0; seed < 20; seed++) {
      FaultPlan plan = FaultPlan.swarm(seed);
      assertEquals(
          Simulation.run(HttpScenario::new, seed, plan).trace(),
          Simulation.run(HttpScenario::new, seed, plan).trace());
    }
  }
}
