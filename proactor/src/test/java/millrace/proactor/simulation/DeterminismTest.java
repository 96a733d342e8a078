package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.simulation.scenario.StandardScenarios;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeterminismTest {

  private static final int SEEDS = 20;

  static Iterable<String> scenarios() {
    return StandardScenarios.all().keySet();
  }

  private static SimulationResult run(String scenario, long seed) {
    return Simulation.run(StandardScenarios.all().get(scenario), seed, FaultPlan.swarm(seed));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void oneSeedGivesOneTrace(String scenario) {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertEquals(run(scenario, seed).trace(), run(scenario, seed).trace());
    }
  }

  @Test
  void otherSeedsGiveOtherTraces() {
    assertNotEquals(run("echo", 1).trace().substring(30), run("echo", 2).trace().substring(30));
  }

  @Test
  void anotherVirtualMachineGivesTheSameTraces() throws Exception {
    assertEquals(digest(), digestOfAnotherProcess());
  }

  private static String digestOfAnotherProcess() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // Other code, other hashes, other addresses than in this process.
                "-Xint",
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:hashCode=2",
                "-cp",
                System.getProperty("java.class.path"),
                DeterminismTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(true, process.waitFor(60, TimeUnit.SECONDS), output);
    return output.strip();
  }

  /** Prints the digest of some runs. */
  public static void main(String[] arguments) throws Exception {
    System.out.println(digest());
  }

  private static String digest() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String scenario : StandardScenarios.all().keySet()) {
      for (long seed = 0; seed < 3; seed++) {
        digest.update(run(scenario, seed).trace().getBytes(StandardCharsets.UTF_8));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
