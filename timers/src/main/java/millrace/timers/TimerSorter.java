package millrace.timers;

/**
 * Sorting of timer lists by deadline, then by start, without allocation: runs are merged like a
 * binary counter counts. A list that is in order already costs one pass.
 */
final class TimerSorter {
  /** Run {@code i} merges at least 2<sup>i</sup> natural runs; 31 suffice for any live count. */
  private final Timer[] runs = new Timer[31];

  /**
   * Returns whether {@code a} fires before {@code b}. Both are due at {@code nowNanos}, so their
   * lateness, taken as unsigned, orders deadlines that lie further apart than half the range.
   */
  static boolean precedes(Timer a, Timer b, long nowNanos) {
    return a.deadlineNanos == b.deadlineNanos
        ? a.sequence < b.sequence
        : Long.compareUnsigned(nowNanos - a.deadlineNanos, nowNanos - b.deadlineNanos) > 0;
  }

  /** Sorts by merging the runs that are there. */
  void sort(TimerList list, long nowNanos) {
    if (isSorted(list, nowNanos)) {
      return;
    }
    Timer rest = list.next;
    list.previous.next = null;
    while (rest != null) {
      Timer run = rest;
      Timer last = run;
      while (last.next != null && !precedes(last.next, last, nowNanos)) {
        last = last.next;
      }
      rest = last.next;
      last.next = null;
      carry(run, nowNanos);
    }
    relink(list, mergeAll(nowNanos));
  }

  private static boolean isSorted(TimerList list, long nowNanos) {
    for (Timer timer = list.next; !list.isEnd(timer.next); timer = timer.next) {
      if (precedes(timer.next, timer, nowNanos)) {
        return false;
      }
    }
    return true;
  }

  /** Adds a run as a binary counter adds one: equal sizes merge and carry. */
  private void carry(Timer run, long nowNanos) {
    int size = 0;
    while (runs[size] != null) {
      run = merge(runs[size], run, nowNanos);
      runs[size] = null;
      size++;
    }
    runs[size] = run;
  }

  private Timer mergeAll(long nowNanos) {
    Timer merged = null;
    for (int size = 0; size < runs.length; size++) {
      if (runs[size] != null) {
        merged = merged == null ? runs[size] : merge(runs[size], merged, nowNanos);
        runs[size] = null;
      }
    }
    return merged;
  }

  private static Timer merge(Timer one, Timer other, long nowNanos) {
    Timer head;
    if (precedes(other, one, nowNanos)) {
      head = other;
      other = other.next;
    } else {
      head = one;
      one = one.next;
    }
    Timer last = head;
    while (one != null && other != null) {
      if (precedes(other, one, nowNanos)) {
        last.next = other;
        other = other.next;
      } else {
        last.next = one;
        one = one.next;
      }
      last = last.next;
    }
    last.next = one != null ? one : other;
    return head;
  }

  /** Makes a list of a chain of following timers. */
  private static void relink(TimerList list, Timer head) {
    list.next = head;
    Timer previous = list;
    for (Timer timer = head; timer != null; timer = timer.next) {
      timer.previous = previous;
      previous = timer;
    }
    previous.next = list;
    list.previous = previous;
  }
}
