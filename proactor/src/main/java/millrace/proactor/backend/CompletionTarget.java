package millrace.proactor.backend;

/** Where a backend delivers completions. */
public interface CompletionTarget {

  /**
   * The turn's wait is over, before its first completion: whoever has work for the loop from now on
   * need not wake it. Loop thread.
   */
  default void waitEnded() {}

  /**
   * One completion of a live operation, on the loop thread. Without {@code F_MORE} in {@code flags}
   * it is the last one, and the memory of the operation is the target's again.
   */
  void completed(Operation operation, int result, int flags);
}
