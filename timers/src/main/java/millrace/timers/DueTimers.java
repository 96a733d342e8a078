package millrace.timers;

/**
 * The timers of a {@link TimerWheel} that are due, in the order in which they fire: their numbers
 * in an array. {@link Timer#index} tells the place in it. A timer that is cancelled leaves a gap,
 * which goes when its turn comes.
 */
final class DueTimers {
  private static final int GAP = -1;

  /** The bit of an index that tells a place here from a number. */
  private static final int DUE = 1 << 30;

  private final TimerNumbers timers;
  private final TimerSorter sorter;
  private final TimerList sorted = new TimerList();
  private final int[] numbers;
  private int first; // of a timer, unless it is the end
  private int end;

  DueTimers(TimerNumbers timers, TimerSorter sorter, int maxTimers) {
    this.timers = timers;
    this.sorter = sorter;
    this.numbers = new int[maxTimers];
  }

  boolean isEmpty() {
    return first == end;
  }

  Timer first() {
    return isEmpty() ? null : timers.timer(numbers[first]);
  }

  /** Whether a started timer is one of these. */
  static boolean isDue(Timer timer) {
    return timer.index >= DUE;
  }

  void append(int number) {
    if (end == numbers.length) {
      compact();
    }
    numbers[end] = number;
    timers.timer(number).index = DUE | end;
    end++;
  }

  /** Called when all timers may be started, of which one is not here: so there are gaps. */
  private void compact() {
    int from = first;
    int last = end;
    first = 0;
    end = 0;
    for (int i = from; i < last; i++) {
      if (numbers[i] != GAP) {
        append(numbers[i]);
      }
    }
  }

  /** Removes the first timer, which there must be; its index is its number then. */
  Timer removeFirst() {
    int number = numbers[first++];
    skipGaps();
    Timer timer = timers.timer(number);
    timer.index = number;
    return timer;
  }

  /** Removes a timer; its index is its number then. */
  void remove(Timer timer) {
    int place = timer.index ^ DUE;
    timer.index = numbers[place];
    numbers[place] = GAP;
    skipGaps();
  }

  private void skipGaps() {
    while (first < end && numbers[first] == GAP) {
      first++;
    }
    if (first == end) {
      first = 0;
      end = 0;
    }
  }

  /** Sorts all of them. */
  void sort(long nowNanos) {
    while (!isEmpty()) {
      sorted.append(removeFirst());
    }
    sorter.sort(sorted, nowNanos);
    while (!sorted.isEmpty()) {
      append(sorted.removeFirst().index);
    }
  }
}
