package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DueTimersTest {
  private static final int COUNT = 100;

  private final TimerHeap owner = new TimerHeap(0, 1);
  private final TimerNumbers numbers = new TimerNumbers(owner, COUNT);
  private final DueTimers due = new DueTimers(numbers, new TimerSorter(), COUNT);

  private Timer claim(long deadlineNanos, long sequence) {
    Timer timer = Timer.of((fired, nowNanos) -> {});
    timer.queue = owner;
    timer.deadlineNanos = deadlineNanos;
    timer.sequence = sequence;
    numbers.claim(timer);
    return timer;
  }

  @Test
  void timersLeaveAsTheyCame() {
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      Timer timer = claim(i, i);
      int number = timer.index;
      assertFalse(DueTimers.isDue(timer));
      due.append(number);
      assertTrue(DueTimers.isDue(timer));
      assertTrue(timer.isStarted());
      timers.add(timer);
    }
    for (int i = 0; i < COUNT; i++) {
      assertSame(timers.get(i), due.first());
      Timer timer = due.removeFirst();
      assertSame(timers.get(i), timer);
      assertSame(timer, numbers.timer(timer.index));
    }
    assertTrue(due.isEmpty());
    assertNull(due.first());
  }

  @Test
  void whoIsRemovedLeavesNoRoomUnused() {
    Random random = new Random(1);
    List<Timer> model = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      model.add(claim(i, i));
      due.append(model.get(i).index);
    }
    for (int step = 0; step < 10_000; step++) {
      // One is not among them, now and then the first: only then are there gaps at the end.
      Timer removed = model.remove(random.nextInt(model.size()));
      due.remove(removed);
      assertSame(removed, numbers.timer(removed.index));
      due.append(removed.index);
      model.add(removed);
      assertSame(model.get(0), due.first());
    }
    for (Timer timer : model) {
      assertSame(timer, due.removeFirst());
    }
    assertTrue(due.isEmpty());
  }

  @Test
  void sortingGoesByDeadlineThenByStart() {
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      timers.add(claim(i / 10, i));
    }
    List<Timer> shuffled = new ArrayList<>(timers);
    Collections.shuffle(shuffled, new Random(7));
    shuffled.forEach(timer -> due.append(timer.index));
    due.remove(shuffled.get(0));
    due.remove(shuffled.get(50));
    timers.remove(shuffled.get(0));
    timers.remove(shuffled.get(50));
    due.sort(1000);
    for (Timer timer : timers) {
      assertEquals(timer.deadlineNanos, due.first().deadlineNanos);
      assertSame(timer, due.removeFirst());
    }
    assertTrue(due.isEmpty());
  }
}
