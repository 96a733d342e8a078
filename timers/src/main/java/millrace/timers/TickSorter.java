package millrace.timers;

/**
 * Moves the timers of a tick from their slot to {@link DueTimers}, sorted by deadline, those with
 * equal deadlines by start, without allocation. Keys in an array are sorted, as comparing timers
 * costs a cache miss now and then; reading the deadlines beforehand, one after the other, lets the
 * misses of a whole tick overlap.
 */
final class TickSorter {
  private static final int INDEX_BITS = 10;

  /** Timers that are sorted at a time. */
  private static final int MOST = 1 << INDEX_BITS;

  /** Numbers that lie less than this apart fit into a key with an index. */
  private static final long NEAR = 1L << (Long.SIZE - 1 - INDEX_BITS);

  /** Keys that are sorted without merging. */
  private static final int RUN = 16;

  private final TimerNumbers timers;
  private final DueTimers due;
  private final long tickNanos;
  private final int[] numbers = new int[MOST];
  private final int[] putOff = new int[MOST];
  private long[] keys = new long[MOST];
  private long[] otherKeys = new long[MOST];
  private int size;
  private int putOffCount;
  private int pieces;

  /** For ticks of a length. */
  TickSorter(TimerNumbers timers, DueTimers due, long tickNanos) {
    this.timers = timers;
    this.due = due;
    this.tickNanos = tickNanos;
  }

  /**
   * Takes timers out of a slot, some at least: those that fall due with the tick whose first
   * deadline is given, and those that were put off.
   */
  void take(WheelSlots slots, int slot, long firstNanos) {
    if (size > 0) {
      movePiece();
    }
    int taken = takeNumbers(slots, slot);
    boolean allOwn = true;
    for (int i = 0; i < taken; i++) {
      Timer timer = timers.timer(numbers[i]);
      keys[i] = timer.deadlineNanos - firstNanos;
      allOwn &= timers.isOwn(timer); // It may be in a second cache line, which a start needs, too.
    }
    if (!allOwn) {
      throw new AssertionError("the wheel holds a timer of another queue");
    }
    putOffCount = 0;
    for (int i = 0; i < taken; i++) {
      if (Long.compareUnsigned(keys[i], tickNanos) < 0) {
        numbers[size] = numbers[i];
        keys[size] = key(keys[i], size);
        size++;
      } else {
        putOff[putOffCount++] = numbers[i];
      }
    }
  }

  private int takeNumbers(WheelSlots slots, int slot) {
    int taken = 0;
    while (taken <= MOST - WheelSlots.BLOCK_SIZE && !slots.isEmpty(slot)) {
      int first = slots.first(slot);
      int end = first + slots.firstCount(slot);
      for (int place = first; place < end; place++) {
        numbers[taken++] = WheelSlots.number(slots.entry(place));
      }
      slots.removeFirst(slot);
    }
    return taken;
  }

  int putOffCount() {
    return putOffCount;
  }

  /** The number of a timer that was taken last and falls due later. */
  int putOff(int index) {
    return putOff[index];
  }

  /** Moves all that were taken and fall due. Returns false if none do. */
  boolean moveToDue(long nowNanos) {
    if (size == 1 && pieces == 0) {
      due.append(numbers[0]);
      size = 0;
      return true;
    }
    if (size > 0) {
      movePiece();
    }
    boolean found = pieces > 0;
    if (pieces > 1 || !areNear()) {
      due.sort(nowNanos);
    }
    pieces = 0;
    return found;
  }

  private boolean areNear() {
    return tickNanos <= NEAR;
  }

  private void movePiece() {
    if (areNear()) {
      appendSorted(); // What is left of the work is to merge the pieces.
    } else {
      for (int i = 0; i < size; i++) {
        due.append(numbers[i]);
      }
    }
    size = 0;
    pieces++;
  }

  /** Appends what was taken, in order. */
  private void appendSorted() {
    if (sortIsInOther(0, size)) {
      long[] sorted = otherKeys;
      otherKeys = keys;
      keys = sorted;
    }
    int equal = 0; // the first with the deadline of the one before i
    for (int i = 1; i <= size; i++) {
      if (i == size || keys[i] >>> INDEX_BITS != keys[i - 1] >>> INDEX_BITS) {
        if (i - equal > 1) {
          sortByStart(equal, i);
        }
        equal = i;
      }
    }
    for (int i = 0; i < size; i++) {
      due.append(numbers[indexIn(keys[i])]);
    }
  }

  /** An index makes keys unique. */
  private static long key(long distance, int index) {
    return (distance << INDEX_BITS) | index;
  }

  private static int indexIn(long key) {
    return (int) key & (MOST - 1);
  }

  private void sortByStart(int from, int end) {
    long least = Long.MAX_VALUE;
    for (int i = from; i < end; i++) {
      least = Math.min(least, sequence(keys[i]));
    }
    for (int i = from; i < end; i++) {
      // Nobody starts 2^53 timers while one waits.
      keys[i] = key(sequence(keys[i]) - least, indexIn(keys[i]));
    }
    if (sortIsInOther(from, end)) {
      System.arraycopy(otherKeys, from, keys, from, end - from);
    }
  }

  private long sequence(long key) {
    return timers.timer(numbers[indexIn(key)]).sequence;
  }

  /**
   * Sorts a range of the keys, and returns whether it is {@link #otherKeys} that has them in order
   * then. Not Arrays.sort: it allocates, since JDK 22 for each partition.
   */
  private boolean sortIsInOther(int from, int end) {
    if (isSorted(keys, from, end)) {
      return false;
    }
    for (int run = from; run < end; run += RUN) {
      rankRun(keys, otherKeys, run, Math.min(run + RUN, end));
    }
    boolean inOther = true;
    for (int width = RUN; width < end - from; width *= 2) {
      long[] source = inOther ? otherKeys : keys;
      long[] target = inOther ? keys : otherKeys;
      for (int run = from; run < end; run += 2 * width) {
        merge(source, target, run, Math.min(run + width, end), Math.min(run + 2 * width, end));
      }
      inOther = !inOther;
    }
    return inOther;
  }

  private static boolean isSorted(long[] keys, int from, int end) {
    for (int i = from + 1; i < end; i++) {
      if (keys[i] < keys[i - 1]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Puts each key where the number of smaller ones says: quadratic, but free of branches that
   * depend on the keys, of which an insertion sort mispredicts one for each.
   */
  private static void rankRun(long[] keys, long[] ranked, int from, int end) {
    for (int i = from; i < end; i++) {
      long key = keys[i];
      long smaller = 0;
      for (int j = from; j < end; j++) {
        smaller += (keys[j] - key) >>> (Long.SIZE - 1);
      }
      ranked[from + (int) smaller] = key;
    }
  }

  private static void merge(long[] source, long[] target, int from, int middle, int end) {
    int left = from;
    int right = middle;
    for (int place = from; place < end; place++) {
      boolean takeLeft = right == end || (left < middle && source[left] < source[right]);
      target[place] = takeLeft ? source[left++] : source[right++];
    }
  }
}
