package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.simulation.scenario.StandardScenarios;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every scenario under every kind of fault, with many seeds. */
class SweepTest {

  private static final int SEEDS = Integer.getInteger("millrace.test.seeds", 2000);
  private static final int MOST_SHRINKING_RUNS = 300;

  static Iterable<String> scenarios() {
    return StandardScenarios.all().keySet();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void noSeedBreaksARule(String name) {
    Supplier<Scenario> scenario = StandardScenarios.all().get(name);
    LongStream.range(0, SEEDS).parallel().forEach(seed -> check(scenario, seed));
  }

  private static void check(Supplier<Scenario> scenario, long seed) {
    FaultPlan plan = FaultPlan.swarm(seed);
    SimulationResult result = Simulation.run(scenario, seed, plan);
    if (result.failed()) {
      fail(Shrinker.shrink(scenario, plan, result, MOST_SHRINKING_RUNS).describe());
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void withoutFaultsEverythingEndsWell(String name) {
    Supplier<Scenario> scenario = StandardScenarios.all().get(name);
    for (long seed = 0; seed < 50; seed++) {
      SimulationResult result = Simulation.run(scenario, seed, FaultPlan.none());
      assertEquals(false, result.failed(), result::describe);
    }
  }

  @Test
  void everyKindOfFaultStrikes() {
    Set<Fault> struck = EnumSet.noneOf(Fault.class);
    for (Supplier<Scenario> scenario : StandardScenarios.all().values()) {
      for (long seed = 0; seed < 30; seed++) {
        Simulation.run(scenario, seed, FaultPlan.usual())
            .faults()
            .forEach(each -> struck.add(each.fault()));
      }
    }
    // No scenario has datagrams.
    EnumSet<Fault> ofDatagrams = EnumSet.range(Fault.DATAGRAM_LOST, Fault.DATAGRAM_REFUSED);
    assertEquals(EnumSet.complementOf(ofDatagrams), struck);
  }
}
