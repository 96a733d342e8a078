package millrace.proactor;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.engine.Limits;
import millrace.proactor.engine.LoopAccess;
import millrace.proactor.metrics.LatencyHistogram;
import millrace.timers.Timer;

/**
 * One event loop: one platform thread, one io_uring, or an epoll instance where io_uring is not to
 * be had ({@link BackendChoice}). Operations are submitted in batches, one system call a turn, and
 * their handlers run to completion on the loop thread.
 *
 * <p><b>Threading.</b> {@link #start()}, {@link #execute}, {@link #inLoop}, {@link #metrics},
 * {@link #timerLateness}, {@link #shutdown} and {@link #close} may be called from any thread;
 * everything else belongs to the loop thread and throws {@link IllegalStateException} elsewhere. A
 * handler must not block: use {@code execute} to come back from a thread that may.
 *
 * <p><b>Kernel.</b> Linux 6.1 or later for io_uring; whatever is missing of it, the loop runs on
 * epoll and the log says why, or {@link #start()} does if io_uring was asked for.
 *
 * <p><b>Shutdown.</b> Every started proactor must be shut down: its thread is not a daemon.
 */
public final class Proactor implements AutoCloseable {

  /** How long {@link #close()} lets connections finish. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  static {
    LoopAccess.install(proactor -> proactor.loop, Proactor::run);
  }

  private final EventLoop loop;
  private final Thread thread;
  private final CompletableFuture<Void> started;

  private Proactor(ProactorOptions options, OperationTable table, Backend backend) {
    started = new CompletableFuture<>();
    thread = Thread.ofPlatform().name(options.name()).unstarted(this::runLoop);
    loop = new EventLoop(this, options, backend, table, thread);
  }

  /** The loop of the calling thread. */
  private Proactor(
      ProactorOptions options, OperationTable table, Backend backend, Thread callingThread) {
    started = new CompletableFuture<>();
    thread = callingThread;
    loop = new EventLoop(this, options, backend, table, thread);
  }

  /**
   * The whole life of a loop, on the calling thread and on a backend that works with {@code table}.
   *
   * @param first runs before the first turn
   */
  private static ShutdownReport run(
      ProactorOptions options, OperationTable table, Backend backend, Consumer<Proactor> first) {
    Proactor proactor = new Proactor(options, table, backend, Thread.currentThread());
    proactor.loop.run(() -> first.accept(proactor));
    proactor.loop.shutdownState().publish();
    return proactor.loop.shutdownState().result();
  }

  /**
   * A running proactor with {@link ProactorOptions#defaults()}.
   *
   * @return the proactor
   * @throws millrace.uring.UringUnavailableException when io_uring was asked for and is not to be
   *     had: errno, cause and what to do
   */
  public static Proactor start() throws IOException {
    return start(ProactorOptions.defaults());
  }

  /**
   * A running proactor.
   *
   * @param options sizes and limits
   * @return the proactor
   * @throws millrace.uring.UringUnavailableException when io_uring was asked for and is not to be
   *     had: errno, cause and what to do
   * @throws IOException when the loop could not be set up
   */
  public static Proactor start(ProactorOptions options) throws IOException {
    OperationTable table = new OperationTable(options.maxOperationsInFlight());
    return start(options, table, BackendSelection.open(options, table));
  }

  /** On a backend of the caller's, which works with {@code table}. */
  static Proactor start(ProactorOptions options, OperationTable table, Backend backend)
      throws IOException {
    Proactor proactor = new Proactor(options, table, backend);
    try {
      proactor.thread.start();
    } catch (Throwable t) {
      // No memory for a thread: nobody else would close these.
      backend.close(false);
      throw t;
    }
    proactor.awaitStart();
    return proactor;
  }

  EventLoop loop() {
    return loop;
  }

  private void runLoop() {
    loop.run(() -> started.complete(null));
    Throwable failure = loop.shutdownState().result().failure();
    if (failure != null) {
      // Without effect on a loop that had started: then the report tells of it.
      started.completeExceptionally(failure);
    }
    loop.shutdownState().publish();
  }

  private void awaitStart() throws IOException {
    try {
      started.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof IOException io ? io : new IOException("the loop did not start", cause);
    }
  }

