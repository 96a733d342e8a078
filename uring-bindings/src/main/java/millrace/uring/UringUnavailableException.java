package millrace.uring;

/**
 * This process cannot have an io_uring: the kernel has none (ENOSYS), the administrator or a
 * seccomp filter forbids it (EPERM), or it would exceed a limit (ENOMEM). The hint tells which, and
 * what to change.
 */
public final class UringUnavailableException extends UringException {

  private static final long serialVersionUID = 1;

  /**
   * Describes why io_uring is unavailable.
   *
   * @param operation the call that was refused, such as "io_uring_setup"
   * @param errno the positive error number, 1..4095
   * @param subject what the call was about, or null
   * @param hint the cause and what to change, such as "kernel.io_uring_disabled=2; set it to 0", or
   *     null
   */
  public UringUnavailableException(String operation, int errno, String subject, String hint) {
    super(operation, errno, subject, hint);
  }
}
