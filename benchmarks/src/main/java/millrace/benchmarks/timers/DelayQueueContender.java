package millrace.benchmarks.timers;

import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/** The JDK's queue of delayed elements; its elements are reused and their clock is an argument. */
final class DelayQueueContender extends TimerContender {
  private final DelayQueue<Element> queue = new DelayQueue<>();
  private final Element[] elements;
  private long nowNanos;

  DelayQueueContender(int live) {
    this.elements = new Element[live];
    for (int number = 0; number < live; number++) {
      elements[number] = new Element();
    }
  }

  @Override
  void start(int number, long delayNanos) {
    elements[number].deadlineNanos = nowNanos + delayNanos;
    queue.add(elements[number]);
  }

  @Override
  void cancel(int number) {
    queue.remove(elements[number]);
  }

  @Override
  int advance(long nanos, Delays delays) {
    nowNanos += nanos;
    int fired = 0;
    for (Element due = queue.poll(); due != null; due = queue.poll()) {
      due.deadlineNanos = nowNanos + delays.nextNanos();
      queue.add(due);
      fired++;
    }
    return fired;
  }

  /** Equal only to itself. */
  private final class Element implements Delayed {
    private long deadlineNanos;

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(deadlineNanos - nowNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(deadlineNanos, ((Element) other).deadlineNanos);
    }
  }
}
