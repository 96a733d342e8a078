package millrace.timers;

/**
 * A circular doubly linked list of timers; the list object is its own sentinel, so that linking and
 * unlinking have no special cases.
 */
class TimerList extends Timer {
  TimerList() {
    next = this;
    previous = this;
  }

  final boolean isEmpty() {
    return isEnd(next);
  }

  /** Whether an iteration that arrived at {@code timer} has seen the whole list. */
  @SuppressWarnings("ReferenceEquality") // Nodes have identity, no value.
  final boolean isEnd(Timer timer) {
    return timer == this;
  }

  final Timer first() {
    assert !isEmpty();
    return next;
  }

  final void append(Timer timer) {
    insertBehind(previous, timer);
  }

  /** Inserts behind a timer of this list, or behind the list itself: at its beginning. */
  final void insertBehind(Timer before, Timer timer) {
    Timer after = before.next;
    timer.previous = before;
    timer.next = after;
    before.next = timer;
    after.previous = timer;
  }

  final Timer removeFirst() {
    Timer timer = first();
    unlink(timer);
    return timer;
  }

  /** Moves all timers of {@code source} behind those of this list. */
  final void appendAll(TimerList source) {
    if (source.isEmpty()) {
      return;
    }
    Timer last = previous;
    last.next = source.next;
    source.next.previous = last;
    source.previous.next = this;
    previous = source.previous;
    source.next = source;
    source.previous = source;
  }

  /** Unlinks a timer from whatever list it is in. */
  static void unlink(Timer timer) {
    Timer before = timer.previous;
    Timer after = timer.next;
    before.next = after;
    after.previous = before;
    // A timer that is not started must not keep its former neighbours reachable.
    timer.next = null;
    timer.previous = null;
  }
}
