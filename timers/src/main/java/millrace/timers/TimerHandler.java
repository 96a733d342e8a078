package millrace.timers;

/** What a {@link Timer} made by {@link Timer#of} does when it fires. */
@FunctionalInterface
public interface TimerHandler {
  /**
   * The timer's deadline has passed, or its queue is being drained. Runs on the thread that called
   * {@link TimerQueue#expire} or {@link TimerQueue#drain}; the timer is no longer started and may
   * be started again, as may any other timer.
   *
   * @param timer the timer that fired
   * @param nowNanos the queue's time, never before the timer's deadline but in a drain
   */
  void expired(Timer timer, long nowNanos);
}
