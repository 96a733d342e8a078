package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TickSorterTest {
  private static final int MOST = 5000;

  private final TimerHeap owner = new TimerHeap(0, 1);
  private final TimerNumbers numbers = new TimerNumbers(owner, MOST);
  private final WheelSlots slots = new WheelSlots(1, MOST);
  private final DueTimers due = new DueTimers(numbers, new TimerSorter(), MOST);

  private Timer add(long deadlineNanos, long sequence) {
    Timer timer = Timer.of((fired, nowNanos) -> {});
    timer.queue = owner;
    timer.deadlineNanos = deadlineNanos;
    timer.sequence = sequence;
    numbers.claim(timer);
    slots.add(0, WheelSlots.entry(timer.index, 0));
    return timer;
  }

  private Set<Timer> takeAll(TickSorter sorter, long firstNanos) {
    Set<Timer> putOff = new HashSet<>();
    while (!slots.isEmpty(0)) {
      sorter.take(slots, 0, firstNanos);
      for (int i = 0; i < sorter.putOffCount(); i++) {
        assertTrue(putOff.add(numbers.timer(sorter.putOff(i))), "put off twice");
      }
    }
    return putOff;
  }

  /** Deadlines from a range, so that some or most are equal, and a third that were put off. */
  @ParameterizedTest
  @CsvSource({
    "1, 1000000, 1000000",
    "2, 1000000, 1000000",
    "16, 1000000, 1000000",
    "17, 1000000, 1000000",
    "17, 1000000, 3",
    "300, 1000000, 1000000",
    "300, 1000000, 5",
    "1000, 1000000, 100",
    "5000, 1000000, 1000000",
    "5000, 1000000, 10",
    "5000, 1, 1",
    "300, 1152921504606846976, 1152921504606846976",
    "300, 1152921504606846976, 4",
    "5000, 9007199254740993, 9007199254740993",
  })
  void whatFallsDueGoesByDeadlineThenByStart(int count, long tickNanos, long range) {
    for (long firstNanos : new long[] {1, Long.MAX_VALUE - range / 2, -range}) {
      Random random = new Random(count + range);
      List<Timer> expected = new ArrayList<>();
      Set<Timer> putOff = new HashSet<>();
      List<Long> sequences = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        sequences.add(i);
      }
      Collections.shuffle(sequences, random);
      for (long sequence : sequences) {
        if (random.nextInt(3) == 0) {
          putOff.add(add(firstNanos + tickNanos + random.nextLong(1L << 40), sequence));
        } else {
          expected.add(add(firstNanos + random.nextLong(range), sequence));
        }
      }
      expected.sort(
          Comparator.<Timer>comparingLong(timer -> timer.deadlineNanos - firstNanos)
              .thenComparingLong(timer -> timer.sequence));
      TickSorter sorter = new TickSorter(numbers, due, tickNanos);
      assertEquals(putOff, takeAll(sorter, firstNanos));
      assertEquals(!expected.isEmpty(), sorter.moveToDue(firstNanos + tickNanos));
      for (Timer timer : expected) {
        assertSame(timer, due.first());
        numbers.release(due.removeFirst());
      }
      assertTrue(due.isEmpty());
      putOff.forEach(numbers::release);
      assertFalse(sorter.moveToDue(firstNanos + tickNanos), "nothing is left of it");
    }
  }

  @Test
  void aTimerOfAnotherQueueIsAFaultOfTheWheel() {
    add(1, 1);
    add(1, 2).queue = new TimerHeap(0, 1);
    TickSorter sorter = new TickSorter(numbers, due, 10);
    assertThrows(AssertionError.class, () -> sorter.take(slots, 0, 1));
  }
}
