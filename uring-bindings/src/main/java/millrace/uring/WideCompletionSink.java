package millrace.uring;

/**
 * Receives completions from {@link CompletionQueue#drainWide}, one call each, on the owner thread.
 *
 * <p>The sink may prepare new submissions and may enter the ring. It must not drain or close the
 * ring it is called from.
 */
@FunctionalInterface
public interface WideCompletionSink {
  /**
   * One completion queue entry. What is thrown ends the drain; the entry counts as consumed.
   *
   * @param userData what the submission carried in {@link Sqe#userData}
   * @param result the operation's result: 0 or more on success, {@code -errno} on failure
   * @param flags bits of {@link CqeFlags}
   * @param firstExtra bytes 16 to 23 of an entry of 32 bytes: on rings with {@link SetupFlag#CQE32}
   *     of each, on rings with {@link SetupFlag#CQE_MIXED} of those with {@link CqeFlags#F_32}; 0
   *     of others
   * @param secondExtra bytes 24 to 31 likewise
   */
  void completion(long userData, int result, int flags, long firstExtra, long secondExtra);
}
