package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimerNodesTest {
  private static final int LISTS = 3;

  private final TimerHeap owner = new TimerHeap(0, 1);
  private final TimerHeap other = new TimerHeap(0, 1);

  private Timer timer() {
    Timer timer = Timer.of((fired, nowNanos) -> {});
    timer.queue = owner;
    return timer;
  }

  @Test
  void eachTimerHasANodeOfItsOwnUpToTheCap() {
    TimerNodes nodes = new TimerNodes(owner, LISTS, 100);
    Timer[] timers = new Timer[100];
    for (int round = 0; round < 3; round++) {
      Set<Integer> taken = new HashSet<>();
      for (int i = 0; i < timers.length; i++) {
        timers[i] = timer();
        int node = nodes.claim(timers[i]);
        assertTrue(node >= LISTS && taken.add(node), "node " + node);
        assertEquals(node, timers[i].index);
        assertSame(timers[i], nodes.timer(node));
      }
      for (Timer timer : timers) {
        nodes.release(timer);
      }
    }
  }

  @Test
  void onlyTheTimerThatEndedLastIsReferredTo() {
    TimerNodes nodes = new TimerNodes(owner, LISTS, 2);
    Timer first = timer();
    Timer second = timer();
    int firstNode = nodes.claim(first);
    int secondNode = nodes.claim(second);
    nodes.release(first);
    assertSame(first, nodes.timer(firstNode));
    nodes.release(second);
    assertNull(nodes.timer(firstNode));
    assertEquals(Timer.NOT_STARTED, first.index);
    assertSame(second, nodes.timer(secondNode));
    nodes.forget();
    assertNull(nodes.timer(secondNode));
    assertEquals(Timer.NOT_STARTED, second.index);
  }

  @Test
  void aTimerThatStartsAgainAtOnceHasItsNodeAgain() {
    TimerNodes nodes = new TimerNodes(owner, LISTS, 2);
    Timer timer = timer();
    int node = nodes.claim(timer);
    nodes.claim(timer());
    nodes.release(timer);
    assertTrue(!timer.isStarted());
    assertEquals(node, nodes.claim(timer));
    assertTrue(timer.isStarted());
    assertSame(timer, nodes.timer(node));
  }

  @Test
  void aTimerThatHasStartedElsewhereIsLeftAsItIs() {
    TimerNodes nodes = new TimerNodes(owner, LISTS, 1);
    Timer timer = timer();
    int node = nodes.claim(timer);
    nodes.release(timer);
    TimerNodes others = new TimerNodes(other, LISTS + 1, 1);
    timer.queue = other;
    timer.index = Timer.NOT_STARTED;
    int othersNode = others.claim(timer);
    assertNotEquals(node, othersNode);
    others.release(timer);
    nodes.forget();
    assertEquals(Timer.REMEMBERED, timer.index);
    assertEquals(othersNode, others.claim(timer));
    assertNull(nodes.timer(node));
  }
}
