package millrace.proactor;

/**
 * Where the timers of an application wait: {@link Proactor#startTimer}. The loop's own timers, one
 * for a connection that closes or a listener that rests, always wait in a wheel.
 */
public enum TimerPolicy {
  /**
   * A hierarchical wheel ({@link millrace.timers.TimerWheel}): start and cancel in constant time,
   * late by up to {@link ProactorOptions#timerTickNanos()} and the turn under way. The wait of the
   * loop ends at the next tick that has timers.
   */
  WHEEL,

  /**
   * A heap ({@link millrace.timers.TimerHeap}): exact deadlines, start and cancel in logarithmic
   * time. The wait of the loop ends at the next deadline. It takes 12 to 16 bytes for each of
   * {@link ProactorOptions#maxTimers()} at the start.
   */
  HEAP,

  /**
   * A timeout of the kernel (IORING_OP_TIMEOUT with an absolute deadline, since Linux 5.4) for each
   * timer: exact deadlines, and the completion ends the wait of the loop. Meant for comparisons and
   * for few timers, as each
   *
   * <ul>
   *   <li>holds an operation: at most {@link ProactorOptions#maxOperationsInFlight()} timers, less
   *       what else is in flight or set aside; a start beyond that is refused;
   *   <li>costs a submission queue entry and a completion, and as much again for a cancel; a
   *       restart is a cancel and a start. The operation of a cancelled timer is free only when its
   *       completion has arrived, a turn later;
   *   <li>is refused once a shutdown has begun to end operations by force.
   * </ul>
   *
   * <p>A restart that is refused leaves the timer cancelled.
   */
  KERNEL
}
