package millrace.proactor.backend;

import millrace.proactor.engine.Counter;

/** Counters of a backend, written by the loop thread and read by any. */
public final class BackendStatistics {
  /** Waits and submissions: calls of {@code io_uring_enter} or {@code epoll_wait}. */
  public final Counter systemCalls = new Counter();

  /** Completions seen, those for the backend itself included. */
  public final Counter completions = new Counter();

  /** Turns that found the completion queue overflowed. */
  public final Counter overflows = new Counter();

  /** Submissions that had to wait for room in the submission queue. */
  public final Counter deferrals = new Counter();

  /** Wake-ups received from other threads. */
  public final Counter wakeUps = new Counter();
}
