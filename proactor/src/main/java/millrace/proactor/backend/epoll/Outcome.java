package millrace.proactor.backend.epoll;

/**
 * What an attempt came to: a result, which is a number of bytes, a descriptor or {@code -errno}; or
 * one of the values here, which are none of those.
 */
final class Outcome {

  /** Not ready. All that was ready is used up, so that an edge will tell of more. */
  static final int NOT_READY = Integer.MIN_VALUE;

  /** Ready still, but it is the turn of others. */
  static final int OVER_BUDGET = Integer.MIN_VALUE + 1;

  /** It may block, and needs a thread that may. */
  static final int MAY_BLOCK = Integer.MIN_VALUE + 2;

  /** Not now, and no readiness will tell when: it is tried again after a while. */
  static final int TRY_LATER = Integer.MIN_VALUE + 3;

  private Outcome() {}

  static boolean isResult(int outcome) {
    return outcome > TRY_LATER;
  }
}
