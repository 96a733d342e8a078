package millrace.timers;

/**
 * What every queue does alike: the cap, the counters, and the firing. A subclass keeps the timers
 * that are not due and hands over, in deadline order, those that became so.
 *
 * <p>Lists hold what left the subclass or never entered it. {@code due} is what {@link #collect}
 * took out, sorted. {@code late} is what was started with a deadline that had been collected
 * already, sorted when the next call begins; its timers merge with {@code due} while firing. {@code
 * arrivals} holds what a sink starts with a past deadline, until the call ends: otherwise a timer
 * that restarts itself would keep {@link #expire} from returning.
 *
 * <p><b>Lateness of any size.</b> {@code due} and {@code late} are ordered by lateness as an
 * unsigned number, so it must stay below 2<sup>64</sup>. What is later than 2<sup>63</sup> ns moves
 * to {@code overdue}, in order, whenever the time moves; one move is less than 2<sup>63</sup>, so
 * what stays behind cannot pass 2<sup>64</sup> before the next. No timer started afterwards belongs
 * before one in {@code overdue}: when it is started it is late by 2<sup>63</sup> at most.
 */
abstract class AbstractTimerQueue implements TimerQueue {
  final TimerSorter sorter = new TimerSorter();

  /** Late by more than this (as unsigned): see above. */
  private static final long OVERDUE_NANOS = 1L << 63;

  /** The queue's time. */
  long nowNanos;

  private final TimerList overdue = new TimerList();
  private final TimerList late = new TimerList();
  private final TimerList arrivals = new TimerList();
  private final TimerList drained = new TimerList();
  private final int maxLive;
  private boolean lateIsSorted = true;
  private boolean expiring;
  private int live;
  private long nextSequence;
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

  /**
   * Takes a timer with a future deadline and sets its index, or refuses it and returns false. The
   * timer is marked as not started.
   */
  abstract boolean insert(Timer timer);

  /** Takes a timer with a past deadline that {@link #isCollected} does not claim. */
  abstract void insertPast(Timer timer);

  /** Removes a timer that {@link #insert} took and is in no list. */
  abstract void remove(Timer timer);

  /** Whether everything up to this past deadline has left the subclass for {@code due}. */
  abstract boolean isCollected(long deadlineNanos);

  /** Called by expire after the queue's time moved, or might have. */
  abstract void timeMoved();

  /** The first timer of {@code due}; null if there is none. */
  abstract Timer firstDue();

  /** Removes the first timer of {@code due}, which is not empty; it is not started then. */
  abstract Timer pollDue();

  /**
   * Appends the timers that are due next to {@code due}, in order; at least one, or returns false.
   */
  abstract boolean collect();

  /** Called when timers are live and all of them are in the subclass. */
  abstract long earliestNanos();

  /** Moves all timers to a list, those in {@code due} too, in any order, and marks them so. */
  abstract void moveAllTo(TimerList list);

  @Override
  public final boolean start(Timer timer, long deadlineNanos) {
    if (timer.isStarted()) {
      if (!isLastQueueOf(timer)) {
        throw new IllegalStateException("timer is started in another queue");
      }
      unlist(timer);
    } else if (live == maxLive) {
      refusedCount++;
      return false;
    } else {
      live++;
      if (!isLastQueueOf(timer)) {
        timer.queue = this;
        timer.index = Timer.NOT_STARTED;
      }
    }
    timer.deadlineNanos = deadlineNanos;
    timer.sequence = nextSequence++;
    if (deadlineNanos - nowNanos > 0) {
      return insertOrRefuse(timer);
    }
    if (expiring) {
      list(arrivals, timer);
    } else {
      startPast(timer);
    }
    return true;
  }

  private boolean insertOrRefuse(Timer timer) {
    if (insert(timer)) {
      return true;
    }
    live--;
    refusedCount++;
    return false;
  }

  private void startPast(Timer timer) {
    if (isCollected(timer.deadlineNanos)) {
      list(late, timer);
      lateIsSorted = false;
    } else {
      insertPast(timer);
    }
  }

  static void list(TimerList list, Timer timer) {
    timer.index = Timer.LISTED;
    list.append(timer);
  }

