package millrace.benchmarks.timers;

/** A pairing heap with two-pass merging: no array, start in constant time. */
final class PairingHeap implements HeapShape {
  private Node root;

  @Override
  public Node first() {
    return root;
  }

  @Override
  public void add(Node node) {
    node.child = null;
    node.sibling = null;
    node.before = null;
    root = root == null ? node : meld(root, node);
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // Nodes have identity, no value.
  public void remove(Node node) {
    Node orphans = mergePairs(node.child);
    if (node == root) {
      root = orphans;
      return;
    }
    if (node.before.child == node) {
      node.before.child = node.sibling;
    } else {
      node.before.sibling = node.sibling;
    }
    if (node.sibling != null) {
      node.sibling.before = node.before;
    }
    if (orphans != null) {
      root = meld(root, orphans);
    }
  }

  /** Melds siblings two by two, then the results from the last to the first. */
  private static Node mergePairs(Node first) {
    Node melded = null;
    Node rest = first;
    while (rest != null) {
      Node a = rest;
      Node b = a.sibling;
      rest = b == null ? null : b.sibling;
      detach(a);
      Node pair = a;
      if (b != null) {
        detach(b);
        pair = meld(a, b);
      }
      pair.sibling = melded;
      melded = pair;
    }
    Node merged = null;
    while (melded != null) {
      Node next = melded.sibling;
      detach(melded);
      merged = merged == null ? melded : meld(merged, melded);
      melded = next;
    }
    return merged;
  }

  private static void detach(Node node) {
    node.sibling = null;
    node.before = null;
  }

  private static Node meld(Node a, Node b) {
    Node parent = a.deadlineNanos <= b.deadlineNanos ? a : b;
    Node added = a.deadlineNanos <= b.deadlineNanos ? b : a;
    added.sibling = parent.child;
    if (parent.child != null) {
      parent.child.before = added;
    }
    added.before = parent;
    parent.child = added;
    return parent;
  }
}
