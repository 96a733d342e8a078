package millrace.timers;

/**
 * Watches the deadlines of a {@link TimerTable}, one by one: with a timeout of the kernel for each,
 * say.
 *
 * <p>Called on the thread of the table, which it must not call back from inside these methods.
 */
public interface DeadlineWatch {
  /**
   * Begins to watch a deadline. When it has passed, not before, {@link TimerTable#passed} must be
   * called with the entry, once, unless {@link #unwatch} came first.
   *
   * @param entry the table's number for it, below the table's {@code maxLive}; no other deadline
   *     that is being watched has it
   * @param deadlineNanos a deadline after the table's time
   * @return false if this one cannot be watched; the timer is then not started
   */
  boolean watch(int entry, long deadlineNanos);

  /**
   * Stops watching a deadline. The entry may be given to another one at once.
   *
   * @param entry its number
   */
  void unwatch(int entry);
}
