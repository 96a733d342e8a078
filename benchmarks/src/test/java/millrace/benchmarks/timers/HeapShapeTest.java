package millrace.benchmarks.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A shape that is wrong would be measured as a fast one. */
class HeapShapeTest {
  private static final int NODES = 200;
  private static final int OPERATIONS = 100_000;

  static Stream<Named<HeapShape>> shapes() {
    return Stream.of(
        Named.of("two children", new DaryHeap(1, NODES)),
        Named.of("four children", new DaryHeap(2, NODES)),
        Named.of("eight children", new DaryHeap(3, NODES)),
        Named.of("pairing", new PairingHeap()));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theFirstIsAlwaysTheEarliestOfThoseThatWereAddedAndNotRemoved(HeapShape heap) {
    SplittableRandom random = new SplittableRandom(1);
    List<HeapShape.Node> free = new ArrayList<>();
    List<HeapShape.Node> added = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      free.add(new HeapShape.Node());
    }
    for (int operation = 0; operation < OPERATIONS; operation++) {
      if (!free.isEmpty() && (added.isEmpty() || random.nextInt(100) < 52)) {
        HeapShape.Node node = free.remove(random.nextInt(free.size()));
        node.deadlineNanos = random.nextLong(1000);
        heap.add(node);
        added.add(node);
      } else {
        int index = random.nextInt(added.size());
        HeapShape.Node node = random.nextBoolean() ? added.get(index) : heap.first();
        heap.remove(node);
        added.remove(node);
        free.add(node);
      }
      check(heap, added);
    }
    while (!added.isEmpty()) {
      HeapShape.Node first = heap.first();
      added.remove(first);
      heap.remove(first);
      check(heap, added);
    }
  }

  private static void check(HeapShape heap, List<HeapShape.Node> added) {
    if (added.isEmpty()) {
      assertNull(heap.first());
      return;
    }
    HeapShape.Node least =
        added.stream().min(Comparator.comparingLong(node -> node.deadlineNanos)).orElseThrow();
    assertEquals(least.deadlineNanos, heap.first().deadlineNanos);
    assertSame(heap.first(), added.get(added.indexOf(heap.first())), "one that is in it");
  }
}
