package millrace.benchmarks.timers;

/** A heap in one of the shapes among which {@link millrace.timers.TimerHeap} was chosen. */
interface HeapShape {
  /** An element, linked or indexed by whichever heap holds it. */
  final class Node {
    long deadlineNanos;
    int index;
    Node child;
    Node sibling;

    /** The sibling before this node, or the parent of a first child. */
    Node before;
  }

  void add(Node node);

  void remove(Node node);

  /** The node with the earliest deadline; null if there is none. */
  Node first();
}
