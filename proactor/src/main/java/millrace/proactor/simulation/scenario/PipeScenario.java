package millrace.proactor.simulation.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.pipe.Pipe;
import millrace.proactor.pipe.PipeOptions;
import millrace.proactor.pipe.PipeReader;
import millrace.proactor.pipe.PipeWriter;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.UringException;

/**
 * Bytes through pipes, of which some are made by the proactor and others are wrapped, with
 * O_NONBLOCK or without; or raw operations with deadlines and cancels are at one end. Readers pause
 * and let the pipe run full; either end may close early. What is read is what was written, byte for
 * byte and once, up to where an end has closed.
 */
final class PipeScenario implements Scenario {

  private static final int MOST_PIPES = 4;
  private static final int LEAST_CAPACITY_BYTES = 4096;
  private static final int MOST_CAPACITY_EXPONENT = 17;
  private static final int SMALL_POOL_BYTES = 1 << 18;
  private static final int LARGE_POOL_BYTES = 1 << 20;

  private static final long LARGEST_QUEUE_BYTES = 1 << 20;
  private static final long LONGEST_START_NANOS = 2_000_000;
  private static final long LATEST_SHUTDOWN_NANOS = 10_000_000;
  private static final long LONGEST_CLOSE_NANOS = 3_000_000;

  /** Why a pipe may not be had. */
  private static final Set<Integer> REASONS = Set.of(Errno.EAGAIN, Errno.EMFILE);

  private final List<PipeTransfer> transfers = new ArrayList<>();
  private final List<RawPipeEnd> rawEnds = new ArrayList<>();
  private Simulation simulation;
  private SplittableRandom random;
  private PipeBuffers buffers;
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
    random = run.random();
    pipesLeft = random.nextInt(1, MOST_PIPES + 1);
    for (int count = pipesLeft; count > 0; count--) {
      PipeTransfer transfer = new PipeTransfer(run, count, buffers, this::pipeOver);
      run.after(random.nextLong(LONGEST_START_NANOS), () -> openSoon(transfer));
    }
    if (random.nextInt(5) == 0) {
      run.after(random.nextLong(LATEST_SHUTDOWN_NANOS), this::shutdown);
    }
  }

  /** In the middle of it. */
  private void shutdown() {
    if (!simulation.isEnded()) {
      simulation.shutdown(Duration.ofMillis(random.nextInt(5)));
    }
  }

  private void pipeOver() {
    if (--pipesLeft == 0) {
      simulation.end();
    }
  }

  private PipeOptions options(PipeTransfer transfer) {
    int high = random.nextInt(1, buffers.queueLimitBytes());
    boolean patient = random.nextInt(3) > 0;
    return PipeOptions.defaults()
        .withReadBytes(transfer.readBytes())
        .withWatermarks(random.nextInt(high), high, LARGEST_QUEUE_BYTES)
        .withCloseLimit(
            patient ? Duration.ofHours(1) : Duration.ofNanos(random.nextLong(LONGEST_CLOSE_NANOS)));
  }

  /** As another thread would do it. */
  private void openSoon(PipeTransfer transfer) {
    if (!simulation.isEnded()) {
      simulation.proactor().execute(() -> open(transfer));
    }
  }

  private void open(PipeTransfer transfer) {
    if (random.nextBoolean()) {
      PipeOptions options = options(transfer);
      PipeSource source = new PipeSource(transfer, options);
      PipeSink sink = new PipeSink(transfer, options);
      Pipe.open(simulation.proactor(), options, sink, source)
          .whenComplete(
              (pipe, failure) -> {
                if (failure == null) {
                  transfers.add(transfer);
                  sink.start(pipe.reader());
                  source.start(pipe.writer());
                } else {
                  refused(failure);
                  pipeOver();
                }
              });
      return;
    }
    boolean readNonBlocking = random.nextBoolean();
    boolean writeNonBlocking = random.nextBoolean();
    int capacityBytes =
        LEAST_CAPACITY_BYTES + random.nextInt(1 << random.nextInt(MOST_CAPACITY_EXPONENT));
    int[] ends = simulation.pipe(capacityBytes, readNonBlocking, writeNonBlocking);
    if (ends == null) {
      pipeOver();
      return;
    }
    transfers.add(transfer);
    openReader(transfer, ends[0], readNonBlocking);
    openWriter(transfer, ends[1], writeNonBlocking);
  }

  private void openReader(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    if (random.nextInt(3) == 0) {
      start(new RawPipeSink(transfer, descriptor, nonBlocking));
      return;
    }
    PipeOptions options = options(transfer);
    PipeSink sink = new PipeSink(transfer, options);
    PipeReader.wrap(simulation.proactor(), descriptor, options, sink)
        .whenComplete(
            (reader, failure) -> {
              if (failure == null) {
                sink.start(reader);
              } else {
                refused(failure);
                transfer.readerEnds();
                simulation.closeDescriptor(descriptor);
                transfer.readerClosed();
              }
            });
  }

  private void openWriter(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    if (random.nextInt(3) == 0) {
      start(new RawPipeSource(transfer, descriptor, nonBlocking));
      return;
    }
    PipeOptions options = options(transfer);
    PipeSource source = new PipeSource(transfer, options);
    PipeWriter.wrap(simulation.proactor(), descriptor, options, source)
        .whenComplete(
            (writer, failure) -> {
              if (failure == null) {
                source.start(writer);
              } else {
                refused(failure);
                transfer.writerEnds();
                simulation.closeDescriptor(descriptor);
                transfer.writerClosed(Errno.EAGAIN);
              }
            });
  }

  private void start(RawPipeEnd end) {
    rawEnds.add(end);
    end.next();
  }

  private void refused(Throwable failure) {
    if (!(failure instanceof UringException uring && REASONS.contains(uring.errno()))) {
      simulation.violated("a pipe was refused: " + failure);
    }
  }

  @Override
  public void release(Simulation run) {
    rawEnds.forEach(RawPipeEnd::release);
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    transfers.forEach(transfer -> transfer.check(pipesLeft > 0));
  }
}
