package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.time.Duration;
import millrace.proactor.ShutdownReport;
import millrace.proactor.simulation.Simulation;

/** The echo server is shut down in the middle; whatever happens, every client gets to know. */
final class ShutdownScenario extends EchoScenario {

  private static final long LATEST_NANOS = 40_000_000;
  private static final long LONGEST_DRAIN_NANOS = 30_000_000;

  @Override
  public String name() {
    return "shutdown";
  }

  @Override
  public void start(Simulation simulation) throws IOException {
    super.start(simulation);
    long drainNanos = simulation.random().nextLong(LONGEST_DRAIN_NANOS);
    simulation.after(
        simulation.random().nextLong(LATEST_NANOS),
        () -> simulation.shutdown(Duration.ofNanos(drainNanos)));
  }

  @Override
  void allOver() {
    // The shutdown comes by itself.
  }

  @Override
  public void check(Simulation simulation, ShutdownReport report) {
    for (StreamPeer client : clients) {
      if (!client.isOver()) {
        simulation.violated("nobody told " + client);
      }
    }
  }
}