  /**
   * Runs {@code task} on the loop thread, after those given before by the same thread. Any thread.
   *
   * @param task what to run
   * @throws RejectedExecutionException when the queue is full or the loop has ended; the task is
   *     then not run
   */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /**
   * Whether the caller is the loop thread. Any thread.
   *
   * @return whether it is
   */
  public boolean inLoop() {
    return loop.inLoop();
  }

  /** {@return what the loop runs on: io_uring or epoll; any thread} */
  public String backendName() {
    return loop.backend().name();
  }

  /** {@return the monotonic clock of the loop's timers in nanoseconds; comparable by difference} */
  public long nanoTime() {
    return loop.nanoTime();
  }

  /** {@return the slab pool of this loop} */
  public BufferPool buffers() {
    return loop.buffers();
  }

  /** {@return raw operations on descriptors} */
  public Operations operations() {
    return loop.operations();
  }

  /**
   * Starts {@code timer}, or restarts it, to fire on the loop thread: never early, late by at most
   * one tick (none with {@link TimerPolicy#HEAP} and {@link TimerPolicy#KERNEL}) and the turn under
   * way.
   *
   * @param timer the timer
   * @param delayNanos from now, in nanoseconds; negative counts as 0
   * @return false when it was not started and will not fire: {@link ProactorOptions#maxTimers()}
   *     are, or for another reason of {@link TimerPolicy#KERNEL}. The first refusal of a loop is
   *     logged (WARNING), all are counted ({@link ProactorMetrics#timersRefused})
   */
  public boolean startTimer(Timer timer, long delayNanos) {
    return loop.startApplicationTimer(timer, delayNanos);
  }

  /**
   * Starts {@code timer}, or restarts it, with a slack: it fires in {@code [deadline, deadline +
   * max(tick, slack)]}, as timers with the same slack share their instants, and the loop wakes up
   * less often. For a {@link millrace.timers.PeriodicTimer} it is the first deadline that is meant.
   *
   * @param timer the timer
   * @param delayNanos from now, in nanoseconds; negative counts as 0
   * @param slackNanos how late it may be, in nanoseconds, 0 or more
   * @return as {@link #startTimer(Timer, long)}
   */
  public boolean startTimer(Timer timer, long delayNanos, long slackNanos) {
    return loop.startApplicationTimer(timer, delayNanos, slackNanos);
  }

  /**
   * Cancels {@code timer}.
   *
   * @param timer the timer
   * @return false when it was not started
   */
  public boolean cancelTimer(Timer timer) {
    return loop.cancelTimer(timer);
  }

  /**
   * A snapshot of the counters. Any thread.
   *
   * @return the snapshot
   */
  public ProactorMetrics metrics() {
    return MetricsReader.read(loop.statistics(), loop.backend().statistics());
  }

  /**
   * How late timers have fired so far, by the turn's reading of the clock: after their deadline as
   * rounded up for a slack, and before the handlers of other timers of the turn. Any thread.
   *
   * @return a snapshot
   */
  public LatencyHistogram.Snapshot timerLateness() {
    return loop.statistics().timerLateness.snapshot();
  }

  /**
   * Ends the loop: listeners stop, connections are asked to finish ({@code
   * ConnectionHandler.draining}), and after {@code drainLimit} whatever is left is ended by force.
   * Timers end as {@link ProactorOptions#pendingTimers()} says. Any thread; a further call can only
   * set the limit anew while draining.
   *
   * @param drainLimit how long to let connections finish
   * @return completes when the loop has ended
   */
  public CompletionStage<ShutdownReport> shutdown(Duration drainLimit) {
    if (drainLimit.isNegative()) {
      throw new IllegalArgumentException("drainLimit: " + drainLimit + ", must not be negative");
    }
    loop.requestShutdown(Limits.nanos(drainLimit));
    return loop.shutdownState().report();
  }

  /**
   * Waits until the loop has ended and its thread is gone. Any thread but the loop's.
   *
   * @throws IllegalStateException on the loop thread, which would wait for itself
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public void awaitTermination() throws InterruptedException {
    if (inLoop()) {
      throw new IllegalStateException("the loop thread cannot wait for its own end");
    }
    thread.join();
  }

  /**
   * {@link #shutdown} with {@link #DEFAULT_DRAIN}, and waits for the end; an interrupt is kept for
   * later. Any thread but the loop's.
   */
  @Override
  public void close() {
    shutdown(DEFAULT_DRAIN);
    boolean interrupted = false;
    while (true) {
      try {
        awaitTermination();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
