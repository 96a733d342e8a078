package millrace.proactor.backend;

/** Where a backend delivers completions. */
public interface CompletionTarget {

  /**
   * One completion of a live operation, on the loop thread. Without {@code F_MORE} in {@code flags}
   * it is the last one, and the memory of the operation is the target's again.
   */
  void completed(Operation operation, int result, int flags);
}
