package millrace.proactor.simulation.scenario;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import millrace.proactor.simulation.Scenario;

/** The scenarios of this package by name. */
public final class StandardScenarios {

  private StandardScenarios() {}

  /**
   * All of them, in a fixed order.
   *
   * @return makers of scenarios; each makes one for one run
   */
  public static Map<String, Supplier<Scenario>> all() {
    Map<String, Supplier<Scenario>> scenarios = new LinkedHashMap<>();
    scenarios.put("echo", EchoScenario::new);
    scenarios.put("slow-consumers", SlowConsumerScenario::new);
    scenarios.put("greedy-clients", GreedyClientsScenario::new);
    scenarios.put("shutdown", ShutdownScenario::new);
    scenarios.put("broken-off", BrokenOffScenario::new);
    scenarios.put("random-calls", RandomCallsScenario::new);
    scenarios.put("clients", ClientScenario::new);
    scenarios.put("local-echo", LocalEchoScenario::new);
    scenarios.put("datagrams", DatagramScenario::new);
    scenarios.put("pipes", PipeScenario::new);
    scenarios.put("timers", TimerScenario::new);
    scenarios.put("file-copy", FileCopyScenario::new);
    scenarios.put("durable-log", DurableLogScenario::new);
    scenarios.put("raw-operations", RawOperationsScenario::new);
    scenarios.put("chains", ChainScenario::new);
    scenarios.put("stuck-workers", StuckWorkerScenario::new);
    return scenarios;
  }
}
