package millrace.benchmarks.timers;

import millrace.timers.Timer;
import millrace.timers.TimerHeap;
import millrace.timers.TimerQueue;
import millrace.timers.TimerSink;
import millrace.timers.TimerWheel;

/** Millrace's queues. */
final class TimerQueueContender extends TimerContender {
  private final TimerQueue queue;
  private final Timer[] timers;
  private final TimerSink restart = (timer, nowNanos) -> startAgain(timer, nowNanos);
  private Delays delays;

  private TimerQueueContender(TimerQueue queue) {
    this.queue = queue;
    this.timers = new Timer[queue.maxLive()];
    for (int number = 0; number < timers.length; number++) {
      timers[number] = Timer.of((timer, nowNanos) -> {});
    }
  }

  static TimerQueueContender wheel(int live) {
    return new TimerQueueContender(new TimerWheel(0, TICK_NANOS, live));
  }

  static TimerQueueContender heap(int live) {
    return new TimerQueueContender(new TimerHeap(0, live));
  }

  private void startAgain(Timer timer, long nowNanos) {
    queue.start(timer, nowNanos + delays.nextNanos());
  }

  @Override
  void start(int number, long delayNanos) {
    if (!queue.start(timers[number], queue.nowNanos() + delayNanos)) {
      throw new IllegalStateException("refused");
    }
  }

  @Override
  void cancel(int number) {
    queue.cancel(timers[number]);
  }

  @Override
  int advance(long nanos, Delays delays) {
    this.delays = delays;
    return queue.expire(queue.nowNanos() + nanos, restart, Integer.MAX_VALUE);
  }
}
