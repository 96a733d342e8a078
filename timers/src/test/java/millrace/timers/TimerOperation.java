package millrace.timers;

/**
 * One step of a random sequence.
 *
 * @param kind what to do
 * @param timer which timer
 * @param nanos the deadline or the time, relative to the queue's time
 * @param limit the budget of an expire
 * @param inside whether to do it from inside the sink, if the step before left us there
 */
record TimerOperation(Kind kind, int timer, long nanos, int limit, boolean inside) {
  enum Kind {
    START,
    CANCEL,
    EXPIRE,
    EXPIRE_AT_NEXT_DEADLINE,
    DRAIN,
    THROW
  }
}
