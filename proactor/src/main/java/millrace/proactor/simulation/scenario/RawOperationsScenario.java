package millrace.proactor.simulation.scenario;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Raw reads with deadlines that are cancelled at random, more than the loop admits. Each completes
 * once, with data that is right or with a reason; a buffer that was cancelled is still written when
 * the kernel gets to it, and nobody else has it by then.
 */
final class RawOperationsScenario implements Scenario, OperationHandler {

  private static final String PATH = "/raw";
  private static final int FILE_BYTES = 16_384;
  private static final int MOST_READS = 200;
  private static final long LATEST_SHUTDOWN_NANOS = 3_000_000;
  private static final long LONGEST_DEADLINE_NANOS = 1_000_000;
  private static final Set<Integer> REASONS =
      Set.of(Errno.EIO, Errno.ETIME, Errno.ECANCELED, Errno.EINTR);

  private static final class Read {
    private BufferSlice buffer;
    private long position;
    private boolean deadline;
    private boolean cancelled;
    private boolean completed;
  }

  private final Pattern pattern = new Pattern(13);
  private Simulation simulation;
  private SplittableRandom random;
  private int descriptor = -1;
  private int readsLeft;
  private int underWay;
  private boolean closing;
  private boolean shutdown;

  @Override
  public String name() {
    return "raw-operations";
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    random = simulation.random();
    readsLeft = random.nextInt(1, MOST_READS);
    simulation.files().write(Path.of(PATH), pattern.bytes(0, FILE_BYTES));
    BufferSlice path = BufferSlice.copyOf((PATH + "\0").getBytes(StandardCharsets.UTF_8));
    operations().open(Libc.AT_FDCWD, path, Libc.O_RDONLY, 0, this::opened, 0, null);
    path.release();
    if (random.nextInt(3) == 0) {
      simulation.after(random.nextLong(LATEST_SHUTDOWN_NANOS), this::shutdown);
    }
  }

  /** In the middle of it: what is in flight is cancelled, and nothing more is taken. */
  private void shutdown() {
    if (!closing) {
      shutdown = true;
      simulation.shutdown(Duration.ZERO);
    }
  }

  private Operations operations() {
    return simulation.proactor().operations();
  }

  private void opened(long context, Object attachment, int result, int flags) {
    descriptor = result;
    if (result < 0) {
      closing = true;
      simulation.end();
    } else {
      next();
    }
  }

  private void next() {
    if (shutdown) {
      return;
    }
    for (int count = random.nextInt(1, 8); count > 0 && readsLeft > 0; count--) {
      readsLeft--;
      startRead();
    }
    if (readsLeft == 0 && underWay == 0 && !closing) {
      closing = true;
      operations().close(descriptor, this::closed, 0, null);
    } else if (underWay == 0 && readsLeft > 0) {
      // All were refused: no buffer, or the cap is reached.
      simulation.after(1_000, () -> simulation.proactor().execute(this::next));
    }
  }

  private void startRead() {
    Read read = new Read();
    read.buffer = simulation.proactor().buffers().acquire(random.nextInt(1, 2048));
    if (read.buffer == null) {
      return;
    }
    read.position = random.nextInt(FILE_BYTES);
    read.deadline = random.nextInt(3) == 0;
    long nanos = read.deadline ? random.nextLong(1, LONGEST_DEADLINE_NANOS) : Operations.NO_TIMEOUT;
    long operation =
        operations().read(descriptor, read.buffer, read.position, nanos, this, 0, read);
    if (operation == Operations.REFUSED) {
      read.buffer.release();
      return;
    }
    underWay++;
    if (random.nextInt(3) == 0) {
      long delay = random.nextLong(400_000);
      simulation.after(delay, () -> planCancel(read, operation));
    }
    if (random.nextBoolean()) {
      // The operation keeps its own reference, whatever its owner does.
      read.buffer.release();
      read.buffer = null;
    }
  }

  private void planCancel(Read read, long operation) {
    if (!read.completed) {
      simulation.proactor().execute(() -> cancel(read, operation));
    }
  }

  private void cancel(Read read, long operation) {
    read.cancelled |= !read.completed;
    operations().cancel(operation);
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    Read read = (Read) attachment;
    underWay--;
    if (read.completed) {
      simulation.violated("a read has completed twice");
    }
    read.completed = true;
    if (result < 0) {
      checkReason(read, -result);
    } else if (read.buffer != null) {
      byte[] data = new byte[result];
      read.buffer.copyTo(data, 0, 0, result);
      if (pattern.difference(data, read.position) >= 0) {
        simulation.violated("a read brought wrong bytes at " + read.position);
      }
    }
    if (read.buffer != null) {
      read.buffer.release();
    }
    next();
  }

  private void checkReason(Read read, int errno) {
    boolean cancelled = read.cancelled || shutdown;
    boolean wrong =
        !REASONS.contains(errno)
            || (errno == Errno.ETIME && !read.deadline)
            || ((errno == Errno.ECANCELED || errno == Errno.EINTR) && !cancelled);
    if (wrong) {
      simulation.violated("a read ended with " + Errno.name(errno) + " without cause");
    }
  }

  private void closed(long context, Object attachment, int result, int flags) {
    simulation.end();
  }

  @Override
  public void release(Simulation run) {
    if (shutdown && descriptor >= 0) {
      run.closeDescriptor(descriptor);
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    if (underWay != 0) {
      run.violated(underWay + " reads did not complete");
    }
  }
}
