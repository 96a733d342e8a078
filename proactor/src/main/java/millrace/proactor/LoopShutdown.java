package millrace.proactor;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.Quarantine;
import millrace.proactor.engine.LoopResource;
import millrace.timers.Timer;
import millrace.uring.Errno;

/**
 * How a loop ends: first everybody is asked to finish (drain), then whoever is left is ended by
 * force and all operations are cancelled (terminate), and when nothing is in flight, the loop is
 * over. What does not complete even then is abandoned: its memory is quarantined, never freed.
 */
final class LoopShutdown {

  private enum Phase {
    RUNNING,
    DRAINING,
    TERMINATING,
    OVER
  }

  /** How long cancelled operations may take: uninterruptible file I/O is all that takes time. */
  private static final long CANCEL_LIMIT_NANOS = Duration.ofSeconds(10).toNanos();

  private static final long NOT_REQUESTED = -1;

  private static final long CANCEL_CHECK_NANOS = Duration.ofMillis(50).toNanos();

  private final EventLoop loop;
  private final Consumer<Throwable> failureHandler;
  private final CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
  private final Timer limit = Timer.of((timer, now) -> limitReached());
  private final AtomicLong requestedNanos = new AtomicLong(NOT_REQUESTED);
  private Phase phase = Phase.RUNNING;
  private long terminatedAtNanos;
  private int resourcesTerminated;
  private Throwable failure;
  private ShutdownReport result;

  LoopShutdown(EventLoop loop, Consumer<Throwable> failureHandler) {
    this.loop = loop;
    this.failureHandler = failureHandler;
  }

  CompletionStage<ShutdownReport> report() {
    return report.minimalCompletionStage();
  }

  /** The thread's last act, after its last access to the ring. */
  void publish() {
    report.complete(result);
  }

  boolean isOver() {
    return phase == Phase.OVER;
  }

  /**
   * Any thread, followed by a signal. Not a task: it must get through when the queue of tasks is
   * full.
   */
  void request(long drainLimitNanos) {
    requestedNanos.set(drainLimitNanos);
  }

  /** A second request sets the limit anew. */
  private void begin(long drainLimitNanos) {
    if (phase == Phase.RUNNING) {
      phase = Phase.DRAINING;
      loop.resources().forEach(resource -> guarded(resource::drain));
    }
    if (phase == Phase.DRAINING && !loop.startTimer(limit, drainLimitNanos)) {
      terminate();
    }
  }

  void registered(LoopResource resource) {
    if (phase == Phase.DRAINING) {
      guarded(resource::drain);
    } else if (phase != Phase.RUNNING) {
      guarded(resource::terminate);
    }
  }

  /** In each turn, before the wait. */
  void advance() {
    if (requestedNanos.get() != NOT_REQUESTED) {
      begin(requestedNanos.getAndSet(NOT_REQUESTED));
    }
    if (phase == Phase.DRAINING && loop.resources().holding() == 0) {
      terminate();
    }
    if (phase == Phase.TERMINATING) {
      boolean quiet = loop.resources().isEmpty() && loop.table().inFlight() == 0;
      boolean tooLate = loop.nanoTime() - terminatedAtNanos > CANCEL_LIMIT_NANOS;
      if (quiet || tooLate) {
        phase = Phase.OVER;
      }
    }
  }

  private void limitReached() {
    if (phase == Phase.DRAINING) {
      terminate();
    } else if (phase == Phase.TERMINATING) {
      // Cancel again: an operation may have been submitted or punted meanwhile. And turn, so that
      // the limit is looked at.
      loop.backend().cancelAll();
      loop.startTimer(limit, CANCEL_CHECK_NANOS);
    }
  }

  private void terminate() {
    phase = Phase.TERMINATING;
    terminatedAtNanos = loop.nanoTime();
    resourcesTerminated = loop.resources().holding();
    loop.endOperations();
    loop.resources().forEach(resource -> guarded(resource::terminate));
    if (loop.table().inFlight() > 0) {
      loop.backend().cancelAll();
    }
    loop.startTimer(limit, CANCEL_CHECK_NANOS);
  }

  void failed(Throwable t) {
    failure = t;
    phase = Phase.OVER;
    guarded(() -> failureHandler.accept(t));
  }

  /** The last thing the loop thread does: nothing of the loop is used afterwards. */
  void finish() {
    phase = Phase.OVER;
    loop.endOperations();
    int abandoned = loop.table().inFlight();
    guarded(loop::closeTasks);
    if (abandoned > 0) {
      abandon();
    }
    int timers = loop.liveTimers() - (limit.isStarted() ? 1 : 0);
    boolean kernelMayWrite = abandoned > 0;
    guarded(() -> loop.backend().close(kernelMayWrite));
    int buffers = loop.buffers().close(kernelMayWrite);
    if (loop.receiveBuffers() != null) {
      buffers += loop.receiveBuffers().close(kernelMayWrite);
    }
    boolean drained = failure == null && resourcesTerminated == 0 && abandoned == 0;
    result = new ShutdownReport(drained, resourcesTerminated, abandoned, timers, buffers, failure);
  }

  ShutdownReport result() {
    return result;
  }

  /** Tells the handlers; the slots and their memory are kept, as the kernel may still use them. */
  private void abandon() {
    OperationTable table = loop.table();
    Quarantine.keepObject(table);
    table.forEachInFlight(this::tellAbandoned);
  }

  private void tellAbandoned(Operation operation) {
    guarded(
        () ->
            operation.handler.completed(
                operation.context, operation.attachment, -Errno.ECANCELED, 0));
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
  }
}
