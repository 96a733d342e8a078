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
 * <p><b>Backends are equal</b>: the same results and the same errnos, as one contract suite proves
 * on all of them. What epoll does otherwise than io_uring is listed for users at {@link
 * millrace.proactor.BackendChoice#EPOLL}.
 *
 * <p>What the simulated one does otherwise than io_uring:
 *
 * <ul>
 *   <li>Completions of different operations come in any order, also without faults.
 *   <li>A close of what is not open, or of what an operation is in flight on, is a broken rule that
 *       ends the run, and not {@code EBADF}.
 *   <li>A member of a chain that is cancelled before its time has come never begins.
 *   <li>A member of a chain whose arguments the kernel refuses as it takes them ends when its time
 *       has come, as on epoll, and a truncated datagram lets its chain go on.
 *   <li>Memory that does not exist ends the process, and is not {@code EFAULT}.
 *   <li>It has no urgent data, control data, options of sockets, flags of descriptors and open
 *       files (FD_CLOEXEC, O_NONBLOCK), SOCK_SEQPACKET, MSG_PEEK of streams; no symbolic links,
 *       devices, terminals and /proc.
 * </ul>
 *
 * <p><b>Threading.</b> The loop thread calls {@link #start} and from then on everything; {@link
 * #wake}, {@link #nanoTime} and {@link #sockets} may be used by any thread.
 */
public interface Backend {

  /** For logs and {@code doctor}: "io_uring" or "epoll". */
  String name();

  /** The calling thread becomes the owner. */
  void start(CompletionTarget target) throws IOException;

  /**
   * Takes the operation; the kernel has it at the latest when {@link #turn} waits. One with {@link
   * Operation#cancelRequested} ends with {@code -ECANCELED} and has done nothing.
   */
  void submit(Operation operation);

  /**
   * Takes a chain, linked by {@link Operation#chainNext}: each member begins when the one before it
   * has ended, if that lets the chain go on ({@link ChainRule}), and completes with {@code
   * -ECANCELED} if not. Members are reported in their order. A deadline counts from the beginning
   * of its member. One with {@link Operation#cancelRequested} does not begin: it ends with {@code
   * -ECANCELED} when its time has come. All of them fit into the submission queue together, each
   * with a deadline twice.
   *
   * @param first the first of two members or more
   */
  void submitChain(Operation first);

  /**
   * Asks for the end of one operation; of a member of a chain also before it has begun. Before the
   * next turn no member of a chain that was submitted has begun.
   */
  void cancel(Operation operation);

  /** Asks for the end of all operations on a descriptor. */
  void cancelDescriptor(int descriptor);

  /** Asks for the end of all operations, except that descriptors are closed. */
  void cancelAll();

  /**
   * Submits, waits for a completion, says {@link CompletionTarget#waitEnded}, and delivers
   * completions.
   *
   * @param timeoutNanos longest wait in nanoseconds; 0 does not wait, negative waits without limit
   * @param limit most completions to deliver; the rest stays for the next turn. Members of a chain
   *     that end with the one before them are delivered with it
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

  /** Calls on the files of UNIX sockets, by default those of the operating system. */
  default SocketFiles socketFiles() {
    return KernelSocketFiles.INSTANCE;
  }

  /** Gets all memory that comes back to the slab pool; null, the default: nobody looks at it. */
  default Consumer<MemorySegment> returnedMemory() {
    return null;
  }

  /**
   * A provided buffer ring, in the kernel or not, with room for {@code count} buffers, a power of
   * two.
   */
  ProvidedBufferGroup provideBuffers(int count) throws IOException;

  /** The backend's own counters. */
  BackendStatistics statistics();

  /**
   * Ends the backend. No operation is in flight, unless {@code abandon}: then what the kernel may
   * still touch is kept for ever.
   */
  void close(boolean abandon);
}
