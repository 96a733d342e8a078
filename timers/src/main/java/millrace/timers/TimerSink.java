package millrace.timers;

/**
 * Receives the timers that {@link TimerQueue#expire} finds due or {@link TimerQueue#drain} ends.
 */
@FunctionalInterface
public interface TimerSink {
  /** The usual sink: lets each timer run its own {@link Timer#expired}. */
  TimerSink RUN_HANDLERS = (timer, nowNanos) -> timer.expired(nowNanos);

  /**
   * Takes one due timer. The timer is already un-started, so this method may start, restart or
   * cancel any timer of the queue, this one included; it must call neither method of the queue. An
   * exception passes through {@code expire}; the timer counts as fired, and the timers behind it
   * stay due.
   *
   * @param timer the timer that fired
   * @param nowNanos the queue's time, never before the timer's deadline but in a drain
   */
  void expired(Timer timer, long nowNanos);
}
