package millrace.benchmarks.timers;

/** An implicit heap whose nodes have 2<sup>arityBits</sup> children. */
final class DaryHeap implements HeapShape {
  private final int arityBits;
  private final Node[] nodes;
  private final long[] deadlines;
  private int size;

  DaryHeap(int arityBits, int capacity) {
    this.arityBits = arityBits;
    this.nodes = new Node[capacity];
    this.deadlines = new long[capacity];
  }

  @Override
  public Node first() {
    return size == 0 ? null : nodes[0];
  }

  @Override
  public void add(Node node) {
    siftUp(node, size++);
  }

  @Override
  public void remove(Node node) {
    int index = node.index;
    size--;
    Node last = nodes[size];
    nodes[size] = null;
    if (index < size) {
      if (index > 0 && last.deadlineNanos < deadlines[(index - 1) >> arityBits]) {
        siftUp(last, index);
      } else {
        siftDown(last, index);
      }
    }
  }

  private void siftUp(Node node, int from) {
    long deadline = node.deadlineNanos;
    int index = from;
    while (index > 0) {
      int parent = (index - 1) >> arityBits;
      if (deadline >= deadlines[parent]) {
        break;
      }
      set(index, nodes[parent], deadlines[parent]);
      index = parent;
    }
    set(index, node, deadline);
  }

  private void siftDown(Node node, int from) {
    long deadline = node.deadlineNanos;
    int index = from;
    while (true) {
      int first = (index << arityBits) + 1;
      if (first >= size) {
        break;
      }
      int least = first;
      int end = Math.min(first + (1 << arityBits), size);
      for (int child = first + 1; child < end; child++) {
        if (deadlines[child] < deadlines[least]) {
          least = child;
        }
      }
      if (deadline <= deadlines[least]) {
        break;
      }
      set(index, nodes[least], deadlines[least]);
      index = least;
    }
    set(index, node, deadline);
  }

  private void set(int index, Node node, long deadline) {
    nodes[index] = node;
    deadlines[index] = deadline;
    node.index = index;
  }
}
