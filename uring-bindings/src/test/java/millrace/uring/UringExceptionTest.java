package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UringExceptionTest {

  @Test
  void theMessageNamesOperationSubjectErrorAndHint() {
    UringException exception =
        new UringException("connect", Errno.ECONNREFUSED, "127.0.0.1:6379", "is Redis running?");
    assertEquals(
        "connect 127.0.0.1:6379: " + Errno.describe(Errno.ECONNREFUSED) + "; is Redis running?",
        exception.getMessage());
    assertEquals("connect", exception.operation());
    assertEquals(Errno.ECONNREFUSED, exception.errno());
    assertEquals("127.0.0.1:6379", exception.subject());
    assertEquals("is Redis running?", exception.hint());
  }

  @Test
  void subjectAndHintMayBeMissing() {
    UringException exception = new UringException("listen", Errno.EADDRINUSE, null, null);
    assertEquals("listen: " + Errno.describe(Errno.EADDRINUSE), exception.getMessage());
    assertNull(exception.subject());
    assertNull(exception.hint());
  }

  @Test
  void anErrnoThatIsNoErrorNumberIsRefused() {
    for (int errno : new int[] {0, -Errno.EPERM, 4096, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> new UringException("x", errno, null, null));
      assertTrue(refusal.getMessage().contains("1..4095"), refusal.getMessage());
    }
  }

  @Test
  void unavailabilityIsAlsoAnIoException() {
    UringException exception =
        new UringUnavailableException("io_uring_setup", Errno.EPERM, null, "io_uring_disabled=2");
    assertInstanceOf(java.io.IOException.class, exception);
    assertTrue(exception.getMessage().endsWith("; io_uring_disabled=2"), exception.getMessage());
  }
}
