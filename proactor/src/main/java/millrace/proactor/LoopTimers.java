package millrace.proactor;

import millrace.proactor.backend.Backend;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.engine.LoopStatistics;
import millrace.timers.Timer;
import millrace.timers.TimerHeap;
import millrace.timers.TimerQueue;
import millrace.timers.TimerSink;
import millrace.timers.TimerWheel;

/**
 * The timers of a loop, in two queues: those of its resources, of which there is one at most for
 * each slot, so that an application that has started all it may cannot keep a connection from
 * ending; and those of the application, in the queue that it has chosen.
 */
final class LoopTimers {
  private static final int BUDGET = 4096;

  private static final System.Logger LOGGER = System.getLogger("millrace.proactor");

  private final Backend backend;
  private final LoopStatistics statistics;
  private final TimerWheel ofResources;
  private final TimerQueue ofApplication;
  private final String loopName;
  private boolean refusalTold;

  LoopTimers(
      ProactorOptions options,
      Backend backend,
      OperationTable table,
      Operations operations,
      LoopStatistics statistics) {
    this.backend = backend;
    this.statistics = statistics;
    this.loopName = options.name();
    long now = backend.nanoTime();
    ofResources = new TimerWheel(now, options.timerTickNanos(), table.capacity());
    ofApplication =
        switch (options.timerPolicy()) {
          case WHEEL -> new TimerWheel(now, options.timerTickNanos(), options.maxTimers());
          case HEAP -> new TimerHeap(now, options.maxTimers());
          case KERNEL -> {
            int most = Math.min(options.maxTimers(), table.capacity());
            yield new KernelTimeouts(operations, now, most).table();
          }
        };
  }

  // All starts read the clock itself, not the turn's reading: the delay counts from the call, so
  // that a timer is never early, however long the loop has waited or a handler has run.

  boolean startOfResource(Timer timer, long delayNanos) {
    return ofResources.start(timer, deadlineNanos(delayNanos));
  }

  boolean start(Timer timer, long delayNanos) {
    return ofApplication.start(timer, deadlineNanos(delayNanos)) || refused();
  }

  boolean start(Timer timer, long delayNanos, long slackNanos) {
    return ofApplication.start(timer, deadlineNanos(delayNanos), slackNanos) || refused();
  }

  /** Told once: an application that does not look at the answer waits for nothing otherwise. */
  private boolean refused() {
    if (!refusalTold) {
      refusalTold = true;
      LOGGER.log(System.Logger.Level.WARNING, refusal());
    }
    return false;
  }

  private String refusal() {
    int live = ofApplication.live();
    String reason =
        live == ofApplication.maxLive()
            ? "the most that ProactorOptions.maxTimers allows, or with TimerPolicy.KERNEL"
                + " maxOperationsInFlight"
            : "and TimerPolicy.KERNEL has no operation for another one";
    return loopName
        + ": a timer was refused: "
        + live
        + " are started, "
        + reason
        + "; from now on refusals are only counted (ProactorMetrics.timersRefused)";
  }

  private long deadlineNanos(long delayNanos) {
    return ofApplication.deadlineAfter(backend.nanoTime(), delayNanos);
  }

  boolean cancel(Timer timer) {
    return ofApplication.cancel(timer) || ofResources.cancel(timer);
  }

  void expire(long now, TimerSink sink) {
    ofResources.expire(now, sink, BUDGET);
    ofApplication.expire(now, sink, BUDGET);
  }

  /** As {@link TimerQueue#waitNanos}, of both. */
  long waitNanos(long now) {
    long resources = ofResources.waitNanos(now);
    long application = ofApplication.waitNanos(now);
    return resources < 0 || application < 0
        ? Math.max(resources, application)
        : Math.min(resources, application);
  }

  /** Ends the application's timers; each goes to {@code sink}. Returns how many. */
  int drain(TimerSink sink) {
    return ofApplication.drain(sink);
  }

  int live() {
    return ofResources.live() + ofApplication.live();
  }

  void publish() {
    statistics.timersLive.set(live());
    statistics.timersFired.set(ofResources.firedCount() + ofApplication.firedCount());
    statistics.timersStarted.set(ofResources.startedCount() + ofApplication.startedCount());
    statistics.timersCancelled.set(ofResources.cancelledCount() + ofApplication.cancelledCount());
    statistics.timersRefused.set(ofResources.refusedCount() + ofApplication.refusedCount());
  }
}
