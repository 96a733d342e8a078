package millrace.proactor.backend.epoll;

/**
 * The descriptors that may be ready, in turn: one that has used its budget goes to the end, behind
 * all others.
 */
final class ReadyList {

  private DescriptorState first;
  private DescriptorState last;
  private int size;

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return size;
  }

  /** Appends {@code state}, unless it is in the list. */
  void add(DescriptorState state) {
    if (state.inReadyList) {
      return;
    }
    state.inReadyList = true;
    if (last == null) {
      first = state;
    } else {
      last.nextReady = state;
    }
    last = state;
    size++;
  }

  DescriptorState poll() {
    DescriptorState state = first;
    first = state.nextReady;
    if (first == null) {
      last = null;
    }
    state.nextReady = null;
    state.inReadyList = false;
    size--;
    return state;
  }
}
