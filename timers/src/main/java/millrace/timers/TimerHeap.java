package millrace.timers;

/**
 * A four-ary heap of timers: exact deadlines, start and cancel in logarithmic time. For few timers,
 * or where a tick of lateness is too much.
 *
 * <p><b>Lateness bound.</b> The root is the earliest deadline {@code d}, {@link #nextDeadlineNanos}
 * returns it, and {@link #expire} with {@code now >= d} fires it, budget permitting. So a timer is
 * never early and exactly as late as the call.
 *
 * <p><b>Order.</b> Entries compare by deadline, then by a start sequence.
 *
 * <p>Confined to one thread; see {@link TimerQueue}.
 */
public final class TimerHeap extends DueListQueue {
  private static final int ARITY_BITS = 2;

  /**
   * How far the queue's time may run ahead of {@link #collectedNanos} while a budget holds it back:
   * past that everything due is collected at once, so that the heap spans less than 2<sup>64</sup>.
   */
  private static final long MAX_LAG_NANOS = 1L << 62;

  private final Timer[] timers;

  // Of each timer: a sift compares without touching the timers.
  private final long[] deadlines;
  private final long[] sequences;

  private int size;

  /** All deadlines in the heap are after this instant, and none that was due before it is. */
  private long collectedNanos;

  /**
   * Creates an empty heap.
   *
   * @param startNanos the queue's time at first
   * @param maxLive the most timers that can be started at a time, 1 or more; 20 to 24 bytes each
   */
  public TimerHeap(long startNanos, int maxLive) {
    super(startNanos, maxLive);
    this.timers = new Timer[maxLive];
    this.deadlines = new long[maxLive];
    this.sequences = new long[maxLive];
    this.collectedNanos = startNanos;
  }

  @Override
  boolean insert(Timer timer) {
    siftUp(timer, timer.deadlineNanos, timer.sequence, size++);
    return true;
  }

  @Override
  void insertPast(Timer timer) {
    insert(timer);
  }

  @Override
  void remove(Timer timer) {
    removeAt(timer.index);
  }

  private void removeAt(int index) {
    timers[index].index = Timer.NOT_STARTED;
    size--;
    Timer last = timers[size];
    timers[size] = null;
    if (index < size) {
      long deadline = deadlines[size];
      long sequence = sequences[size];
      if (index > 0 && precedes(deadline, sequence, parentOf(index), comparisonBase())) {
        siftUp(last, deadline, sequence, index);
      } else {
        siftDown(last, deadline, sequence, index);
      }
    }
  }

  @Override
  boolean isCollected(long deadlineNanos) {
    return Long.compareUnsigned(nowNanos - deadlineNanos, nowNanos - collectedNanos) >= 0;
  }

  @Override
  void timeMoved() {
    if (Long.compareUnsigned(nowNanos - collectedNanos, MAX_LAG_NANOS) > 0) {
      while (collect()) {}
      sorter.sort(due, nowNanos);
    }
  }

  @Override
  boolean collect() {
    if (size == 0 || !isRootDue()) {
      collectedNanos = nowNanos;
      return false;
    }
    moveRootTo(due);
    return true;
  }

  private void moveRootTo(TimerList list) {
    Timer timer = timers[0];
    removeAt(0);
    list(list, timer);
  }

  @Override
  void moveAllTo(TimerList list) {
    list.appendAll(due);
    while (size > 0) {
      moveRootTo(list);
    }
  }

  private boolean isRootDue() {
    return Long.compareUnsigned(deadlines[0] - collectedNanos, nowNanos - collectedNanos) <= 0;
  }

  @Override
  long earliestNanos() {
    return isRootDue() ? nowNanos : deadlines[0];
  }

  private void siftUp(Timer timer, long deadline, long sequence, int from) {
    long base = comparisonBase();
    int index = from;
    while (index > 0) {
      int parent = parentOf(index);
      if (!precedes(deadline, sequence, parent, base)) {
        break;
      }
      set(index, timers[parent], deadlines[parent], sequences[parent]);
      index = parent;
    }
    set(index, timer, deadline, sequence);
  }

  private void siftDown(Timer timer, long deadline, long sequence, int from) {
    long base = comparisonBase();
    int index = from;
    int lastParent = parentOf(size - 1);
    while (index <= lastParent) {
      int child = leastChild((index << ARITY_BITS) + 1, base);
      if (precedes(deadline, sequence, child, base)) {
        break;
      }
      set(index, timers[child], deadlines[child], sequences[child]);
      index = child;
    }
    set(index, timer, deadline, sequence);
  }

  private int leastChild(int first, long base) {
    int end = Math.min(first + (1 << ARITY_BITS), size);
    int least = first;
    for (int child = first + 1; child < end; child++) {
      if (precedes(deadlines[child], sequences[child], least, base)) {
        least = child;
      }
    }
    return least;
  }

  private void set(int index, Timer timer, long deadline, long sequence) {
    timers[index] = timer;
    deadlines[index] = deadline;
    sequences[index] = sequence;
    timer.index = index;
  }

  private static int parentOf(int index) {
    return (index - 1) >> ARITY_BITS;
  }

  /**
   * What to subtract from deadlines so that signed comparison orders them: it maps the instant
   * after {@link #collectedNanos}, the first that the heap can hold, near the least long.
   */
  private long comparisonBase() {
    return collectedNanos + Long.MIN_VALUE;
  }

  /** Whether a deadline is before that at an index. No two sequences are equal. */
  private boolean precedes(long deadline, long sequence, int index, long comparisonBase) {
    return deadline == deadlines[index]
        ? sequence < sequences[index]
        : deadline - comparisonBase < deadlines[index] - comparisonBase;
  }

  @Override
  public long tickNanos() {
    return 1;
  }

  @Override
  public long originNanos() {
    return 0;
  }
}
