package millrace.timers;

/**
 * What every queue does alike: the cap, the counters, and the firing. A subclass keeps the timers
 * that are not due and hands over, in deadline order, those that became so.
 *
 * <p>Three lists hold what left the subclass or never entered it. {@code due} is what {@link
 * #collect} took out, sorted. {@code late} is what was started with a deadline that had been
 * collected already, sorted when the next call begins; its timers merge with {@code due} while
 * firing, behind those of the same deadline, which were started earlier. {@code arrivals} holds
 * what a sink starts with a past deadline, until the call ends: otherwise a timer that restarts
 * itself would keep {@link #expire} from returning.
 */
abstract class AbstractTimerQueue implements TimerQueue {
  final TimerList due = new TimerList();
  final TimerSorter sorter = new TimerSorter();

  /** The queue's time. */
  long nowNanos;

  private final TimerList late = new TimerList();
  private final TimerList arrivals = new TimerList();
  private final int maxLive;
  private boolean lateIsSorted = true;
  private boolean expiring;
  private int live;
  private long firedCount;
  private long cancelledCount;
  private long refusedCount;

  AbstractTimerQueue(long startNanos, int maxLive) {
    if (maxLive < 1) {
      throw new IllegalArgumentException("maxLive must be 1 or more: " + maxLive);
    }
    this.nowNanos = startNanos;
    this.maxLive = maxLive;
  }

  /** Takes a timer that {@link #isCollected} does not claim, and sets its index. */
  abstract void insert(Timer timer);

  /** As {@link #insert}, for a deadline that is not after the queue's time. */
  abstract void insertPast(Timer timer);

  /** Removes a started timer from the subclass or from one of the lists. */
  abstract void remove(Timer timer);

  /** Whether everything up to this past deadline has left the subclass for {@code due}. */
  abstract boolean isCollected(long deadlineNanos);

  /** Called by expire after the queue's time moved, or might have. */
  abstract void timeMoved();

  /**
   * Appends the timers that are due next to {@code due}, in order; at least one, or returns false.
   */
  abstract boolean collect();

  /** Called with at least one live timer and both {@code due} and {@code late} empty. */
  abstract long earliestNanos();

  @Override
  public final boolean start(Timer timer, long deadlineNanos) {
    if (timer.index != Timer.NOT_STARTED) {
      if (!isLastQueueOf(timer)) {
        throw new IllegalStateException("timer is started in another queue");
      }
      remove(timer);
    } else if (live == maxLive) {
      refusedCount++;
      return false;
    } else {
      live++;
      if (!isLastQueueOf(timer)) {
        timer.queue = this;
      }
    }
    timer.deadlineNanos = deadlineNanos;
    if (deadlineNanos - nowNanos > 0) {
      insert(timer);
    } else if (expiring) {
      list(arrivals, timer);
    } else {
      startPast(timer);
    }
    return true;
  }

  private void startPast(Timer timer) {
    if (isCollected(timer.deadlineNanos)) {
      list(late, timer);
      lateIsSorted = false;
    } else {
      insertPast(timer);
    }
  }

  private static void list(TimerList list, Timer timer) {
    timer.index = Timer.LISTED;
    list.append(timer);
  }

  @Override
  public final boolean cancel(Timer timer) {
    if (timer.index == Timer.NOT_STARTED || !isLastQueueOf(timer)) {
      return false;
    }
    remove(timer);
    timer.index = Timer.NOT_STARTED;
    live--;
    cancelledCount++;
    return true;
  }

  @Override
  public final int expire(long nowNanos, TimerSink sink, int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must be 0 or more: " + limit);
    }
    if (expiring) {
      throw new IllegalStateException("expire called from inside a sink");
    }
    if (nowNanos - this.nowNanos > 0) {
      this.nowNanos = nowNanos;
    }
    timeMoved();
    if (!lateIsSorted) {
      sorter.sort(late, this.nowNanos);
      lateIsSorted = true;
    }
    expiring = true;
    try {
      return fire(sink, limit);
    } finally {
      expiring = false;
      flushArrivals();
    }
  }

  private int fire(TimerSink sink, int limit) {
    int fired = 0;
    while (fired < limit) {
      Timer timer = poll();
      if (timer == null) {
        break;
      }
      timer.index = Timer.NOT_STARTED;
      live--;
      firedCount++;
      fired++;
      sink.expired(timer, nowNanos);
    }
    return fired;
  }

  private Timer poll() {
    if (late.isEmpty()) {
      return due.isEmpty() && !collect() ? null : due.removeFirst();
    }
    boolean lateFirst = due.isEmpty() || TimerSorter.precedes(late.first(), due.first(), nowNanos);
    return lateFirst ? late.removeFirst() : due.removeFirst();
  }

  private void flushArrivals() {
    while (!arrivals.isEmpty()) {
      startPast(arrivals.removeFirst());
    }
  }

  @Override
  public final long nextDeadlineNanos() {
    if (live == 0) {
      return Long.MAX_VALUE;
    }
    if (!due.isEmpty() || !late.isEmpty() || !arrivals.isEmpty()) {
      return nowNanos;
    }
    return earliestNanos();
  }

  @SuppressWarnings("ReferenceEquality") // Queues have identity, no value.
  private boolean isLastQueueOf(Timer timer) {
    return timer.queue == this;
  }

  @Override
  public final long nowNanos() {
    return nowNanos;
  }

  @Override
  public final int live() {
    return live;
  }

  @Override
  public final int maxLive() {
    return maxLive;
  }

  @Override
  public final long firedCount() {
    return firedCount;
  }

  @Override
  public final long cancelledCount() {
    return cancelledCount;
  }

  @Override
  public final long refusedCount() {
    return refusedCount;
  }
}
