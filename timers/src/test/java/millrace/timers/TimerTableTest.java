package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What only a table has: a watch. */
class TimerTableTest {
  private static final int ALL = Integer.MAX_VALUE;

  private final List<Timer> fired = new ArrayList<>();
  private final TimerSink sink = (timer, nowNanos) -> fired.add(timer);

  private static Timer idle() {
    return Timer.of((timer, nowNanos) -> {});
  }

  @Test
  void aDeadlineThatTheWatchCannotTakeIsARefusal() {
    WatchedTable table = new WatchedTable(0, 3);
    table.limit(1);
    Timer first = idle();
    assertTrue(table.start(first, 10));
    assertFalse(table.start(idle(), 10));
    assertEquals(1, table.refusedCount());
    assertEquals(1, table.live());
    assertTrue(table.start(idle(), 0), "what is due needs no watch");
    table.limit(0);
    assertFalse(table.start(first, 20), "a restart");
    assertFalse(first.isStarted());
    assertEquals(2, table.expire(100, sink, ALL) + table.live() + 1);
    assertEquals(0, table.watching());
  }

  @Test
  void whatIsToldToHavePassedBeforeItsTimeStillFiresOnTime() {
    List<Integer> watched = new ArrayList<>();
    DeadlineWatch early =
        new DeadlineWatch() {
          @Override
          public boolean watch(int entry, long deadlineNanos) {
            return watched.add(entry);
          }

          @Override
          public void unwatch(int entry) {
            throw new AssertionError("told already");
          }
        };
    TimerTable table = new TimerTable(0, 2, early);
    Timer timer = idle();
    Timer cancelled = idle();
    table.start(timer, 50);
    table.start(cancelled, 40);
    assertEquals(Long.MAX_VALUE, table.waitNanos(0), "the watch will tell");
    watched.forEach(table::passed);
    assertEquals(40, table.nextDeadlineNanos());
    assertTrue(table.cancel(cancelled));
    assertEquals(0, table.expire(49, sink, ALL));
    assertEquals(1, table.waitNanos(49));
    assertEquals(1, table.expire(50, sink, ALL));
    assertEquals(List.of(timer), fired);
  }

  @Test
  void anEntryThatIsNotWatchedCannotHavePassed() {
    TimerTable table = new TimerTable(0, 2, new WatchedTable(0, 2));
    assertThrows(IllegalArgumentException.class, () -> table.passed(0));
    assertThrows(IllegalArgumentException.class, () -> table.passed(-1));
    assertThrows(IllegalArgumentException.class, () -> table.passed(2));
  }
}
