package millrace.proactor.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.Proactor;
import millrace.proactor.backend.Directories;
import millrace.proactor.backend.SocketFiles;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.timers.Timer;

/** What channels and files need of their loop, beyond what an application sees. */
public interface Loop {

  /** The loop behind {@code proactor}. */
  static Loop of(Proactor proactor) {
    return LoopAccess.loopOf(proactor);
  }

  /** The application's view of this loop. */
  Proactor proactor();

  /** Operations that are refused at the cap. */
  Operations operations();

  /** Operations that draw from a reservation. */
  Operations reservedOperations();

  /**
   * A multishot receive from a reservation; the handler takes each buffer that the flags name out
   * of {@link #receiveBuffers()}.
   */
  long receiveMultishot(int descriptor, OperationHandler handler);

  /**
   * A multishot recvmsg from a reservation; {@code header} is a msghdr that gives the room for name
   * and control data. The handler takes each buffer out of {@link #receiveBuffers()}.
   */
  long receiveMessages(
      int descriptor, BufferSlice header, int messageFlags, OperationHandler handler);

  /** Sets slots aside; false when there are not so many. */
  boolean reserve(int slots);

  /** Gives slots back. */
  void unreserve(int slots);

  /** Slots that could be set aside now. */
  int room();

  /** Runs {@code task} once, when slots have become free; it looks whether they are enough. */
  void whenRoom(Runnable task);

  /** Calls without completion. */
  Sockets sockets();

  /** Calls on directories. */
  Directories directories();

  /** Calls on the files of UNIX sockets. */
  SocketFiles socketFiles();

  /** The slab pool. */
  BufferPool buffers();

  /** The receive buffers. */
  ProvidedBuffers receiveBuffers();

  /** Adds a resource that must end before the loop; it is drained at once when it comes late. */
  void register(LoopResource resource);

  /** The resource has ended. */
  void unregister(LoopResource resource);

  /** Runs {@code task} once before the loop submits. */
  void atTurnEnd(TurnEndTask task);

  /**
   * Starts a timer of a resource that has a slot set aside: beyond the application's limit of
   * timers, so that it cannot keep a connection from ending; false when even those are used up.
   */
  boolean startTimer(Timer timer, long delayNanos);

  /** Cancels a timer. */
  boolean cancelTimer(Timer timer);

  /** The clock of the timers. */
  long nanoTime();

  /** The number of the turn under way. */
  long currentTurn();

  /**
   * Whether by now the loop has been told what had happened before {@code turn}; as far as it can
   * know, and at the latest a thousand turns after it.
   */
  boolean hasHeardSince(long turn);

  /** Runs {@code task} on the loop thread; any thread. */
  void execute(Runnable task);

  /**
   * Runs {@code task} once this call has returned and before the loop waits, whatever waits in the
   * queue of {@link #execute}: for answers that are owed to a caller. Loop thread.
   *
   * @throws java.util.concurrent.RejectedExecutionException when the loop has ended
   */
  void executeLater(Runnable task);

  /** Whether the caller is the loop thread; any thread. */
  boolean inLoop();

  /** Throws IllegalStateException off the loop thread. */
  void checkInLoop();

  /** As {@link #checkInLoop()}, for a call that has taken over {@code slice}: released first. */
  default void checkInLoop(BufferSlice slice) {
    if (!inLoop()) {
      slice.release();
      checkInLoop();
    }
  }

  /**
   * Takes over one pin of {@code slice} and gives one back: of the same slice, or of a copy in the
   * slab pool if it is a receive buffer and those are scarce, as what is kept must not keep them
   * from others. The copy has the window, and {@code leadBytes} bytes before it.
   */
  default BufferSlice copyIfScarce(BufferSlice slice, int leadBytes) {
    if (!receiveBuffers().shouldCopy(slice)) {
      return slice;
    }
    int length = slice.length();
    BufferSlice copy = buffers().acquire(Math.max(1, leadBytes + length));
    if (copy == null) {
      return slice;
    }
    statistics().copiedReceives.increment();
    copy.copyWindow(slice.range(slice.offset() - leadBytes, leadBytes + length));
    slice.unpin();
    return copy.pinReference().range(leadBytes, length);
  }

  /** Counts and reports what a handler threw. */
  void handlerFailed(Throwable failure);

  /** The counters of the loop. */
  LoopStatistics statistics();

  /**
   * Runs {@code start} on the loop thread with a new future; any thread. The future fails when the
   * loop does not take the task or {@code start} throws.
   */
  default <T> CompletableFuture<T> supply(Consumer<CompletableFuture<T>> start) {
    return supply(start, () -> {});
  }

  /** As {@link #supply(Consumer)}; {@code refused} runs when the loop does not take the task. */
  default <T> CompletableFuture<T> supply(Consumer<CompletableFuture<T>> start, Runnable refused) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            start.accept(future);
          } catch (Throwable t) {
            future.completeExceptionally(t);
          }
        };
    if (inLoop()) {
      task.run();
      return future;
    }
    try {
      execute(task);
    } catch (RuntimeException e) {
      refused.run();
      future.completeExceptionally(e);
    }
    return future;
  }
}
