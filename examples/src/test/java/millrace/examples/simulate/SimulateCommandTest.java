package millrace.examples.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SimulateCommandTest {

  private static String run(String... arguments) {
    StringWriter output = new StringWriter();
    CommandLine commandLine = new CommandLine(new SimulateCommand());
    commandLine.setOut(new PrintWriter(output));
    assertEquals(0, commandLine.execute(arguments), output::toString);
    return output.toString();
  }

  @Test
  void everyScenarioIsRunWithEverySeed() {
    List<String> lines = run("--seed", "5", "--runs", "3").lines().toList();
    assertEquals(List.copyOf(SimulateCommand.scenarios().keySet()), run("--list").lines().toList());
    assertEquals(SimulateCommand.scenarios().size(), lines.size());
    for (String line : lines) {
      assertTrue(line.endsWith(" 3 runs, 0 failed"), line);
    }
  }

  @Test
  void theTraceOfASeedIsAlwaysTheSame() {
    String[] arguments = {"--seed", "7", "--runs", "1", "--scenario", "http", "--trace"};
    String trace = run(arguments);
    assertTrue(trace.contains("scenario http seed=7\n"), trace);
    assertTrue(trace.lines().count() > 20, trace);
    assertEquals(trace, run(arguments));
    arguments[1] = "8";
    assertNotEquals(trace, run(arguments));
  }

  @Test
  void withoutFaultsNoneIsInjected() {
    String trace = run("--runs", "5", "--scenario", "echo", "--trace", "--no-faults");
    assertTrue(!trace.contains(" fault "), trace);
  }
}
