package millrace.proactor.simulation;

import java.util.List;
import millrace.proactor.ShutdownReport;
import millrace.proactor.fault.InjectedFault;

/**
 * How a run went.
 *
 * @param scenario name of the scenario
 * @param seed what decided the run, together with the plan
 * @param violations the rules that were broken, in order; empty when all held
 * @param faults the faults that were injected, in order
 * @param trace what happened: one line for each event, beginning with the virtual time
 * @param virtualNanos how long it took, in virtual nanoseconds
 * @param turns turns of the loop
 * @param report how the loop has ended
 */
public record SimulationResult(
    String scenario,
    long seed,
    List<String> violations,
    List<InjectedFault> faults,
    String trace,
    long virtualNanos,
    long turns,
    ShutdownReport report) {

  private static final int LAST_LINES = 40;

  /** {@return whether a rule was broken} */
  public boolean failed() {
    return !violations.isEmpty();
  }

  /** {@return seed, scenario, the broken rules, the faults, and the end of the trace} */
  public String describe() {
    StringBuilder text = new StringBuilder();
    text.append("scenario ").append(scenario).append(", seed ").append(seed).append(": ");
    text.append(failed() ? "FAILED" : "passed").append('\n');
    violations.forEach(violation -> text.append("  broken: ").append(violation).append('\n'));
    text.append("  faults: ").append(faults).append('\n');
    if (report != null) {
      text.append("  end: ").append(report).append('\n');
    }
    List<String> lines = trace.lines().toList();
    int from = Math.max(0, lines.size() - LAST_LINES);
    text.append("  last ").append(lines.size() - from).append(" of ").append(lines.size());
    text.append(" events:\n");
    lines.subList(from, lines.size()).forEach(l -> text.append("    ").append(l).append('\n'));
    return text.toString();
  }
}
