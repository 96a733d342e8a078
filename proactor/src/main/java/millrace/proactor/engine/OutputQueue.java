package millrace.proactor.engine;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import millrace.proactor.buffer.BufferSlice;

/**
 * What a connection or a pipe has to write: slices in order, with watermarks and a limit, and who
 * waits until the kernel has taken them. Loop thread only.
 */
public final class OutputQueue {

  private record Mark(long position, CompletableFuture<Void> future) {}

  /** Room for many small writes. */
  private static final int LEAST_COPY_BYTES = 4096;

  private final Loop loop;
  private final long lowWatermarkBytes;
  private final long highWatermarkBytes;
  private final long limitBytes;
  private final int packBytes;
  private final WriteQueue slices = new WriteQueue();
  private ArrayDeque<Mark> marks;
  private long takenBytes;
  private boolean unwritable;

  /**
   * @param packBytes slices of at most so many bytes are copied together
   */
  public OutputQueue(
      Loop loop, long lowWatermarkBytes, long highWatermarkBytes, long limitBytes, int packBytes) {
    this.loop = loop;
    this.lowWatermarkBytes = lowWatermarkBytes;
    this.highWatermarkBytes = highWatermarkBytes;
    this.limitBytes = limitBytes;
    this.packBytes = packBytes;
  }

  /** Slices queued. */
  public int size() {
    return slices.size();
  }

  /** Whether all is taken. */
  public boolean isEmpty() {
    return slices.isEmpty();
  }

  /** Bytes queued. */
  public long bytes() {
    return slices.bytes();
  }

  /** Grows with each byte that the kernel has taken: to see whether anybody reads at all. */
  public long takenBytes() {
    return takenBytes;
  }

  /** Whether it is below its watermark. */
  public boolean isWritable() {
    return !unwritable;
  }

  /** The slice at {@code index}; {@link #offset} and {@link #length} tell which part of it. */
  public BufferSlice slice(int index) {
    return slices.slice(index);
  }

  /** In bytes from the start of the slice's memory. */
  public int offset(int index) {
    return slices.offset(index);
  }

  /** In bytes. */
  public int length(int index) {
    return slices.length(index);
  }

  /**
   * Takes over one reference of {@code slice}.
   *
   * @param busy whether something is under way, so that the queue will become shorter by itself
   * @return false: it is beyond the limit, or there is no memory for it; it is released, and the
   *     writer must be ended with ENOBUFS
   * @throws IllegalStateException if the slice has no reference left
   */
  public boolean add(BufferSlice slice, boolean busy) {
    slice.pinReference();
    int length = slice.length();
    if (length == 0) {
      slice.unpin();
      return true;
    }
    if (slices.bytes() + length > limitBytes) {
      slice.unpin();
      return false;
    }
    boolean scarce = loop.receiveBuffers().shouldCopy(slice);
    if (!scarce && length > packBytes) {
      slices.add(slice, slice.offset(), length);
    } else if (!addCopy(slice, scarce)) {
      if (scarce && unwritable && busy) {
        // Told to stop, and goes on: the memory is for those who can send.
        slice.unpin();
        return false;
      }
      slices.add(slice, slice.offset(), length);
    }
    unwritable |= slices.bytes() > highWatermarkBytes;
    return true;
  }

  /**
   * Receive buffers are scarce: what waits to be sent is copied, densely, so that a slow reader
   * holds about as much memory as it has bytes to come.
   */
  private boolean addCopy(BufferSlice slice, boolean scarce) {
    if (!slices.pack(slice)) {
      BufferSlice copy = loop.buffers().acquire(Math.max(slice.length(), LEAST_COPY_BYTES));
      if (copy == null) {
        return false;
      }
      copy.copyWindow(slice);
      slices.addCopy(copy.pinReference());
    }
    if (scarce) {
      loop.statistics().copiedReceives.increment();
    }
    slice.unpin();
    return true;
  }

  /** Completes {@code future} when the kernel has taken all that is queued now. */
  public void whenTaken(CompletableFuture<Void> future) {
    if (slices.isEmpty()) {
      future.complete(null);
      return;
    }
    if (marks == null) {
      marks = new ArrayDeque<>();
    }
    marks.add(new Mark(takenBytes + slices.bytes(), future));
  }

  /**
   * The kernel has taken bytes from the head.
   *
   * @return whether the queue was above its high watermark, and is at its low one now
   */
  public boolean consume(int bytes) {
    takenBytes += bytes;
    slices.consume(bytes);
    while (marks != null && !marks.isEmpty() && marks.peek().position() <= takenBytes) {
      marks.poll().future().complete(null);
    }
    boolean again = unwritable && slices.bytes() <= lowWatermarkBytes;
    unwritable &= !again;
    return again;
  }

  /** Releases all slices; the kernel reads none of them any more. */
  public void clear() {
    slices.clear();
  }

  /** Gives all who wait to {@code end}. */
  public void endMarks(Consumer<CompletableFuture<Void>> end) {
    while (marks != null && !marks.isEmpty()) {
      end.accept(marks.poll().future());
    }
  }
}
