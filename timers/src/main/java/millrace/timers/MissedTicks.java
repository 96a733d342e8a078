package millrace.timers;

/** What a fixed-rate {@link PeriodicTimer} does when it is a whole period late or more. */
public enum MissedTicks {
  /** Fires once for all of them and goes on at the next instant of its phase. */
  SKIP,

  /**
   * Fires once for each of them, one per {@link TimerQueue#expire} call, until it has caught up.
   * Use it when the number of ticks matters more than their time: after a long stop it fires a
   * burst.
   */
  FIRE_EACH
}
