package millrace.proactor.simulation.scenario;

import java.io.IOException;
import millrace.proactor.ShutdownReport;
import millrace.proactor.simulation.Simulation;

/**
 * The echo server's loop fails in the middle, after the kernel has taken its last submissions or
 * before. What the kernel still has it goes on with, and the memory is there for it.
 */
final class BrokenOffScenario extends EchoScenario {

  private static final long LATEST_NANOS = 40_000_000;

  @Override
  public String name() {
    return "broken-off";
  }

  @Override
  public void start(Simulation simulation) throws IOException {
    super.start(simulation);
    simulation.after(
        simulation.random().nextLong(LATEST_NANOS),
        () -> simulation.proactor().execute(simulation::breakOff));
  }

  @Override
  void allOver() {
    // The failure comes by itself.
  }

  @Override
  public void check(Simulation simulation, ShutdownReport report) {
    if (report.failure() == null) {
      simulation.violated("the loop did not notice that it was broken off");
    }
  }
}
