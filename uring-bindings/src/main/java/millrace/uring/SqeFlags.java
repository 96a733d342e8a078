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

  /** For {@link Sqe#attributes}: protection information, an io_uring_attr_pi (6.14). */
  public static final int RW_ATTR_FLAG_PI = IoUring.IORING_RW_ATTR_FLAG_PI();

  /** For {@link Sqe#fsync(int, long, int, int)}: as fdatasync(2). */
  public static final int FSYNC_DATASYNC = IoUring.IORING_FSYNC_DATASYNC();

  /** For {@link Sqe#splice} and {@link Sqe#tee}: the input is the index of a registered file. */
  public static final int SPLICE_F_FD_IN_FIXED = IoUring.SPLICE_F_FD_IN_FIXED();

  /** For {@link Sqe#cancel}: all that match, not the first; the result is their number (5.19). */
  public static final int ASYNC_CANCEL_ALL = IoUring.IORING_ASYNC_CANCEL_ALL();

  /** For {@link Sqe#cancel}: matches everything, and implies {@link #ASYNC_CANCEL_ALL} (5.19). */
  public static final int ASYNC_CANCEL_ANY = IoUring.IORING_ASYNC_CANCEL_ANY();

  /** For cancels: matches the descriptor (5.19); {@link Sqe#cancelFd} sets it. */
  public static final int ASYNC_CANCEL_FD = IoUring.IORING_ASYNC_CANCEL_FD();

  /** For {@link Sqe#cancelFd}: the descriptor is the index of a registered file (6.0). */
  public static final int ASYNC_CANCEL_FD_FIXED = IoUring.IORING_ASYNC_CANCEL_FD_FIXED();

  /** For {@link Sqe#cancel}: matches the user data, also together with other keys (6.6). */
  public static final int ASYNC_CANCEL_USERDATA = IoUring.IORING_ASYNC_CANCEL_USERDATA();

  /** For cancels: matches the operation (6.6); {@link Sqe#cancelOp} sets it. */
  public static final int ASYNC_CANCEL_OP = IoUring.IORING_ASYNC_CANCEL_OP();

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

  /** For timeouts: the time itself stands for its address, in nanoseconds (7.1). */
  public static final int TIMEOUT_IMMEDIATE_ARG = IoUring.IORING_TIMEOUT_IMMEDIATE_ARG();

  /** For polls: again and again (5.13). */
  public static final int POLL_ADD_MULTI = IoUring.IORING_POLL_ADD_MULTI();

  /** For polls: level-triggered each time, not only the first. EINVAL up to 6.18 at least. */
  public static final int POLL_ADD_LEVEL = IoUring.IORING_POLL_ADD_LEVEL();

  /** For {@link Sqe#pollUpdate}: changes the events (5.13). */
  public static final int POLL_UPDATE_EVENTS = IoUring.IORING_POLL_UPDATE_EVENTS();

  /** For {@link Sqe#pollUpdate}: changes the user data (5.13). */
  public static final int POLL_UPDATE_USER_DATA = IoUring.IORING_POLL_UPDATE_USER_DATA();

  /** For {@link Sqe#ioprio} of sends and receives: waits for readiness before a try (5.19). */
  public static final int RECVSEND_POLL_FIRST = IoUring.IORING_RECVSEND_POLL_FIRST();

  /** For {@link Sqe#ioprio} of receives: again and again (6.0). */
  public static final int RECV_MULTISHOT = IoUring.IORING_RECV_MULTISHOT();

  /** For {@link Sqe#ioprio} of zero-copy sends: the bytes are in a registered buffer (6.0). */
  public static final int RECVSEND_FIXED_BUF = IoUring.IORING_RECVSEND_FIXED_BUF();

  /** For {@link Sqe#ioprio} of sends and receives: several provided buffers at once (6.10). */
  public static final int RECVSEND_BUNDLE = IoUring.IORING_RECVSEND_BUNDLE();

  /** For {@link Sqe#ioprio} of {@code send} and {@code sendZc}: iovecs and their number (6.17). */
  public static final int SEND_VECTORIZED = IoUring.IORING_SEND_VECTORIZED();

  /** For zero-copy sends: the notification tells whether the data was copied after all (6.2). */
  public static final int SEND_ZC_REPORT_USAGE = IoUring.IORING_SEND_ZC_REPORT_USAGE();

  /** For {@link Sqe#ioprio} of accepts: again and again (5.19). */
  public static final int ACCEPT_MULTISHOT = IoUring.IORING_ACCEPT_MULTISHOT();

  /** For {@link Sqe#ioprio} of accepts: EAGAIN when no connection is there (6.10). */
  public static final int ACCEPT_DONTWAIT = IoUring.IORING_ACCEPT_DONTWAIT();

  /** For {@link Sqe#ioprio} of accepts: waits for readiness before a try (6.10). */
  public static final int ACCEPT_POLL_FIRST = IoUring.IORING_ACCEPT_POLL_FIRST();

  /** For {@link Sqe#msgRingFd}: posts no completion to the target (6.0). */
  public static final int MSG_RING_CQE_SKIP = IoUring.IORING_MSG_RING_CQE_SKIP();

  /** For messages: passes completion flags (6.3); {@link Sqe#msgRingCqeFlags} sets it. */
  public static final int MSG_RING_FLAGS_PASS = IoUring.IORING_MSG_RING_FLAGS_PASS();

  /** For {@link Sqe#filesUpdate}: as a descriptor, leaves the entry as it is. */
  public static final int REGISTER_FILES_SKIP = IoUring.IORING_REGISTER_FILES_SKIP();

  /** For {@link Sqe#fixedFdInstall}: exec does not close the descriptor. */
  public static final int FIXED_FD_NO_CLOEXEC = IoUring.IORING_FIXED_FD_NO_CLOEXEC();

  /** For no-ops: the result is the one given (6.10). */
  public static final int NOP_INJECT_RESULT = IoUring.IORING_NOP_INJECT_RESULT();

  /** For no-ops: looks up the file (6.13). */
  public static final int NOP_FILE = IoUring.IORING_NOP_FILE();

  /** For no-ops with {@link #NOP_FILE}: the file is a registered one (6.13). */
  public static final int NOP_FIXED_FILE = IoUring.IORING_NOP_FIXED_FILE();

  /** For no-ops: looks up the registered buffer (6.13). */
  public static final int NOP_FIXED_BUFFER = IoUring.IORING_NOP_FIXED_BUFFER();

  /** For no-ops: completes by way of task work. */
  public static final int NOP_TW = IoUring.IORING_NOP_TW();

  /** For no-ops: posts a completion of 32 bytes (6.18). */
  public static final int NOP_CQE32 = IoUring.IORING_NOP_CQE32();

  /** For {@link Sqe#uringCmd}: the data is in a registered buffer. */
  public static final int URING_CMD_FIXED = IoUring.IORING_URING_CMD_FIXED();

  /** For {@link Sqe#uringCmd}: again and again, with {@link Sqe#bufferSelect} (6.18). */
  public static final int URING_CMD_MULTISHOT = IoUring.IORING_URING_CMD_MULTISHOT();

  private SqeFlags() {}
}
