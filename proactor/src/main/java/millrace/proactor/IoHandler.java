package millrace.proactor;

/** Receives the result of a one-shot operation, exactly once, on the loop thread. */
@FunctionalInterface
public interface IoHandler {

  /**
   * The operation has ended.
   *
   * @param result not negative (mostly a number of bytes), or {@code -errno}; see {@code
   *     millrace.uring.Errno}
   */
  void completed(int result);
}
