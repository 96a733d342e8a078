package millrace.uring;

/**
 * A limit of this process, as a number that compares: getrlimit(2) tells "no limit" as a number
 * that is negative in Java.
 *
 * @param soft what is enforced; {@link #UNLIMITED} without a limit
 * @param hard up to where the soft limit may be raised without privileges; {@link #UNLIMITED}
 *     without a limit
 */
public record ResourceLimit(long soft, long hard) {

  /** No limit: RLIM_INFINITY, and what no resource has so much of. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /**
   * Reads a limit; any thread.
   *
   * @param resource RLIMIT_* of {@link Libc}
   * @return the limit
   * @throws IllegalArgumentException when the kernel knows no such resource
   */
  public static ResourceLimit of(int resource) {
    long[] softAndHard = new long[2];
    int result = Libc.getrlimit(resource, softAndHard);
    if (Errno.isError(result)) {
      throw new IllegalArgumentException(
          "getrlimit: resource " + resource + ": " + Errno.describe(result));
    }
    return new ResourceLimit(number(softAndHard[0]), number(softAndHard[1]));
  }

  /** Unsigned; RLIM_INFINITY is all ones, and above 2^63 nothing is a limit either. */
  private static long number(long raw) {
    return raw < 0 ? UNLIMITED : raw;
  }
}
