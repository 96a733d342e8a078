package millrace.proactor.backend;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import millrace.proactor.buffer.ProvidedBufferGroup;

/**
 * What the proactor needs of the world: operations that complete, one wait per turn, a wake-up, a
 * clock and sockets. Everything above works the same on every implementation.
 *
 * <p><b>Contract.</b> Each submitted operation completes exactly once without {@code F_MORE}, with
 * the kernel's real result, never from inside {@code submit} or {@code cancel}. An operation with a
 * deadline completes with {@code -ETIME} when the deadline ended it. Cancelling is a request; the
 * operation still completes, with {@code -ECANCELED} unless something else came first.
 *
 * <p><b>Threading.</b> The loop thread calls {@link #start} and from then on everything; {@link
 * #wake}, {@link #nanoTime} and {@link #sockets} may be used by any thread.
 */
public interface Backend {

  /** For logs and {@code doctor}: "io_uring". */
  String name();

  /** The calling thread becomes the owner. */
  void start(CompletionTarget target) throws IOException;

  /** Takes the operation; the kernel has it at the latest when {@link #turn} waits. */
  void submit(Operation operation);

  /** Asks for the end of one operation. */
  void cancel(Operation operation);

  /** Asks for the end of all operations on a descriptor. */
  void cancelDescriptor(int descriptor);

  /** Asks for the end of all operations, except that descriptors are closed. */
  void cancelAll();

  /**
   * Submits, waits for a completion, and delivers completions.
   *
   * @param timeoutNanos longest wait in nanoseconds; 0 does not wait, negative waits without limit
   * @param limit most completions to deliver; the rest stays for the next turn
   * @return completions delivered
   * @throws IOException when the backend cannot go on
   */
  int turn(long timeoutNanos, int limit) throws IOException;

  /** Ends the wait of the turn under way, or the next one. Any thread; callers coalesce. */
  void wake();

  /** Nanoseconds of a monotonic clock. */
  long nanoTime();

  /** Calls that end at once and need no completion. */
  Sockets sockets();

  /** Calls on directories, by default those of the operating system. */
  default Directories directories() {
    return KernelDirectories.INSTANCE;
  }

  /** Gets all memory that comes back to the slab pool; null, the default: nobody looks at it. */
  default Consumer<MemorySegment> returnedMemory() {
    return null;
  }

  /** A provided buffer ring with room for {@code count} buffers, a power of two. */
  ProvidedBufferGroup provideBuffers(int count) throws IOException;

  /** The backend's own counters. */
  BackendStatistics statistics();

  /**
   * Ends the backend. No operation is in flight, unless {@code abandon}: then what the kernel may
   * still touch is kept for ever.
   */
  void close(boolean abandon);
}
