package millrace.timers;

import java.util.Map;
import java.util.TreeMap;

/**
 * A {@link TimerTable} with a watch that knows the time, so that it can be driven as the others.
 */
final class WatchedTable implements TimerQueue, DeadlineWatch {
  private final TimerTable table;
  private final Map<Integer, Long> watched = new TreeMap<>();
  private int capacity = Integer.MAX_VALUE;

  WatchedTable(long startNanos, int maxLive) {
    table = new TimerTable(startNanos, maxLive, this);
  }

  /** Watches no more deadlines than that at once. */
  void limit(int newCapacity) {
    capacity = newCapacity;
  }

  int watching() {
    return watched.size();
  }

  @Override
  public boolean watch(int entry, long deadlineNanos) {
    if (watched.size() >= capacity) {
      return false;
    }
    if (watched.put(entry, deadlineNanos) != null) {
      throw new AssertionError("entry in use: " + entry);
    }
    return true;
  }

  @Override
  public void unwatch(int entry) {
    if (watched.remove(entry) == null) {
      throw new AssertionError("not watched: " + entry);
    }
  }

  /** Tells what has passed in the order of the entries, which is not that of the deadlines. */
  @Override
  public int expire(long nowNanos, TimerSink sink, int limit) {
    long advanced = nowNanos - table.nowNanos() > 0 ? nowNanos : table.nowNanos();
    for (Map.Entry<Integer, Long> each : Map.copyOf(watched).entrySet()) {
      // As in the table: both within half the range of its time.
      if (each.getValue() - table.nowNanos() <= advanced - table.nowNanos()) {
        watched.remove(each.getKey());
        table.passed(each.getKey());
      }
    }
    return table.expire(nowNanos, sink, limit);
  }

  @Override
  public long nextDeadlineNanos() {
    long nowNanos = table.nowNanos();
    if (table.live() == 0 || table.waitNanos(nowNanos) == 0) {
      return table.nextDeadlineNanos();
    }
    long leastNanos = table.waitNanos(nowNanos);
    for (long deadlineNanos : watched.values()) {
      leastNanos = Math.min(leastNanos, deadlineNanos - nowNanos);
    }
    return nowNanos + leastNanos;
  }

  @Override
  public boolean start(Timer timer, long deadlineNanos) {
    return table.start(timer, deadlineNanos);
  }

  @Override
  public boolean cancel(Timer timer) {
    return table.cancel(timer);
  }

  @Override
  public int drain(TimerSink sink) {
    return table.drain(sink);
  }

  @Override
  public long nowNanos() {
    return table.nowNanos();
  }

  @Override
  public long tickNanos() {
    return table.tickNanos();
  }

  @Override
  public long originNanos() {
    return table.originNanos();
  }

  @Override
  public int live() {
    return table.live();
  }

  @Override
  public int maxLive() {
    return table.maxLive();
  }

  @Override
  public long firedCount() {
    return table.firedCount();
  }

  @Override
  public long cancelledCount() {
    return table.cancelledCount();
  }

  @Override
  public long refusedCount() {
    return table.refusedCount();
  }
}
