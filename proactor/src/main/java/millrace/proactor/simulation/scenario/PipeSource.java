package millrace.proactor.simulation.scenario;

import java.util.SplittableRandom;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.pipe.PipeOptions;
import millrace.proactor.pipe.PipeWriteHandler;
import millrace.proactor.pipe.PipeWriter;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/** Writes a pattern into a pipe as there is room, and closes or aborts. */
final class PipeSource implements PipeWriteHandler {

  private static final long LONGEST_PAUSE_NANOS = 300_000;
  private static final long LATEST_ABORT_NANOS = 3_000_000;

  private final PipeTransfer transfer;
  private final Simulation simulation;
  private final SplittableRandom random;
  private final PipeOptions options;
  private final int largestPieceBytes;
  private boolean full;
  private boolean closing;
  private boolean aborted;
  private boolean closed;
  private int sendsUnderWay;

  PipeSource(PipeTransfer transfer, PipeOptions options) {
    this.transfer = transfer;
    this.simulation = transfer.simulation();
    this.random = transfer.random();
    this.options = options;
    this.largestPieceBytes = transfer.pieceBytes();
  }

  void start(PipeWriter writer) {
    if (random.nextInt(5) == 0) {
      simulation.startTimer(random.nextLong(LATEST_ABORT_NANOS), () -> abort(writer));
    }
    fill(writer);
  }

  private void abort(PipeWriter writer) {
    if (!closed) {
      aborted = true;
      transfer.writerEnds();
      writer.abort();
    }
  }

  private void fill(PipeWriter writer) {
    while (writer.isOpen() && transfer.leftBytes() > 0) {
      if (!give(writer)) {
        full = true;
        return;
      }
      boolean pauses = random.nextInt(16) == 0;
      long nanos = random.nextLong(LONGEST_PAUSE_NANOS);
      if (pauses && simulation.startTimer(nanos, () -> fill(writer)) != null) {
        return;
      }
    }
    if (writer.isOpen()) {
      close(writer);
    }
  }

  private void close(PipeWriter writer) {
    closing = true;
    transfer.writerEnds();
    writer.close();
  }

  private boolean give(PipeWriter writer) {
    long position = transfer.givenBytes();
    int length = (int) Math.min(transfer.leftBytes(), random.nextInt(1, largestPieceBytes + 1));
    BufferSlice slice = slice(transfer.give(position, length));
    if (random.nextInt(4) > 0) {
      boolean writable = writer.write(slice);
      checkWritable(writer, writable);
      return writable;
    }
    sendsUnderWay++;
    writer.send(slice).whenComplete((done, failure) -> sent(writer, position + length, failure));
    checkWritable(writer, writer.isWritable());
    return writer.isWritable();
  }

  /** It was writable before; so what is queued exceeds the high watermark by one piece at most. */
  private void checkWritable(PipeWriter writer, boolean writable) {
    boolean below = writer.queuedBytes() <= options.highWatermarkBytes();
    if (writer.isOpen() && writable != below) {
      simulation.violated("write says " + writable + " with " + writer.queuedBytes() + " queued");
    }
  }

  private BufferSlice slice(byte[] bytes) {
    BufferSlice slice = random.nextBoolean() ? null : transfer.buffers().acquire(bytes.length);
    if (slice == null) {
      return BufferSlice.copyOf(bytes);
    }
    slice.copyFrom(bytes, 0, 0, bytes.length);
    return slice;
  }

  private void sent(PipeWriter writer, long position, Throwable failure) {
    sendsUnderWay--;
    if (failure == null) {
      transfer.taken(position);
    } else if (writer.isOpen()) {
      simulation.violated("a send to a pipe that is open has failed: " + failure);
    }
  }

  @Override
  public void writable(PipeWriter writer) {
    if (!full || writer.queuedBytes() > options.lowWatermarkBytes()) {
      simulation.violated("writable with " + writer.queuedBytes() + " bytes, full=" + full);
    }
    full = false;
    fill(writer);
  }

  @Override
  public void draining(PipeWriter writer) {
    close(writer);
  }

  @Override
  public void closed(PipeWriter writer, int errno) {
    closed = true;
    boolean justly =
        (errno == 0 && closing)
            || (errno == Errno.EPIPE && transfer.isBroken())
            || (errno == Errno.ETIMEDOUT && closing && options.closeLimit().toHours() == 0)
            || (errno == Errno.ECANCELED && (aborted || simulation.isEnded()));
    if (!justly) {
      simulation.violated("the writing end of a pipe has ended with " + Errno.name(errno));
    }
    if (errno == 0) {
      transfer.taken(transfer.givenBytes());
    }
    if (sendsUnderWay != 0 || writer.queuedBytes() != 0) {
      simulation.violated(sendsUnderWay + " sends to a pipe that is closed, " + writer);
    }
    simulation.note("writer closed errno=" + errno);
    transfer.writerClosed(errno);
  }
}
