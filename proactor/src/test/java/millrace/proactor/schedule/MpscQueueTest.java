package millrace.proactor.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MpscQueueTest {

  @Test
  void keepsOrderAcrossManyWrapArounds() {
    MpscQueue<Integer> queue = new MpscQueue<>(4);
    int expected = 0;
    for (int next = 0; next < 1000; ) {
      while (queue.offer(next)) {
        next++;
      }
      assertEquals(4, queue.size());
      for (int i = 0; i < 3; i++) {
        assertEquals(expected++, queue.poll());
      }
    }
  }

  @Test
  void refusesWhenFullAndTakesAgainAfterAPoll() {
    MpscQueue<String> queue = new MpscQueue<>(2);
    assertTrue(queue.offer("a"));
    assertTrue(queue.offer("b"));
    assertFalse(queue.offer("c"));
    assertEquals("a", queue.poll());
    assertTrue(queue.offer("c"));
    assertEquals("b", queue.poll());
    assertEquals("c", queue.poll());
    assertNull(queue.poll());
  }

  @Test
  void aClosedQueueLetsNothingInAndEverythingOut() {
    MpscQueue<String> queue = new MpscQueue<>(4);
    assertTrue(queue.offer("a"));
    queue.close();
    assertTrue(queue.isClosed());
    assertFalse(queue.offer("b"));
    assertFalse(queue.isEmpty());
    assertEquals("a", queue.poll());
    assertTrue(queue.isEmpty());
  }

  @Test
  void namesTheLegalCapacity() {
    for (int capacity : new int[] {0, 1, 3, 1000}) {
      var e = assertThrows(IllegalArgumentException.class, () -> new MpscQueue<>(capacity));
      assertTrue(e.getMessage().contains("power of two"), e.getMessage());
    }
    assertThrows(NullPointerException.class, () -> new MpscQueue<>(2).offer(null));
  }

  @Test
  void everyElementTakenFromManyProducersArrivesOnceAndInItsProducersOrder() throws Exception {
    int producers = 4;
    int each = 100_000;
    MpscQueue<long[]> queue = new MpscQueue<>(1024);
    AtomicLong accepted = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int producer = 0; producer < producers; producer++) {
      int number = producer;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (long i = 0; i < each; i++) {
                      long[] element = {number, i};
                      while (!queue.offer(element)) {
                        if (queue.isClosed()) {
                          return;
                        }
                        Thread.onSpinWait();
                      }
                      accepted.incrementAndGet();
                    }
                  }));
    }
    long[] last = {-1, -1, -1, -1};
    long polled = 0;
    long closeAt = (long) producers * each / 2;
    while (true) {
      long[] element = queue.poll();
      if (element == null) {
        if (queue.isClosed() && queue.isEmpty()) {
          break;
        }
        Thread.onSpinWait();
        continue;
      }
      assertEquals(last[(int) element[0]] + 1, element[1]);
      last[(int) element[0]] = element[1];
      if (++polled == closeAt) {
        queue.close();
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(accepted.get(), polled);
    assertNull(queue.poll());
  }
}
