package millrace.proactor;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import millrace.proactor.engine.LoopResource;

/**
 * How a loop ends: first everybody is asked to finish (drain), then whoever is left is ended by
 * force and all operations are cancelled (terminate), and when nothing is in flight, the loop is
 * over. What does not complete even then is abandoned: see {@link LoopRemains}.
 *
 * <p>Time is looked at in each turn and limits the wait, without a timer: an application that has
 * started as many timers as it may must not keep the loop from ending.
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

  private static final long CANCEL_CHECK_NANOS = Duration.ofMillis(50).toNanos();

  private static final long NOT_REQUESTED = -1;

  private final EventLoop loop;
  private final Consumer<Throwable> failureHandler;
  private final CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
  private final AtomicLong requestedNanos = new AtomicLong(NOT_REQUESTED);
  private Phase phase = Phase.RUNNING;
  private long drainBeganAtNanos;
  private long drainLimitNanos;
  private long terminatedAtNanos;
  private long cancelledAtNanos;
  private int resourcesTerminated;
  private int timersFired;
  private int timersCancelled;
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
  void request(long newDrainLimitNanos) {
    requestedNanos.set(newDrainLimitNanos);
  }

  /** A second request sets the limit anew. */
  private void begin(long newDrainLimitNanos) {
    if (phase == Phase.RUNNING) {
      phase = Phase.DRAINING;
      if (loop.pendingTimers() == PendingTimers.FIRE) {
        // First: what their handlers write is still sent.
        timersFired = loop.fireTimers();
      }
      loop.resources().forEach(resource -> loop.guarded(resource::drain));
    }
    drainBeganAtNanos = loop.nanoTime();
    drainLimitNanos = newDrainLimitNanos;
  }

  void registered(LoopResource resource) {
    if (phase == Phase.DRAINING) {
      loop.guarded(resource::drain);
    } else if (phase != Phase.RUNNING) {
      loop.guarded(resource::terminate);
    }
  }

  /** In each turn, before the wait. */
  void advance() {
    if (requestedNanos.get() != NOT_REQUESTED) {
      begin(requestedNanos.getAndSet(NOT_REQUESTED));
    }
    if (phase == Phase.DRAINING && (loop.resources().holding() == 0 || drainLeftNanos() <= 0)) {
      terminate();
    }
    if (phase == Phase.TERMINATING) {
      boolean quiet = loop.resources().isEmpty() && loop.table().inFlight() == 0;
      boolean tooLate = loop.nanoTime() - terminatedAtNanos > CANCEL_LIMIT_NANOS;
      if (quiet || tooLate) {
        phase = Phase.OVER;
      } else if (loop.nanoTime() - cancelledAtNanos >= CANCEL_CHECK_NANOS) {
        // Again: an operation may have been submitted or punted meanwhile.
        cancelAll();
      }
    }
  }

  private long drainLeftNanos() {
    return drainLimitNanos - (loop.nanoTime() - drainBeganAtNanos);
  }

  /** The wait of a turn, so that {@link #advance} is called when its time has come. */
  long limitWait(long timeoutNanos) {
    long most =
        switch (phase) {
          case RUNNING -> Long.MAX_VALUE;
          case DRAINING -> Math.max(0, drainLeftNanos());
          case TERMINATING -> CANCEL_CHECK_NANOS;
          case OVER -> 0;
        };
    if (most == Long.MAX_VALUE) {
      return timeoutNanos;
    }
    return timeoutNanos < 0 ? most : Math.min(timeoutNanos, most);
  }

  private void terminate() {
    phase = Phase.TERMINATING;
    terminatedAtNanos = loop.nanoTime();
    resourcesTerminated = loop.resources().holding();
    loop.endOperations();
    timersCancelled = loop.cancelTimers();
    loop.resources().forEach(resource -> loop.guarded(resource::terminate));
    cancelAll();
  }

  private void cancelAll() {
    cancelledAtNanos = loop.nanoTime();
    if (loop.table().inFlight() > 0) {
      loop.backend().cancelAll();
    }
  }

  /**
   * @param running whether the loop had started; otherwise whoever started it is told
   */
  void failed(Throwable t, boolean running) {
    failure = t;
    resourcesTerminated = Math.max(resourcesTerminated, loop.resources().holding());
    if (running) {
      loop.guarded(() -> failureHandler.accept(t));
    }
  }

  /** The last thing the loop thread does: nothing of the loop is used afterwards. */
  void finish() {
    phase = Phase.OVER;
    LoopRemains remains = new LoopRemains(loop);
    remains.end();
    int abandoned = remains.abandoned();
    boolean kernelMayWrite = abandoned > 0;
    loop.guarded(() -> loop.backend().close(kernelMayWrite));
    int buffers = loop.buffers().close(kernelMayWrite);
    if (loop.receiveBuffers() != null) {
      buffers += loop.receiveBuffers().close(kernelMayWrite);
    }
    timersCancelled += loop.cancelTimers() + loop.liveTimers();
    boolean drained = failure == null && resourcesTerminated == 0 && abandoned == 0;
    result =
        new ShutdownReport(
            drained,
            resourcesTerminated,
            abandoned,
            timersFired,
            timersCancelled,
            buffers,
            failure);
  }

  ShutdownReport result() {
    return result;
  }
}
