package millrace.proactor.backend.epoll;

import millrace.timers.TimerHeap;
import millrace.timers.TimerSink;

/**
 * The deadlines of operations that wait: exact to the nanosecond, as those of io_uring are, since
 * the kernel waits with a nanosecond's timeout (epoll_pwait2(2)). Loop thread only.
 */
final class Deadlines {

  private final int capacity;
  private TimerHeap timers;

  /**
   * @param capacity most deadlines at once
   */
  Deadlines(int capacity) {
    this.capacity = capacity;
  }

  /** Starts the deadline of {@code operation}, an instant of {@link System#nanoTime}. */
  void start(PendingOperation operation, long deadlineNanos) {
    boolean started = timers().start(operation, deadlineNanos);
    assert started : "more deadlines than operations";
  }

  /** Starts the deadline of {@code operation}, counted from now. */
  void startAfter(PendingOperation operation, long delayNanos) {
    TimerHeap queue = timers();
    start(operation, queue.deadlineAfter(System.nanoTime(), delayNanos));
  }

  private TimerHeap timers() {
    if (timers == null) {
      // At the first deadline: loops without any do without the memory.
      timers = new TimerHeap(System.nanoTime(), capacity);
    }
    return timers;
  }

  void cancel(PendingOperation operation) {
    if (operation.isStarted()) {
      timers.cancel(operation);
    }
  }

  boolean isEmpty() {
    return timers == null || timers.live() == 0;
  }

  /** {@code timeoutNanos}, or the time until the next deadline if that is shorter. */
  long limitWait(long timeoutNanos, long nowNanos) {
    long untilNext = timers.waitNanos(nowNanos);
    return timeoutNanos < 0 ? untilNext : Math.min(timeoutNanos, untilNext);
  }

  /** Hands each operation whose deadline is over to {@code sink}. */
  void expire(long nowNanos, TimerSink sink) {
    timers.expire(nowNanos, sink, Integer.MAX_VALUE);
  }
}
