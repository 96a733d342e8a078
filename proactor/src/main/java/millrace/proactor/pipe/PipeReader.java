package millrace.proactor.pipe;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * The reading end of a pipe, or another descriptor that bytes come from: a FIFO, a terminal,
 * standard input. What is read goes to its {@link PipeReadHandler}.
 *
 * <p>There is one read at a time, into a buffer of the loop's pool. A multishot read with provided
 * buffers (since Linux 6.7) would save a submission for each piece, but works only on what can be
 * polled, would take receive buffers from connections, and is not for the few pipes that a program
 * has. While a reader waits it holds its buffer; when the pool is empty it waits for one.
 *
 * <p><b>Ownership.</b> The descriptor belongs to the reader, which closes it at its end: duplicate
 * it first (fcntl(2), F_DUPFD_CLOEXEC) if others need it. Nobody else may read from it meanwhile.
 * An eventfd is not for here: it wants reads of eight bytes.
 *
 * <p><b>Threading.</b> Everything belongs to the loop thread, except the ways to get a reader and
 * {@link #closeAsync}.
 */
public final class PipeReader {

  private final Loop loop;
  private final PipeOptions options;
  private final PipeReadHandler handler;
  private final PipeEnd end;
  private BufferSlice reading;
  private BufferSlice held;
  private boolean paused;
  private boolean delivering;
  private boolean awaitsBuffer;
  private boolean atEnd;
  private boolean endReported;

  /** The slots are set aside already. */
  PipeReader(Loop loop, int descriptor, PipeOptions options, PipeReadHandler handler) {
    this.loop = loop;
    this.options = options;
    this.handler = handler;
    this.end = new PipeEnd(loop, descriptor, new Owner());
  }

  /**
   * Reads from a descriptor, of which it takes ownership, whatever that is open on; with or without
   * O_NONBLOCK. Any thread.
   *
   * @param proactor the loop
   * @param descriptor an open descriptor
   * @param options sizes and limits
   * @param handler gets the bytes
   * @return the reader; fails with EAGAIN when the loop is at its cap on operations: then the
   *     descriptor stays the caller's
   */
  public static CompletionStage<PipeReader> wrap(
      Proactor proactor, int descriptor, PipeOptions options, PipeReadHandler handler) {
    Pipe.check(descriptor, options);
    Objects.requireNonNull(handler, "handler");
    Loop loop = Loop.of(proactor);
    return loop.<PipeReader>supply(
        future -> {
          if (!loop.reserve(PipeEnd.SLOTS)) {
            future.completeExceptionally(Pipe.atCap("fd " + descriptor));
            return;
          }
          PipeReader reader = new PipeReader(loop, descriptor, options, handler);
          reader.open(false);
          future.complete(reader);
        });
  }

  /**
   * Opens a FIFO to read from it, without blocking the loop or waiting for a writer; the end of the
   * stream is told when there was one and the last one has gone. Any thread. See fifo(7).
   *
   * @param proactor the loop
   * @param path a FIFO
   * @param options sizes and limits
   * @param handler gets the bytes
   * @return the reader; fails with a {@code UringException}: ENOENT, EACCES, EAGAIN when the loop
   *     is at its cap on operations ...
   */
  public static CompletionStage<PipeReader> openFifo(
      Proactor proactor, Path path, PipeOptions options, PipeReadHandler handler) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(handler, "handler");
    Loop loop = Loop.of(proactor);
    return loop.<PipeReader>supply(
        future ->
            new FifoOpener(loop, path, future::completeExceptionally)
                .open(
                    Libc.O_RDONLY,
                    descriptor -> {
                      PipeReader reader = new PipeReader(loop, descriptor, options, handler);
                      reader.open(true);
                      future.complete(reader);
                    }));
  }

  /**
   * @param poll first, as a read would take a FIFO without a writer for one at its end
   */
  void open(boolean poll) {
    loop.register(end);
    if (!end.isEnding()) {
      if (poll) {
        end.poll(Libc.POLLIN);
      } else {
        arm();
      }
    }
  }

  /**
   * Stops calling {@code received} until {@link #resume}. One piece that is under way is kept and
   * delivered then; what is not read fills the pipe and stops whoever writes.
   */
  public void pause() {
    loop.checkInLoop();
    paused = true;
  }

  /** Goes on reading; calls {@code received} at once for what was kept. */
  public void resume() {
    loop.checkInLoop();
    if (paused) {
      paused = false;
      deliverHeld();
      arm();
    }
  }

  /** Closes the descriptor; what was not read is lost. */
  public void close() {
    loop.checkInLoop();
    end.end(0);
  }

  /**
   * {@link #close()}; any thread.
   *
   * @return completes when the descriptor is closed
   */
  public CompletionStage<Void> closeAsync() {
    return loop.supply(
        future -> {
          end.whenClosed(future);
          close();
        });
  }

  /** {@return whether nobody has begun to close it} */
  public boolean isOpen() {
    return !end.isEnding();
  }

  /** The one place where a read is submitted. */
  private void arm() {
    if (paused || atEnd || awaitsBuffer || delivering || end.isEnding() || end.isBusy()) {
      return;
    }
    reading = loop.buffers().acquire(options.readBytes());
    if (reading == null) {
      awaitsBuffer = true;
      loop.buffers().whenAvailable(this::bufferAvailable);
      return;
    }
    // What the pool gives may be larger.
    end.read(reading.range(0, options.readBytes()));
    // The operation has a reference of its own, to the end of the handler's call.
    reading.release();
  }

  private void bufferAvailable() {
    awaitsBuffer = false;
    arm();
  }

  private void received(int bytes) {
    BufferSlice data = reading.range(0, bytes);
    if (paused) {
      held = data.retain();
    } else {
      deliver(data);
    }
  }

  private void deliverHeld() {
    if (held != null && !delivering) {
      BufferSlice data = held;
      held = null;
      deliver(data);
      data.release();
    }
    reportEnd();
  }

  private void deliver(BufferSlice data) {
    delivering = true;
    try {
      handler.received(this, data);
    } catch (Throwable t) {
      end.handlerFailed(t);
    } finally {
      delivering = false;
    }
  }

  private void reportEnd() {
    if (!atEnd || endReported || paused || delivering || held != null || end.isEnding()) {
      return;
    }
    endReported = true;
    try {
      handler.endOfStream(this);
    } catch (Throwable t) {
      end.handlerFailed(t);
    }
  }

  @Override
  public String toString() {
    return "PipeReader[fd=" + end.descriptor() + (isOpen() ? "]" : ", closing]");
  }

  private final class Owner implements PipeEnd.Owner {
    @Override
    public void transferred(int result, boolean abandoned) {
      if (end.isEnding()) {
        return;
      }
      if (result > 0) {
        received(result);
        arm();
      } else if (result == 0) {
        atEnd = true;
        reportEnd();
      } else if (result == -Errno.EAGAIN) {
        // O_NONBLOCK, as others have set it: the file then answers instead of waiting.
        end.poll(Libc.POLLIN);
      } else {
        end.end(-result);
      }
    }

    @Override
    public void ready() {
      arm();
    }

    @Override
    public void ending() {
      if (held != null) {
        held.release();
        held = null;
      }
    }

    @Override
    public void draining() {
      handler.draining(PipeReader.this);
    }

    @Override
    public void closed(int errno) {
      handler.closed(PipeReader.this, errno);
    }
  }
}
