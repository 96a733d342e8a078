package millrace.proactor.simulation.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;

/**
 * Bytes through pipes. Readers pause and let the pipe run full; either end may close early. What is
 * read is what was written, byte for byte and once, up to where an end has closed.
 */
final class PipeScenario implements Scenario {

  private static final int MOST_PIPES = 4;
  private static final int SMALL_POOL_BYTES = 1 << 18;
  private static final int LARGE_POOL_BYTES = 1 << 20;
  private static final long LONGEST_START_NANOS = 2_000_000;
  private static final long LATEST_SHUTDOWN_NANOS = 10_000_000;

  private final List<PipeTransfer> transfers = new ArrayList<>();
  private Simulation simulation;
  private PipeBuffers buffers;
  private PipeOpener opener;
  private int pipesLeft;

  @Override
  public String name() {
    return "pipes";
  }

  @Override
  public void configure(ProactorOptions.Builder options, Simulation run) {
    // Readers wait for buffers if it is the smaller one.
    boolean small = run.random().nextBoolean();
    options.bufferPoolBytes(small ? SMALL_POOL_BYTES : LARGE_POOL_BYTES);
    buffers = new PipeBuffers(run, small);
  }

  @Override
  public void start(Simulation run) {
    simulation = run;
    opener = new PipeOpener(run, buffers);
    SplittableRandom random = run.random();
    pipesLeft = random.nextInt(1, MOST_PIPES + 1);
    for (int number = 1; number <= pipesLeft; number++) {
      PipeTransfer transfer = new PipeTransfer(run, number, buffers, this::pipeOver);
      transfers.add(transfer);
      run.after(random.nextLong(LONGEST_START_NANOS), () -> open(transfer));
    }
    if (random.nextInt(5) == 0) {
      run.after(random.nextLong(LATEST_SHUTDOWN_NANOS), this::shutdown);
    }
  }

  /** As another thread would do it. */
  private void open(PipeTransfer transfer) {
    if (!simulation.isEnded()) {
      simulation.proactor().execute(() -> opener.open(transfer));
    }
  }

  /** In the middle of it. */
  private void shutdown() {
    if (!simulation.isEnded()) {
      simulation.shutdown(Duration.ofMillis(simulation.random().nextInt(5)));
    }
  }

  private void pipeOver() {
    if (--pipesLeft == 0) {
      simulation.end();
    }
  }

  @Override
  public void release(Simulation run) {
    opener.release();
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    transfers.forEach(transfer -> transfer.check(pipesLeft > 0));
  }
}
