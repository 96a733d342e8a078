package millrace.timers;

/**
 * Stable sorting of lists of {@link TimerNodes} by deadline, without allocation. Keys in an array
 * are sorted, as comparing timers costs a cache miss now and then; reading the deadlines
 * beforehand, one after the other, lets the misses of a whole tick overlap.
 */
final class NodeSorter {
  private static final int PLACE_BITS = 10;

  /** More timers than this in one tick are sorted as a list of timers. */
  private static final int MOST = 1 << PLACE_BITS;

  /** Deadlines that lie less than this apart fit into a key with their place in the list. */
  private static final long NEAR_NANOS = 1L << (Long.SIZE - 1 - PLACE_BITS);

  /** Keys that are sorted without merging. */
  private static final int RUN = 16;

  private final TimerNodes nodes;
  private final TimerSorter timerSorter;
  private final TimerList timers = new TimerList();
  private final int[] places = new int[MOST];
  private long[] keys = new long[MOST];
  private long[] mergedKeys = new long[MOST];

  NodeSorter(TimerNodes nodes, TimerSorter timerSorter) {
    this.nodes = nodes;
    this.timerSorter = timerSorter;
  }

  /** Sorts a list whose deadlines are in {@code [fromNanos, fromNanos + rangeNanos)}. */
  void sortNear(int list, long fromNanos, long rangeNanos, long nowNanos) {
    if (nodes.next(nodes.next(list)) == list) {
      return;
    }
    int size = rangeNanos <= NEAR_NANOS ? readKeys(list, fromNanos) : MOST + 1;
    if (size > MOST) {
      sort(list, nowNanos);
    } else if (!isSorted(size)) {
      sortKeys(size);
      nodes.clear(list);
      for (int i = 0; i < size; i++) {
        nodes.append(list, places[(int) keys[i] & (MOST - 1)]);
      }
    }
  }

  /** Returns the number of nodes; more than MOST if there are more. */
  private int readKeys(int list, long fromNanos) {
    int size = 0;
    for (int node = nodes.next(list); node != list; node = nodes.next(node)) {
      if (size == MOST) {
        return MOST + 1;
      }
      // The place makes keys unique, and keeps equal deadlines in their order.
      keys[size] = ((nodes.timer(node).deadlineNanos - fromNanos) << PLACE_BITS) | size;
      places[size++] = node;
    }
    return size;
  }

  private boolean isSorted(int size) {
    for (int i = 1; i < size; i++) {
      if (keys[i] < keys[i - 1]) {
        return false;
      }
    }
    return true;
  }

  /** Sorts a list of any deadlines, all of which are due. */
  void sort(int list, long nowNanos) {
    for (int node = nodes.next(list); node != list; node = nodes.next(node)) {
      timers.append(nodes.timer(node));
    }
    nodes.clear(list);
    timerSorter.sort(timers, nowNanos);
    while (!timers.isEmpty()) {
      nodes.append(list, timers.removeFirst().index);
    }
  }

  /** Not Arrays.sort: it allocates, since JDK 22 for each partition. */
  private void sortKeys(int size) {
    for (int from = 0; from < size; from += RUN) {
      rankRun(from, Math.min(from + RUN, size));
    }
    swapKeys();
    for (int width = RUN; width < size; width *= 2) {
      for (int from = 0; from < size; from += 2 * width) {
        mergeKeys(from, Math.min(from + width, size), Math.min(from + 2 * width, size));
      }
      swapKeys();
    }
  }

  /**
   * Puts each key where the number of smaller ones says: quadratic, but free of branches that
   * depend on the keys, of which an insertion sort mispredicts one for each.
   */
  private void rankRun(int from, int end) {
    for (int i = from; i < end; i++) {
      long key = keys[i];
      long smaller = 0;
      for (int j = from; j < end; j++) {
        smaller += (keys[j] - key) >>> (Long.SIZE - 1);
      }
      mergedKeys[from + (int) smaller] = key;
    }
  }

  private void swapKeys() {
    long[] merged = mergedKeys;
    mergedKeys = keys;
    keys = merged;
  }

  private void mergeKeys(int from, int middle, int end) {
    int left = from;
    int right = middle;
    for (int place = from; place < end; place++) {
      boolean takeLeft = right == end || (left < middle && keys[left] < keys[right]);
      mergedKeys[place] = takeLeft ? keys[left++] : keys[right++];
    }
  }
}
