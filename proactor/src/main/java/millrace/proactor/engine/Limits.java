package millrace.proactor.engine;

import java.time.Duration;

/** Limits of time. */
public final class Limits {

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private Limits() {}

  /** {@code limit} in nanoseconds; what does not fit (292 years) is the largest number. */
  public static long nanos(Duration limit) {
    return limit.compareTo(LONGEST) > 0 ? Long.MAX_VALUE : limit.toNanos();
  }
}
