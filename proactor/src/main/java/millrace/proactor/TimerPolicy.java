package millrace.proactor;

/**
 * Where the timers of an application wait: {@link Proactor#startTimer}. The loop's own timers, one
 * for a connection that closes or a listener that rests, always wait in a wheel.
 *
 * <p><b>Choosing.</b> A heap is exact, and its cost grows with the number of timers; that of a
 * wheel does not. From how many timers on a wheel is the faster one is measured by {@code
 * benchmarks/timers.sh crossover-cancel} and {@code crossover-expire}, and told in {@code
 * benchmarks/README.md} together with how late timers are. Another policy changes no program: all
 * have the same order, refusals and end, apart from what is said here.
 */
public enum TimerPolicy {
  /**
   * A hierarchical wheel ({@link millrace.timers.TimerWheel}): start and cancel in constant time,
   * late by up to {@link ProactorOptions#timerTickNanos()} and the turn under way. The wait of the
   * loop ends at the next tick that has timers. It takes 56 KiB and 21 to 25 bytes for each of
   * {@link ProactorOptions#maxTimers()} at the start, and up to 288 KiB more.
   */
  WHEEL,

  /**
   * A heap ({@link millrace.timers.TimerHeap}): exact deadlines, start and cancel in logarithmic
   * time. The wait of the loop ends at the next deadline. It takes 20 to 24 bytes for each of
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
   * It takes 29 to 33 bytes at the start for each timer that there can be.
   *
   * <p>A restart that is refused leaves the timer cancelled.
   */
  KERNEL
}
