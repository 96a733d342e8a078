package millrace.proactor;

/**
 * Receives the completions of an operation, on the loop thread, with primitive values.
 *
 * <p>A one-shot operation completes exactly once. A multishot operation completes any number of
 * times with {@code CqeFlags.F_MORE} set in {@code flags} and once without it; that one is the
 * last. A handler is never called from inside the call that submitted the operation. What a handler
 * throws is counted and reported to the loop's {@code failureHandler}; the loop goes on.
 */
@FunctionalInterface
public interface OperationHandler {

  /**
   * In {@code flags}, and only of a loop that has ended ({@link
   * ShutdownReport#operationsAbandoned()}): the kernel never completed the operation and may still
   * use its memory and its descriptor. The operation keeps its own buffers for ever; whoever holds
   * more of it (what a msghdr points to, the descriptor) must neither free nor reuse that. No flag
   * of the kernel has this bit while {@code F_BUFFER} is not set.
   */
  int ABANDONED = 1 << 30;

  /**
   * The operation has completed, or a multishot one has made progress.
   *
   * @param context the number given at submission
   * @param attachment the object given at submission, or null
   * @param result the kernel's result: not negative, or {@code -errno}; {@code -ETIME} when the
   *     operation's own deadline ended it
   * @param flags the CQE's flags ({@code millrace.uring.CqeFlags})
   */
  void completed(long context, Object attachment, int result, int flags);
}
