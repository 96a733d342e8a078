package millrace.timers;

import java.util.Objects;

/**
 * Timers whose deadlines are watched by somebody else, one by one: the place where they wait, with
 * the same contract towards their users as the other queues. For comparing kernel timers with a
 * {@link TimerWheel}, and for a few that want the kernel's punctuality.
 *
 * <p><b>Lateness bound.</b> A timer fires in the first {@link #expire} after {@link #passed} was
 * called for it with {@code now >= d}: never early, and late by the lateness of the watch and of
 * the call. {@link #nextDeadlineNanos} knows only what has passed; a loop that waits for the watch
 * needs nothing more. A {@link #passed} before its time does no harm: the timer waits here for the
 * rest.
 *
 * <p><b>Order.</b> By deadline, then by start, among those that have passed.
 *
 * <p><b>Refusals.</b> A start is refused also when the watch cannot take the deadline. A timer that
 * was to be <em>re</em>started is not started then.
 *
 * <p><b>Cost.</b> Constant, besides the watch, as long as deadlines pass about in their order.
 *
 * <p>Confined to one thread; see {@link TimerQueue}.
 */
public final class TimerTable extends DueListQueue {
  private final DeadlineWatch watch;
  private final Timer[] entries;
  private final boolean[] watching;
  private final int[] free;
  private int freeCount;

  /** In the order of their start. */
  private final TimerList watched = new TimerList();

  /** In the order of their deadlines, then of their start. */
  private final TimerList passed = new TimerList();

  /**
   * Creates an empty table.
   *
   * @param startNanos the queue's time at first
   * @param maxLive the most timers that can be started at a time, 1 or more; 9 to 13 bytes each
   * @param watch watches the deadlines
   */
  public TimerTable(long startNanos, int maxLive, DeadlineWatch watch) {
    super(startNanos, maxLive);
    this.watch = Objects.requireNonNull(watch, "watch");
    this.entries = new Timer[maxLive];
    this.watching = new boolean[maxLive];
    this.free = new int[maxLive];
    while (freeCount < maxLive) {
      free[freeCount] = maxLive - 1 - freeCount;
      freeCount++;
    }
  }

  /**
   * Tells that a watched deadline has passed. The timer fires in the next {@link #expire}.
   *
   * @param entry the number given to {@link DeadlineWatch#watch}
   * @throws IllegalArgumentException if no deadline with this number is being watched
   */
  public void passed(int entry) {
    if (entry < 0 || entry >= entries.length || !watching[entry]) {
      throw new IllegalArgumentException("not watched: " + entry);
    }
    watching[entry] = false;
    Timer timer = entries[entry];
    TimerList.unlink(timer);
    Timer before = passed.previous;
    while (!passed.isEnd(before) && precedes(timer, before)) {
      before = before.previous;
    }
    passed.insertBehind(before, timer);
  }

  /** Deadlines within half the range of the queue's time; what is later than that is not here. */
  private boolean precedes(Timer a, Timer b) {
    return a.deadlineNanos == b.deadlineNanos
        ? a.sequence < b.sequence
        : a.deadlineNanos - nowNanos < b.deadlineNanos - nowNanos;
  }

  @Override
  boolean insert(Timer timer) {
    int entry = free[freeCount - 1];
    if (!watch.watch(entry, timer.deadlineNanos)) {
      return false;
    }
    freeCount--;
    entries[entry] = timer;
    watching[entry] = true;
    timer.index = entry;
    watched.append(timer);
    return true;
  }

  @Override
  void insertPast(Timer timer) {
    throw new AssertionError("every past deadline counts as collected");
  }

  @Override
  void remove(Timer timer) {
    int entry = timer.index;
    if (watching[entry]) {
      watching[entry] = false;
      watch.unwatch(entry);
    }
    entries[entry] = null;
    free[freeCount++] = entry;
    TimerList.unlink(timer);
    timer.index = Timer.NOT_STARTED;
  }

  private void moveFirst(TimerList from, TimerList to) {
    Timer timer = from.first();
    remove(timer);
    list(to, timer);
  }

  @Override
  boolean isCollected(long deadlineNanos) {
    return true;
  }

  @Override
  void timeMoved() {
    while (!passed.isEmpty() && passed.first().deadlineNanos - nowNanos <= 0) {
      moveFirst(passed, due);
    }
  }

  @Override
  boolean collect() {
    return false;
  }

  @Override
  long earliestNanos() {
    if (passed.isEmpty()) {
      return nowNanos + Long.MAX_VALUE;
    }
    long deadlineNanos = passed.first().deadlineNanos;
    return deadlineNanos - nowNanos > 0 ? deadlineNanos : nowNanos;
  }

  @Override
  void moveAllTo(TimerList list) {
    list.appendAll(due);
    while (!passed.isEmpty()) {
      moveFirst(passed, list);
    }
    while (!watched.isEmpty()) {
      moveFirst(watched, list);
    }
  }

  @Override
  public long tickNanos() {
    return 1;
  }

  @Override
  public long originNanos() {
    return 0;
  }
}
