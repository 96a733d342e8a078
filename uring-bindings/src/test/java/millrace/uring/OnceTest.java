package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is found out once. */
class OnceTest {
  private final AtomicInteger calls = new AtomicInteger();

  @Test
  void failureIsToldAsItIsAndTheNextCallTriesAgain() {
    Once<String> once = new Once<>(this::failTwice, answer -> true);
    for (int call = 1; call <= 2; call++) {
      var thrown = assertThrows(IllegalStateException.class, once::get);
      assertEquals("failure " + call, thrown.getMessage());
    }
    String answer = once.get();
    assertEquals("answer 3", answer);
    assertSame(answer, once.get());
    assertEquals(3, calls.get());
  }

  @Test
  void answerOfTheMomentIsNotRemembered() {
    Once<Integer> once = new Once<>(calls::incrementAndGet, answer -> answer >= 3);
    assertEquals(1, once.get());
    assertEquals(2, once.get());
    assertEquals(3, once.get());
    assertEquals(3, once.get());
  }

  private String failTwice() {
    int call = calls.incrementAndGet();
    if (call <= 2) {
      throw new IllegalStateException("failure " + call);
    }
    return "answer " + call;
  }
}
