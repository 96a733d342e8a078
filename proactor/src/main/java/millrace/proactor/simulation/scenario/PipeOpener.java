package millrace.proactor.simulation.scenario;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.Proactor;
import millrace.proactor.pipe.Pipe;
import millrace.proactor.pipe.PipeOptions;
import millrace.proactor.pipe.PipeReader;
import millrace.proactor.pipe.PipeWriter;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.UringException;

/**
 * The ways to get a pipe: made by the proactor; made by others and wrapped, with O_NONBLOCK or
 * without, or with raw operations at one end; a FIFO that is opened.
 */
final class PipeOpener {

  private static final int LEAST_CAPACITY_BYTES = 4096;
  private static final int MOST_CAPACITY_EXPONENT = 17;
  private static final long LARGEST_QUEUE_BYTES = 1 << 20;
  private static final long LONGEST_CLOSE_NANOS = 3_000_000;

  /** Why a pipe may not be had. */
  private static final Set<Integer> REASONS = Set.of(Errno.EAGAIN, Errno.EMFILE, Errno.ENOBUFS);

  /** Besides, when the loop ends meanwhile. */
  private static final Set<Integer> REASONS_AT_END = Set.of(Errno.ECANCELED, Errno.EINTR);

  private final Simulation simulation;
  private final SplittableRandom random;
  private final PipeBuffers buffers;
  private final List<RawPipeEnd> rawEnds = new ArrayList<>();
  private int fifos;

  PipeOpener(Simulation simulation, PipeBuffers buffers) {
    this.simulation = simulation;
    this.random = simulation.random();
    this.buffers = buffers;
  }

  /** Loop thread. */
  void open(PipeTransfer transfer) {
    switch (random.nextInt(4)) {
      case 0 -> makeFifo(transfer);
      case 1 -> make(transfer);
      default -> wrap(transfer);
    }
  }

  /** Closes what raw operations could not, as the loop has ended. */
  void release() {
    rawEnds.forEach(RawPipeEnd::release);
  }

  private Proactor proactor() {
    return simulation.proactor();
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

  private int capacityBytes() {
    return LEAST_CAPACITY_BYTES + random.nextInt(1 << random.nextInt(MOST_CAPACITY_EXPONENT));
  }

  private void make(PipeTransfer transfer) {
    PipeOptions options = options(transfer);
    PipeSource source = new PipeSource(transfer, options);
    PipeSink sink = new PipeSink(transfer, options);
    Pipe.open(proactor(), options, sink, source)
        .whenComplete(
            (pipe, failure) -> {
              if (failure == null) {
                sink.start(pipe.reader());
                source.start(pipe.writer());
              } else {
                refused(failure);
                noReader(transfer);
                noWriter(transfer);
              }
            });
  }

  private void wrap(PipeTransfer transfer) {
    boolean readNonBlocking = random.nextBoolean();
    boolean writeNonBlocking = random.nextBoolean();
    int[] ends = simulation.pipe(capacityBytes(), readNonBlocking, writeNonBlocking);
    if (ends == null) {
      noReader(transfer);
      noWriter(transfer);
      return;
    }
    wrapReader(transfer, ends[0], readNonBlocking);
    wrapWriter(transfer, ends[1], writeNonBlocking);
  }

  private void wrapReader(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    if (random.nextInt(3) == 0) {
      start(new RawPipeSink(transfer, descriptor, nonBlocking));
      return;
    }
    PipeOptions options = options(transfer);
    PipeSink sink = new PipeSink(transfer, options);
    PipeReader.wrap(proactor(), descriptor, options, sink)
        .whenComplete(
            (reader, failure) -> {
              if (failure == null) {
                sink.start(reader);
              } else {
                refused(failure);
                simulation.closeDescriptor(descriptor);
                noReader(transfer);
              }
            });
  }

  private void wrapWriter(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    if (random.nextInt(3) == 0) {
      start(new RawPipeSource(transfer, descriptor, nonBlocking));
      return;
    }
    PipeOptions options = options(transfer);
    PipeSource source = new PipeSource(transfer, options);
    PipeWriter.wrap(proactor(), descriptor, options, source)
        .whenComplete(
            (writer, failure) -> {
              if (failure == null) {
                source.start(writer);
              } else {
                refused(failure);
                simulation.closeDescriptor(descriptor);
                noWriter(transfer);
              }
            });
  }

  private void start(RawPipeEnd end) {
    rawEnds.add(end);
    end.next();
  }

  /** The reader first, as nobody can write to a FIFO that nobody reads from. */
  private void makeFifo(PipeTransfer transfer) {
    Path path = Path.of("/fifo" + ++fifos);
    simulation.fifo(path, capacityBytes());
    PipeOptions options = options(transfer);
    PipeSink sink = new PipeSink(transfer, options);
    PipeReader.openFifo(proactor(), path, options, sink)
        .whenComplete(
            (reader, failure) -> {
              if (failure == null) {
                sink.start(reader);
                openFifoWriter(transfer, path, sink, reader);
              } else {
                refused(failure);
                noReader(transfer);
                noWriter(transfer);
              }
            });
  }

  private void openFifoWriter(PipeTransfer transfer, Path path, PipeSink sink, PipeReader reader) {
    PipeOptions options = options(transfer);
    PipeSource source = new PipeSource(transfer, options);
    PipeWriter.openFifo(proactor(), path, options, source)
        .whenComplete(
            (writer, failure) -> {
              if (failure == null) {
                source.start(writer);
                return;
              }
              boolean noReader = errnoOf(failure) == Errno.ENXIO && transfer.isBroken();
              if (!noReader) {
                refused(failure);
              }
              noWriter(transfer);
              // It would wait for one.
              sink.close(reader);
            });
  }

  private void noReader(PipeTransfer transfer) {
    transfer.readerEnds();
    transfer.readerClosed();
  }

  private void noWriter(PipeTransfer transfer) {
    transfer.writerEnds();
    transfer.writerClosed(Errno.EAGAIN);
  }

  private static int errnoOf(Throwable failure) {
    return failure instanceof UringException uring ? uring.errno() : 0;
  }

  private void refused(Throwable failure) {
    int errno = errnoOf(failure);
    boolean atEnd = simulation.isEnded() && REASONS_AT_END.contains(errno);
    if (!atEnd && !REASONS.contains(errno)) {
      simulation.violated("a pipe was refused: " + failure);
    }
  }
}
