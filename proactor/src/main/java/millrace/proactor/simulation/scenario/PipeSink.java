package millrace.proactor.simulation.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.pipe.PipeOptions;
import millrace.proactor.pipe.PipeReadHandler;
import millrace.proactor.pipe.PipeReader;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/** Reads a pattern out of a pipe; pauses, keeps some of what it was lent, and may close early. */
final class PipeSink implements PipeReadHandler {

  private static final int MOST_KEPT = 24;
  private static final long LONGEST_PAUSE_NANOS = 1_000_000;

  private record Kept(BufferSlice slice, long position) {}

  private final PipeTransfer transfer;
  private final Simulation simulation;
  private final SplittableRandom random;
  private final PipeOptions options;
  private final List<Kept> kept = new ArrayList<>();
  private final boolean closesEarly;
  private boolean paused;
  private boolean closed;

  PipeSink(PipeTransfer transfer, PipeOptions options) {
    this.transfer = transfer;
    this.options = options;
    this.simulation = transfer.simulation();
    this.random = transfer.random();
    this.closesEarly = random.nextInt(3) == 0;
  }

  void start(PipeReader reader) {
    if (closesEarly || random.nextBoolean()) {
      pauseLater(reader);
    }
  }

  /** While a read is under way: what it brings is kept back. */
  private void pauseLater(PipeReader reader) {
    simulation.startTimer(
        random.nextLong(LONGEST_PAUSE_NANOS),
        () -> {
          if (!closed && !paused) {
            pause(reader);
          } else if (closesEarly && !closed) {
            close(reader);
          }
          if (!closed && random.nextInt(4) > 0) {
            pauseLater(reader);
          }
        });
  }

  private void pause(PipeReader reader) {
    paused = true;
    reader.pause();
    if (simulation.startTimer(random.nextLong(LONGEST_PAUSE_NANOS), () -> resume(reader)) == null) {
      resume(reader);
    }
  }

  private void resume(PipeReader reader) {
    paused = false;
    if (closed || !reader.isOpen()) {
      return;
    }
    if (closesEarly && random.nextBoolean()) {
      close(reader);
    } else {
      reader.resume();
    }
  }

  @Override
  public void received(PipeReader reader, BufferSlice data) {
    if (paused || closed || !reader.isOpen() || data.length() == 0) {
      simulation.violated("received " + data.length() + " bytes, paused=" + paused + ", " + reader);
    }
    if (data.length() > options.readBytes()) {
      simulation.violated(data.length() + " bytes were read, of at most " + options.readBytes());
    }
    long position = transfer.receivedBytes();
    transfer.received(data.toByteArray());
    if (kept.size() < MOST_KEPT && random.nextInt(8) == 0) {
      keep(data, position);
    }
    if (closesEarly && random.nextInt(8) == 0) {
      close(reader);
    } else if (random.nextInt(8) == 0) {
      pause(reader);
    }
  }

  /** It is this handler's now, whatever is read next. */
  private void keep(BufferSlice data, long position) {
    Kept one = new Kept(data.retain(), position);
    kept.add(one);
    if (simulation.startTimer(random.nextLong(LONGEST_PAUSE_NANOS), () -> giveBack(one)) == null) {
      giveBack(one);
    }
  }

  private void giveBack(Kept one) {
    if (kept.remove(one)) {
      if (!transfer.contains(one.slice().toByteArray(), one.position())) {
        simulation.violated("what was retained has changed, at " + one.position());
      }
      one.slice().release();
    }
  }

  void close(PipeReader reader) {
    transfer.readerEnds();
    reader.close();
  }

  @Override
  public void endOfStream(PipeReader reader) {
    if (paused || closed || !reader.isOpen()) {
      simulation.violated("the end was told, paused=" + paused + ", " + reader);
    }
    transfer.endSeen();
    close(reader);
  }

  @Override
  public void draining(PipeReader reader) {
    close(reader);
  }

  @Override
  public void closed(PipeReader reader, int errno) {
    closed = true;
    List.copyOf(kept).forEach(this::giveBack);
    if (errno != 0 && !(errno == Errno.ECANCELED && simulation.isEnded())) {
      simulation.violated("the reading end of a pipe has ended with " + Errno.name(errno));
    }
    simulation.note("reader closed errno=" + errno);
    transfer.readerClosed();
  }
}
