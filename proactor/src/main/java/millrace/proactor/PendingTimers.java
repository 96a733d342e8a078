package millrace.proactor;

/** What a shutdown does with the timers that an application has started. */
public enum PendingTimers {
  /**
   * They go on while connections finish, and are cancelled when what is left is ended by force: the
   * handlers of those are not called.
   */
  CANCEL,

  /**
   * They fire at once when the shutdown begins, in the order of their deadlines and before those
   * have come: for handlers that write something out or give something back. What these start goes
   * on as with {@link #CANCEL}.
   */
  FIRE
}
