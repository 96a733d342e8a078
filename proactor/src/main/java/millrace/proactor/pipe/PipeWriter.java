package millrace.proactor.pipe;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.OutputQueue;
import millrace.proactor.engine.TurnEndTask;
import millrace.timers.Timer;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * The writing end of a pipe, or another descriptor that bytes go to: a FIFO, a terminal, standard
 * output. Written slices go into a queue with watermarks, and from there in order.
 *
 * <p><b>Backpressure.</b> {@link #write} returns false above the high watermark; {@link
 * PipeWriteHandler#writable} tells when the queue has fallen to the low one. A queue that grows
 * beyond its limit all the same ends the writer with ENOBUFS.
 *
 * <p><b>Nobody reads any more</b>: the next write ends the writer with EPIPE; without a write
 * nobody tells. The kernel sends SIGPIPE with it, which HotSpot ignores.
 *
 * <p><b>Ownership.</b> The descriptor belongs to the writer, which closes it at its end: duplicate
 * it first (fcntl(2), F_DUPFD_CLOEXEC) if others need it.
 *
 * <p><b>Threading.</b> Everything belongs to the loop thread, except the ways to get a writer,
 * {@link #send} and {@link #closeAsync}.
 */
public final class PipeWriter {

  /** Smaller pieces are copied together: each write(2) costs more than that. */
  private static final int PACK_BYTES = 1024;

  private final Loop loop;
  private final PipeOptions options;
  private final PipeWriteHandler handler;
  private final OutputQueue queue;
  private final PipeEnd end;
  private final Flush flush = new Flush();
  private final Timer closeTimer = Timer.of((timer, now) -> closeLimitReached());
  private boolean closing;
  private boolean polls;

  /** The slots are set aside already. */
  PipeWriter(Loop loop, int descriptor, PipeOptions options, PipeWriteHandler handler) {
    this.loop = loop;
    this.options = options;
    this.handler = handler;
    this.queue =
        new OutputQueue(
            loop,
            options.lowWatermarkBytes(),
            options.highWatermarkBytes(),
            options.writeQueueLimitBytes(),
            PACK_BYTES);
    this.end = new PipeEnd(loop, descriptor, new Owner());
  }

  /**
   * Writes to a descriptor, of which it takes ownership, whatever that is open on; with or without
   * O_NONBLOCK. Any thread.
   *
   * @param proactor the loop
   * @param descriptor an open descriptor
   * @param options sizes and limits
   * @param handler learns of the writer
   * @return the writer; fails with EAGAIN when the loop is at its cap on operations: then the
   *     descriptor stays the caller's
   */
  public static CompletionStage<PipeWriter> wrap(
      Proactor proactor, int descriptor, PipeOptions options, PipeWriteHandler handler) {
    Pipe.check(descriptor, options);
    Objects.requireNonNull(handler, "handler");
    Loop loop = Loop.of(proactor);
    return loop.<PipeWriter>supply(
        future -> {
          if (!loop.reserve(PipeEnd.SLOTS)) {
            future.completeExceptionally(Pipe.atCap("fd " + descriptor));
            return;
          }
          PipeWriter writer = new PipeWriter(loop, descriptor, options, handler);
          writer.open();
          future.complete(writer);
        });
  }

  /**
   * Opens a FIFO to write to it, without blocking the loop: there must be a reader already. Any
   * thread. See fifo(7).
   *
   * @param proactor the loop
   * @param path a FIFO
   * @param options sizes and limits
   * @param handler learns of the writer
   * @return the writer; fails with a {@code UringException}: ENXIO when nobody has it open for
   *     reading, ENOENT, EACCES, EAGAIN when the loop is at its cap on operations ...
   */
  public static CompletionStage<PipeWriter> openFifo(
      Proactor proactor, Path path, PipeOptions options, PipeWriteHandler handler) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(handler, "handler");
    Loop loop = Loop.of(proactor);
    return loop.<PipeWriter>supply(
        future ->
            new FifoOpener(loop, path, future::completeExceptionally)
                .open(
                    Libc.O_WRONLY,
                    descriptor -> {
                      PipeWriter writer = new PipeWriter(loop, descriptor, options, handler);
                      writer.open();
                      future.complete(writer);
                    }));
  }

  void open() {
    loop.register(end);
  }

  /**
   * Takes ownership of one reference of {@code slice}, whose window is written; it is released when
   * it has been written or has failed, and also when this call throws. What is written in one turn
   * goes out at its end.
   *
   * @param slice the slice
   * @return whether the queue is still below its high watermark; false also when the writer is
   *     closing: the slice is then released
   * @throws IllegalStateException when this is not the loop thread, or {@code slice} has no
   *     reference: it was released, given away, or lent and not retained
   */
  public boolean write(BufferSlice slice) {
    loop.checkInLoop(slice);
    if (closing || end.isEnding()) {
      slice.release();
      return false;
    }
    if (!queue.add(slice, end.isBusy())) {
      end.end(Errno.ENOBUFS);
      return false;
    }
    if (!end.isBusy()) {
      loop.atTurnEnd(flush);
    }
    return isWritable();
  }

  /**
   * Takes ownership of one reference of {@code slice} and writes it. Any thread.
   *
   * @param slice the slice
   * @return completes when the kernel has taken all of it; fails with a {@code UringException}
   */
  public CompletionStage<Void> send(BufferSlice slice) {
    return loop.supply(
        future -> {
          write(slice);
          if (closing || end.isEnding()) {
            refuse(future);
          } else {
            queue.whenTaken(future);
          }
        },
        slice::release);
  }

  /** {@return whether the write queue is below its watermark, and the writer open} */
  public boolean isWritable() {
    return isOpen() && queue.isWritable();
  }

  /** {@return bytes written and not yet taken by the kernel} */
  public long queuedBytes() {
    return queue.bytes();
  }

  /** {@return whether nobody has begun to close it} */
  public boolean isOpen() {
    return !closing && !end.isEnding();
  }

  /** Writes what is queued, within the close limit, and closes. */
  public void close() {
    loop.checkInLoop();
    if (!isOpen()) {
      return;
    }
    closing = true;
    if (queue.isEmpty()) {
      end.end(0);
    } else if (!loop.startTimer(closeTimer, Limits.nanos(options.closeLimit()))) {
      end.end(Errno.ENOBUFS);
    }
  }

  /** Drops what is queued and closes: ECANCELED. */
  public void abort() {
    loop.checkInLoop();
    end.end(Errno.ECANCELED);
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

  private void closeLimitReached() {
    end.end(Errno.ETIMEDOUT);
  }

  private void refuse(CompletableFuture<Void> future) {
    int errno = end.errno() == 0 ? Errno.EPIPE : end.errno();
    future.completeExceptionally(
        new UringException("write", errno, toString(), "the writer is closed"));
  }

  @Override
  public String toString() {
    return "PipeWriter[fd=" + end.descriptor() + (isOpen() ? "]" : ", closing]");
  }

  /** One write at a time, begun at the end of a turn. */
  private final class Flush extends TurnEndTask {
    @Override
    protected void run() {
      if (!queue.isEmpty() && !end.isBusy() && !end.isEnding()) {
        end.write(queue.slice(0), queue.offset(0), queue.length(0));
      }
    }
  }

  private final class Owner implements PipeEnd.Owner {
    @Override
    public void transferred(int result, boolean abandoned) {
      polls = false;
      if (result > 0) {
        taken(result);
      }
      if (end.isEnding()) {
        drop(abandoned);
      } else if (result == -Errno.EAGAIN) {
        // O_NONBLOCK, as others have set it: the file then answers instead of waiting.
        polls = true;
        end.poll(Libc.POLLOUT);
      } else if (result <= 0) {
        // A write of more than nothing that writes nothing would be repeated for ever.
        end.end(result == 0 ? Errno.EIO : -result);
      } else if (!queue.isEmpty()) {
        loop.atTurnEnd(flush);
      } else if (closing) {
        end.end(0);
      }
    }

    private void taken(int bytes) {
      boolean writableAgain = queue.consume(bytes);
      if (writableAgain && isOpen()) {
        try {
          handler.writable(PipeWriter.this);
        } catch (Throwable t) {
          end.handlerFailed(t);
        }
      }
    }

    @Override
    public void ready() {
      polls = false;
      loop.atTurnEnd(flush);
    }

    @Override
    public void ending() {
      loop.cancelTimer(closeTimer);
      // A write in flight still reads from the queue: it is dropped when that has ended.
      if (!end.isBusy() || polls) {
        drop(false);
      }
    }

    /**
     * @param abandoned the kernel may still read the queue: it is kept for ever
     */
    private void drop(boolean abandoned) {
      if (!abandoned) {
        queue.clear();
      }
      queue.endMarks(PipeWriter.this::refuse);
    }

    @Override
    public void draining() {
      handler.draining(PipeWriter.this);
    }

    @Override
    public void closed(int errno) {
      handler.closed(PipeWriter.this, errno);
    }
  }
}
