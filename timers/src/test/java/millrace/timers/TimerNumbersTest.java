package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimerNumbersTest {
  private final TimerHeap owner = new TimerHeap(0, 1);
  private final TimerHeap other = new TimerHeap(0, 1);

  private Timer timer() {
    Timer timer = Timer.of((fired, nowNanos) -> {});
    timer.queue = owner;
    return timer;
  }

  @Test
  void eachTimerHasANumberOfItsOwnUpToTheCap() {
    TimerNumbers numbers = new TimerNumbers(owner, 100);
    Timer[] timers = new Timer[100];
    for (int round = 0; round < 3; round++) {
      Set<Integer> taken = new HashSet<>();
      for (int i = 0; i < timers.length; i++) {
        timers[i] = timer();
        numbers.claim(timers[i]);
        int number = timers[i].index;
        assertTrue(number >= 0 && number < 100 && taken.add(number), "number " + number);
        assertSame(timers[i], numbers.timer(number));
        numbers.setPlace(number, 1000 + i);
      }
      for (int i = 0; i < timers.length; i++) {
        assertEquals(1000 + i, numbers.place(timers[i].index));
      }
      for (Timer timer : timers) {
        int number = timer.index;
        numbers.release(timer);
        assertNull(numbers.timer(number));
      }
    }
  }

  @Test
  void aRememberedTimerIsNotStartedAndHasItsNumberAgain() {
    TimerNumbers numbers = new TimerNumbers(owner, 2);
    Timer timer = timer();
    numbers.claim(timer);
    int number = timer.index;
    numbers.setPlace(number, 77);
    assertFalse(numbers.remembersOne());
    numbers.remember(timer);
    assertTrue(numbers.remembersOne());
    assertEquals(77, numbers.rememberedPlace());
    assertFalse(timer.isStarted());
    numbers.recall(timer);
    assertFalse(numbers.remembersOne());
    assertTrue(timer.isStarted());
    assertEquals(number, timer.index);
    assertSame(timer, numbers.timer(number));
  }

  @Test
  void aTimerThatIsForgottenIsNotReferredTo() {
    TimerNumbers numbers = new TimerNumbers(owner, 1);
    Timer timer = timer();
    numbers.claim(timer);
    int number = timer.index;
    numbers.remember(timer);
    numbers.forget();
    assertFalse(numbers.remembersOne());
    assertNull(numbers.timer(number));
    assertEquals(Timer.NOT_STARTED, timer.index);
    Timer next = timer();
    numbers.claim(next);
    assertEquals(number, next.index);
  }

  @Test
  void aTimerThatHasStartedElsewhereIsLeftAsItIs() {
    TimerNumbers numbers = new TimerNumbers(owner, 1);
    Timer timer = timer();
    numbers.claim(timer);
    numbers.remember(timer);
    timer.queue = other;
    timer.index = 5;
    assertFalse(numbers.isOwn(timer));
    numbers.forget();
    assertEquals(5, timer.index);
    // Remembered there, too: that is the business of the other queue.
    timer.queue = owner;
    timer.index = Timer.NOT_STARTED;
    numbers.claim(timer);
    numbers.remember(timer);
    timer.queue = other;
    numbers.forget();
    assertEquals(Timer.REMEMBERED, timer.index);
  }
}
