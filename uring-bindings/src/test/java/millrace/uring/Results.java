package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Assertions on results of the kernel's convention, which name the error in their messages. */
final class Results {

  private Results() {}

  /** Returns {@code result}, which must be no error. */
  static long succeeded(long result) {
    return result >= 0 ? result : fail("failed with " + Errno.describe((int) result));
  }

  /** Returns {@code result}, which must be no error. */
  static int succeeded(int result) {
    return (int) succeeded((long) result);
  }

  static void assertFailed(int errno, long result) {
    assertEquals(
        Errno.name(errno), result < 0 ? Errno.name((int) result) : "success with " + result);
  }
}
