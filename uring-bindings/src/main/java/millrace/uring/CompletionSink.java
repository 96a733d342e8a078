package millrace.uring;

/**
 * Receives completions from {@link CompletionQueue#drain}, one call each, on the owner thread.
 *
 * <p>The sink may prepare new submissions and may enter the ring. It must not drain or close the
 * ring it is called from.
 */
@FunctionalInterface
public interface CompletionSink {
  /**
   * One completion queue entry. What is thrown ends the drain; the entry counts as consumed.
   *
   * @param userData what the submission carried in {@link Sqe#userData}
   * @param result the operation's result: 0 or more on success, {@code -errno} on failure
   * @param flags bits of {@link CqeFlags}
   */
  void completion(long userData, int result, int flags);
}