  private void unlist(Timer timer) {
    if (timer.index == Timer.LISTED) {
      TimerList.unlink(timer);
      timer.index = Timer.NOT_STARTED;
    } else {
      remove(timer);
    }
  }

  @Override
  public final boolean cancel(Timer timer) {
    if (!timer.isStarted() || !isLastQueueOf(timer)) {
      return false;
    }
    unlist(timer);
    live--;
    cancelledCount++;
    return true;
  }

  @Override
  public final int expire(long nowNanos, TimerSink sink, int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must be 0 or more: " + limit);
    }
    checkNotExpiring();
    if (nowNanos - this.nowNanos > 0) {
      this.nowNanos = nowNanos;
    }
    timeMoved();
    sortLate();
    setOverdueAside();
    expiring = true;
    try {
      return fire(sink, limit);
    } finally {
      expiring = false;
      flushArrivals();
    }
  }

  private void checkNotExpiring() {
    if (expiring) {
      throw new IllegalStateException("called from inside a sink of this queue");
    }
  }

  private void sortLate() {
    if (!lateIsSorted) {
      sorter.sort(late, nowNanos);
      lateIsSorted = true;
    }
  }

  private void setOverdueAside() {
    while (isOverdue(firstDue()) || isOverdue(firstLate())) {
      list(overdue, pollDueOrLate());
    }
  }

  private boolean isOverdue(Timer timer) {
    return timer != null && Long.compareUnsigned(nowNanos - timer.deadlineNanos, OVERDUE_NANOS) > 0;
  }

  private Timer firstLate() {
    return late.isEmpty() ? null : late.first();
  }

  private int fire(TimerSink sink, int limit) {
    int fired = 0;
    while (fired < limit) {
      Timer timer = poll();
      if (timer == null) {
        break;
      }
      live--;
      firedCount++;
      fired++;
      sink.expired(timer, nowNanos);
    }
    return fired;
  }

  private Timer poll() {
    if (!overdue.isEmpty()) {
      return poll(overdue);
    }
    if (late.isEmpty() && firstDue() == null && !collect()) {
      return null;
    }
    return pollDueOrLate();
  }

  static Timer poll(TimerList list) {
    Timer timer = list.removeFirst();
    timer.index = Timer.NOT_STARTED;
    return timer;
  }

  private Timer pollDueOrLate() {
    if (late.isEmpty()) {
      return pollDue();
    }
    Timer due = firstDue();
    boolean lateFirst = due == null || TimerSorter.precedes(late.first(), due, nowNanos);
    return lateFirst ? poll(late) : pollDue();
  }

  private void flushArrivals() {
    while (!arrivals.isEmpty()) {
      startPast(poll(arrivals));
    }
  }

  @Override
  public final int drain(TimerSink sink) {
    checkNotExpiring();
    sortLate();
    moveAllTo(drained);
    drained.appendAll(late);
    // Seen from the end of the future half of the range, every deadline is a past one.
    sorter.sort(drained, nowNanos + Long.MAX_VALUE);
    expiring = true;
    try {
      return handOver(sink);
    } finally {
      expiring = false;
      restartDrained();
      flushArrivals();
    }
  }

  private int handOver(TimerSink sink) {
    int count = 0;
    while (!overdue.isEmpty() || !drained.isEmpty()) {
      Timer timer = poll(overdue.isEmpty() ? drained : overdue);
      live--;
      cancelledCount++;
      count++;
      sink.expired(timer, nowNanos);
    }
    return count;
  }

  /** Only after an exception is anything left. */
  private void restartDrained() {
    while (!drained.isEmpty()) {
      Timer timer = poll(drained);
      if (timer.deadlineNanos - nowNanos > 0) {
        timer.sequence = nextSequence++;
        insertOrRefuse(timer);
      } else {
        startPast(timer);
      }
    }
  }

  @Override
  public final long nextDeadlineNanos() {
    if (live == 0) {
      return Long.MAX_VALUE;
    }
    return allInSubclass() ? earliestNanos() : nowNanos;
  }

  private boolean allInSubclass() {
    return firstDue() == null
        && late.isEmpty()
        && arrivals.isEmpty()
        && overdue.isEmpty()
        && drained.isEmpty();
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
