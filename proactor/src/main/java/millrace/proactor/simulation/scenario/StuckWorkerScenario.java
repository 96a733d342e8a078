package millrace.proactor.simulation.scenario;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import millrace.proactor.OperationChain;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.file.AsyncFile;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * A shutdown while worker threads of the kernel are stuck: the loop ends all the same, each handler
 * is told once, and of an operation that the kernel still has it is told that it was abandoned. The
 * kernel touches the memory of those an hour later, when the loop is long gone.
 */
final class StuckWorkerScenario implements Scenario, OperationHandler {

  private static final String RAW = "/raw";
  private static final Path FILE = Path.of("/file");
  private static final int FILE_BYTES = 8_192;
  private static final int MOST_OPERATIONS = 20;
  private static final int MOST_BYTES = 1_024;
  private static final int MOST_WRITES = 6;
  private static final long LATEST_SHUTDOWN_NANOS = 2_000_000;
  private static final long LONGEST_DRAIN_NANOS = 1_000_000_000;
  private static final int CHAIN_MEMBERS = 3;

  /** An operation, raw or of a file. */
  private static final class Told {
    private int ends;
  }

  private final Pattern pattern = new Pattern(19);
  private final List<Told> started = new ArrayList<>();
  private Simulation simulation;
  private SplittableRandom random;
  private boolean usesFile;
  private int descriptor = -1;
  private int abandoned;

  @Override
  public String name() {
    return "stuck-workers";
  }

  @Override
  public boolean expectsAbandoned() {
    return true;
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    random = simulation.random();
    simulation.files().write(Path.of(RAW), pattern.bytes(0, FILE_BYTES));
    simulation.files().write(FILE, new byte[FILE_BYTES]);
    BufferSlice path = BufferSlice.copyOf((RAW + "\0").getBytes(StandardCharsets.UTF_8));
    operations().open(Libc.AT_FDCWD, path, Libc.O_RDWR, 0, this::opened, 0, newTold());
    path.release();
    usesFile = random.nextBoolean();
    if (usesFile) {
      Told told = newTold();
      AsyncFile.open(
          simulation.proactor(),
          FILE,
          Libc.O_RDWR,
          0,
          (file, errno) -> {
            told.ends++;
            fileOpened(file);
          });
    }
    long drainNanos = random.nextLong(LONGEST_DRAIN_NANOS);
    simulation.after(
        random.nextLong(LATEST_SHUTDOWN_NANOS),
        () -> simulation.shutdown(Duration.ofNanos(drainNanos)));
  }

  /** What will have to be told of its end. */
  private Told newTold() {
    Told told = new Told();
    started.add(told);
    return told;
  }

  private Operations operations() {
    return simulation.proactor().operations();
  }

  private void opened(long context, Object attachment, int result, int flags) {
    completed(context, attachment, result, flags);
    descriptor = result;
    for (int count = random.nextInt(1, MOST_OPERATIONS); result >= 0 && count > 0; count--) {
      if (random.nextInt(4) == 0) {
        startChain();
      } else {
        startRead(operations());
      }
    }
  }

  private boolean startRead(Operations by) {
    BufferSlice buffer = simulation.proactor().buffers().acquire(random.nextInt(1, MOST_BYTES));
    if (buffer == null) {
      return false;
    }
    Told told = new Told();
    long position = random.nextInt(FILE_BYTES);
    long operation =
        by.read(descriptor, buffer, position, Operations.NO_TIMEOUT, this, position, told);
    // The operation's own reference is all that keeps the memory: for ever, when it is abandoned.
    buffer.release();
    if (operation != Operations.REFUSED) {
      started.add(told);
    }
    return operation != Operations.REFUSED;
  }

  /** If the first one is stuck, the others do not begin, and are abandoned with it. */
  private void startChain() {
    int before = started.size();
    try (OperationChain chain = operations().beginChain(CHAIN_MEMBERS)) {
      boolean whole = true;
      for (int member = 0; member < CHAIN_MEMBERS; member++) {
        whole &= startRead(chain.hardLink());
      }
      if (!whole || !chain.submit()) {
        started.subList(before, started.size()).clear();
      }
    }
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    ((Told) attachment).ends++;
    if ((flags & ABANDONED) != 0) {
      abandoned++;
      if (result != -Errno.ECANCELED) {
        simulation.violated("an abandoned operation has ended with " + result);
      }
    }
  }

  private void fileOpened(AsyncFile file) {
    if (file == null) {
      return;
    }
    int writes = random.nextInt(1, MOST_WRITES);
    for (int count = 0; count < writes; count++) {
      BufferSlice buffer = simulation.proactor().buffers().acquire(MOST_BYTES);
      if (buffer == null) {
        break;
      }
      pattern.fill(buffer, 0);
      Told told = newTold();
      file.writeAndSync(
          buffer,
          (long) count * MOST_BYTES,
          true,
          result -> {
            told.ends++;
            // Not the last reference, if the kernel still has the write.
            buffer.release();
          });
    }
    // It waits for the writes; if one is stuck, until the loop ends.
    Told told = newTold();
    file.close(result -> told.ends++);
  }

  @Override
  public void release(Simulation run) {
    // Only who knows that nothing is in flight on it may close it.
    if (descriptor >= 0 && abandoned == 0) {
      run.closeDescriptor(descriptor);
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    for (Told told : started) {
      if (told.ends != 1) {
        run.violated("an operation was told of its end " + told.ends + " times");
      }
    }
    int most = report.operationsAbandoned();
    if (abandoned > most || (abandoned < most && !usesFile)) {
      run.violated(abandoned + " were told that they were abandoned: " + report);
    }
    int readsAbandoned = descriptor < 0 ? 0 : abandoned;
    if (!usesFile && report.buffersOutstanding() != readsAbandoned) {
      run.violated(readsAbandoned + " reads were abandoned, with their buffers: " + report);
    }
  }
}
