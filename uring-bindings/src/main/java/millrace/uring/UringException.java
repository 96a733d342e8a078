package millrace.uring;

import java.io.IOException;

/**
 * A call that the kernel refused, made readable: operation, subject, errno and what to do about it.
 *
 * <p>The message reads {@code connect 127.0.0.1:6379: ECONNREFUSED (111): connection refused},
 * followed by the hint, if there is one. On fast paths a failure is a negative result instead; this
 * exception is made at the edges, where a person reads it.
 */
public class UringException extends IOException {

  private static final long serialVersionUID = 1;

  /** The name of the call. */
  private final String operation;

  /** The positive error number. */
  private final int errno;

  /** What the call was about, or null. */
  private final String subject;

  /** What to do about it, or null. */
  private final String hint;

  /**
   * Describes a refused call.
   *
   * @param operation the call's name, such as "connect"
   * @param errno the positive error number, 1..4095
   * @param subject what the call was about, such as an address or a path, or null
   * @param hint what the reader can do about it, or null
   */
  public UringException(String operation, int errno, String subject, String hint) {
    super(describe(operation, errno, subject, hint));
    this.operation = operation;
    this.errno = errno;
    this.subject = subject;
    this.hint = hint;
  }

  private static String describe(String operation, int errno, String subject, String hint) {
    if (!Errno.isError(-(long) errno)) {
      throw new IllegalArgumentException("errno " + errno + ": must be in 1.." + Errno.MAX_ERRNO);
    }
    return operation
        + (subject != null ? " " + subject : "")
        + ": "
        + Errno.describe(errno)
        + (hint != null ? "; " + hint : "");
  }

  /**
   * Returns the call's name.
   *
   * @return the name, such as "connect"
   */
  public final String operation() {
    return operation;
  }

  /**
   * Returns the error number.
   *
   * @return the positive error number, to be compared with the constants of {@link Errno}
   */
  public final int errno() {
    return errno;
  }

  /**
   * Returns what the call was about.
   *
   * @return an address or a path, for instance, or null
   */
  public final String subject() {
    return subject;
  }

  /**
   * Returns what the reader can do about the failure.
   *
   * @return the hint, or null
   */
  public final String hint() {
    return hint;
  }
}
