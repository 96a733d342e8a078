package millrace.timers;

/** A queue whose due timers are linked to each other. */
abstract class DueListQueue extends AbstractTimerQueue {
  final TimerList due = new TimerList();

  DueListQueue(long startNanos, int maxLive) {
    super(startNanos, maxLive);
  }

  @Override
  final Timer firstDue() {
    return due.isEmpty() ? null : due.first();
  }

  @Override
  final Timer pollDue() {
    return poll(due);
  }
}
