/**
 * Timer queues as pure data structures: time is an argument, nothing here reads a clock, starts a
 * thread or does I/O.
 */
module millrace.timers {
  exports millrace.timers;
}
