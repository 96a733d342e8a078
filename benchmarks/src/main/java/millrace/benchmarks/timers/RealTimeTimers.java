package millrace.benchmarks.timers;

/** Timers that a thread of their own fires. */
interface RealTimeTimers {
  /** Starts a timer that is due at once. */
  void startDue();

  /** How many have fired so far. */
  long fired();
}
