package millrace.proactor;

/**
 * Counts the turns of a loop, and knows whether it has been told by now what had happened before
 * one of them. Loop thread only.
 */
final class HeardTurns {

  /**
   * A turn with fewer completions has left none behind: with DEFER_TASKRUN the kernel does the work
   * of 20 operations a call and no more, however many have something to tell.
   */
  private static final int FEW_COMPLETIONS = 16;

  /** As epoll is asked every other turn at least. */
  private static final int QUIET_TURNS = 2;

  /**
   * A loop that is always busy has no quiet turns: by then as many completions have come as had
   * been waiting, since they come in their order.
   */
  private static final int MOST_TURNS = 1024;

  private long turns;
  private int quietTurns;

  /** The turn under way is over, and has brought so many completions. */
  void ended(int completions) {
    turns++;
    quietTurns = completions < FEW_COMPLETIONS ? quietTurns + 1 : 0;
  }

  /** The number of the turn under way. */
  long current() {
    return turns;
  }

  /** Whether what had happened before {@code turn} has been told. */
  boolean haveHeardSince(long turn) {
    long since = turns - turn;
    return since >= QUIET_TURNS && (quietTurns >= QUIET_TURNS || since >= MOST_TURNS);
  }
}
