package millrace.proactor.backend.uring;

import millrace.uring.Errno;
import millrace.uring.Ring;
import millrace.uring.RingOptions;
import millrace.uring.UringException;
import millrace.uring.UringUnavailableException;

/**
 * One NOP through a ring such as a loop's: the set-up may be allowed where io_uring_register(2) or
 * io_uring_enter(2) is not, and then no loop could turn.
 */
final class UringTrial {

  private static final long LIMIT_NANOS = 10_000_000_000L;
  private static final long USER_DATA = 42;

  private record Refusal(String operation, int errno, String subject, String hint) {}

  private UringTrial() {}

  /** Any thread; the answer is that of the first call. */
  static void check() throws UringUnavailableException {
    Refusal refusal = Once.REFUSAL;
    if (refusal != null) {
      throw new UringUnavailableException(
          refusal.operation, refusal.errno, refusal.subject, refusal.hint);
    }
  }

  private static final class Once {
    static final Refusal REFUSAL = runOnThread();
  }

  /** A thread of its own: the caller may be virtual, which cannot own a ring. */
  private static Refusal runOnThread() {
    Refusal[] refusal = new Refusal[1];
    Thread thread =
        Thread.ofPlatform().name("millrace-uring-trial").daemon().unstarted(() -> run(refusal));
    thread.start();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return refusal[0];
  }

  private static void run(Refusal[] refusal) {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      ring.enable();
      ring.submissionQueue().next().nop().userData(USER_DATA);
      int entered = ring.submitAndWait(1, LIMIT_NANOS);
      if (Errno.isError(entered)) {
        throw new UringException("io_uring_enter", -entered, null, null);
      }
      int[] result = {-Errno.ETIME};
      ring.completionQueue().drain((userData, nop, flags) -> result[0] = nop, 1);
      if (result[0] != 0) {
        throw new UringException("io_uring", -result[0], "a NOP", null);
      }
    } catch (UringException e) {
      String hint = e.hint() == null ? hint(e.errno()) : e.hint();
      refusal[0] = new Refusal(e.operation(), e.errno(), e.subject(), hint);
    }
  }

  private static String hint(int errno) {
    return errno == Errno.EPERM || errno == Errno.EACCES || errno == Errno.ENOSYS
        ? "a seccomp filter or a security module allows io_uring_setup and not this; allow"
            + " io_uring_setup, io_uring_enter and io_uring_register"
        : null;
  }
}
