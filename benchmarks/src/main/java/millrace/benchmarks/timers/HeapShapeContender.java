package millrace.benchmarks.timers;

/** Drives a {@link HeapShape}. */
final class HeapShapeContender extends TimerContender {
  private final HeapShape heap;
  private final HeapShape.Node[] nodes;
  private long nowNanos;

  HeapShapeContender(HeapShape heap, int live) {
    this.heap = heap;
    this.nodes = new HeapShape.Node[live];
    for (int number = 0; number < live; number++) {
      nodes[number] = new HeapShape.Node();
    }
  }

  @Override
  void start(int number, long delayNanos) {
    nodes[number].deadlineNanos = nowNanos + delayNanos;
    heap.add(nodes[number]);
  }

  @Override
  void cancel(int number) {
    heap.remove(nodes[number]);
  }

  @Override
  int advance(long nanos, Delays delays) {
    nowNanos += nanos;
    int fired = 0;
    HeapShape.Node first = heap.first();
    while (first != null && first.deadlineNanos <= nowNanos) {
      heap.remove(first);
      first.deadlineNanos = nowNanos + delays.nextNanos();
      heap.add(first);
      fired++;
      first = heap.first();
    }
    return fired;
  }
}
