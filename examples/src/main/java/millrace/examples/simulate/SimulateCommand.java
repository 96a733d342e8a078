package millrace.examples.simulate;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import millrace.examples.CommandFailure;
import millrace.examples.http.HttpScenario;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Shrinker;
import millrace.proactor.simulation.Simulation;
import millrace.proactor.simulation.SimulationResult;
import millrace.proactor.simulation.scenario.StandardScenarios;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace simulate}: runs programs in a simulated kernel under random faults. */
@Command(
    name = "simulate",
    description = {
      "Runs scenarios on a simulated kernel, network and disk under random faults, and checks that"
          + " no rule of the proactor is broken.",
      "The same seed gives the same run. Exit status 1 when a run has failed."
    },
    sortOptions = false)
public final class SimulateCommand implements Callable<Integer> {
  private static final int MOST_SHRINKING_RUNS = 1000;

  @Spec private CommandSpec command;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "The first seed (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many seeds, each with every scenario (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = "Only this one; can be given several times.")
  private List<String> only = new ArrayList<>();

  @Option(names = "--list", description = "Lists the scenarios and ends.")
  private boolean list;

  @Option(names = "--trace", description = "Prints the whole trace of each run.")
  private boolean trace;

  @Option(names = "--no-faults", description = "Injects no faults.")
  private boolean noFaults;

  /** For picocli. */
  public SimulateCommand() {}

  /** All scenarios by name. */
  static Map<String, Supplier<Scenario>> scenarios() {
    Map<String, Supplier<Scenario>> scenarios = new LinkedHashMap<>(StandardScenarios.all());
    scenarios.put("http", HttpScenario::new);
    return scenarios;
  }

  @Override
  public Integer call() throws CommandFailure {
    if (runs < 1) {
      throw new ParameterException(
          command.commandLine(), "--runs " + runs + ": must be at least 1");
    }
    PrintWriter out = command.commandLine().getOut();
    if (list) {
      scenarios().keySet().forEach(out::println);
      out.flush();
      return 0;
    }
    int failed = 0;
    for (Map.Entry<String, Supplier<Scenario>> each : chosen().entrySet()) {
      failed += run(each.getKey(), each.getValue(), out);
      out.flush();
    }
    if (failed > 0) {
      throw new CommandFailure(failed + " runs have failed");
    }
    return 0;
  }

  private Map<String, Supplier<Scenario>> chosen() {
    Map<String, Supplier<Scenario>> chosen = scenarios();
    for (String name : only) {
      if (!chosen.containsKey(name)) {
        throw new ParameterException(
            command.commandLine(),
            "--scenario " + name + ": must be one of " + String.join(", ", chosen.keySet()));
      }
    }
    if (!only.isEmpty()) {
      chosen.keySet().retainAll(only);
    }
    return chosen;
  }

  /** How many runs of one scenario have failed; the first of them is shrunk and told. */
  private int run(String name, Supplier<Scenario> scenario, PrintWriter out) {
    List<Long> failures =
        LongStream.range(seed, seed + runs)
            .parallel()
            .filter(each -> simulate(scenario, each).failed())
            .boxed()
            .toList();
    out.printf("%-16s %d runs, %d failed%n", name, runs, failures.size());
    if (!failures.isEmpty()) {
      out.println("failing seeds: " + failures);
      SimulationResult failed = simulate(scenario, failures.get(0));
      out.print(
          Shrinker.shrink(scenario, plan(failed.seed()), failed, MOST_SHRINKING_RUNS).describe());
    }
    if (trace) {
      LongStream.range(seed, seed + runs)
          .forEach(each -> out.print(simulate(scenario, each).trace()));
    }
    return failures.size();
  }

  private SimulationResult simulate(Supplier<Scenario> scenario, long each) {
    return Simulation.run(scenario, each, plan(each));
  }

  private FaultPlan plan(long each) {
    return noFaults ? FaultPlan.none() : FaultPlan.swarm(each);
  }
}
