package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * Bits that methods of {@link Sqe} take: modifiers of an entry and of single operations.
 *
 * <p>Each name is that of the kernel header without its IORING_ or IOSQE_, and is specified in
 * {@code io_uring_enter(2)} and on the page of the operation's prep function.
 */
public final class SqeFlags {
  /** For {@link Sqe#flags}: the descriptor is the index of a registered file. */
  public static final int FIXED_FILE = IoUring.IOSQE_FIXED_FILE();

  /** For {@link Sqe#flags}: starts after all that was submitted before. */
  public static final int IO_DRAIN = IoUring.IOSQE_IO_DRAIN();

  /** For {@link Sqe#flags}: the next entry waits for the success of this one. */
  public static final int IO_LINK = IoUring.IOSQE_IO_LINK();

  /** For {@link Sqe#flags}: the next entry waits for the completion of this one. */
  public static final int IO_HARDLINK = IoUring.IOSQE_IO_HARDLINK();

  /** For {@link Sqe#flags}: goes to a worker thread at once. */
  public static final int ASYNC = IoUring.IOSQE_ASYNC();

  /** For {@link Sqe#flags}: the kernel picks a provided buffer. */
  public static final int BUFFER_SELECT = IoUring.IOSQE_BUFFER_SELECT();

  /** For {@link Sqe#flags}: a success posts no completion (5.17). */
  public static final int CQE_SKIP_SUCCESS = IoUring.IOSQE_CQE_SKIP_SUCCESS();

  /** For {@link Sqe#cancel}: all that match, not the first; the result is their number (5.19). */
  public static final int ASYNC_CANCEL_ALL = IoUring.IORING_ASYNC_CANCEL_ALL();

  /** For {@link Sqe#cancel}: matches everything (5.19). */
  public static final int ASYNC_CANCEL_ANY = IoUring.IORING_ASYNC_CANCEL_ANY();

  /** For {@link Sqe#cancel}: matches the user data, also together with other keys (6.6). */
  public static final int ASYNC_CANCEL_USERDATA = IoUring.IORING_ASYNC_CANCEL_USERDATA();

  /** For timeouts: the time is an instant, not a duration. */
  public static final int TIMEOUT_ABS = IoUring.IORING_TIMEOUT_ABS();

  /** For timeouts: the clock also runs while the system is suspended (5.15). */
  public static final int TIMEOUT_BOOTTIME = IoUring.IORING_TIMEOUT_BOOTTIME();

  /** For timeouts: the clock is that of the calendar (5.15). */
  public static final int TIMEOUT_REALTIME = IoUring.IORING_TIMEOUT_REALTIME();

  /** For {@link Sqe#timeout}: ETIME does not break a chain (5.16). */
  public static final int TIMEOUT_ETIME_SUCCESS = IoUring.IORING_TIMEOUT_ETIME_SUCCESS();

  /** For {@link Sqe#timeout}: fires again and again; the count is how often, 0 for ever (6.4). */
  public static final int TIMEOUT_MULTISHOT = IoUring.IORING_TIMEOUT_MULTISHOT();

  /** For {@link Sqe#sendZc}: the notification tells whether the data was copied after all (6.2). */
  public static final int SEND_ZC_REPORT_USAGE = IoUring.IORING_SEND_ZC_REPORT_USAGE();

  private SqeFlags() {}
}
