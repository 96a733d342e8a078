package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * The flags of a completion, {@code IORING_CQE_F_*} in the kernel header, specified in {@code
 * io_uring_enter(2)} and on the pages of the operations that set them.
 *
 * <p>A flag that is missing means "not known to be so" rather than "not so": kernels before 6.17 do
 * not report {@link #F_SOCK_NONEMPTY} for Unix sockets at all.
 */
public final class CqeFlags {
  /** The upper 16 bits are the id of the provided buffer that was used; see {@link #bufferId}. */
  public static final int F_BUFFER = IoUring.IORING_CQE_F_BUFFER();

  /** The same submission will post more completions. Without it this one is terminal. */
  public static final int F_MORE = IoUring.IORING_CQE_F_MORE();

  /** The socket had more to read after the receive. */
  public static final int F_SOCK_NONEMPTY = IoUring.IORING_CQE_F_SOCK_NONEMPTY();

  /** A zero-copy send has let go of its memory. */
  public static final int F_NOTIF = IoUring.IORING_CQE_F_NOTIF();

  /** The provided buffer is consumed in part and will be used for more completions. */
  public static final int F_BUF_MORE = IoUring.IORING_CQE_F_BUF_MORE();

  /** Fills a gap and says nothing (6.18); {@link CompletionQueue#drain} does not hand it over. */
  public static final int F_SKIP = IoUring.IORING_CQE_F_SKIP();

  /** The entry has 32 bytes, on a ring with {@link SetupFlag#CQE_MIXED} (6.18). */
  public static final int F_32 = IoUring.IORING_CQE_F_32();

  /** With {@link SocketCommands#TX_TIMESTAMP}: the time is the network card's (6.17). */
  public static final int F_TSTAMP_HW = IoUring.IORING_CQE_F_TSTAMP_HW();

  /**
   * In the <em>result</em> of a completion with {@link #F_NOTIF}, for {@link
   * SqeFlags#SEND_ZC_REPORT_USAGE}: the data was copied, at least in part (6.2).
   */
  public static final int NOTIF_USAGE_ZC_COPIED = IoUring.IORING_NOTIF_USAGE_ZC_COPIED();

  private static final int TIMESTAMP_TYPE_SHIFT = IoUring.IORING_TIMESTAMP_TYPE_SHIFT();
  private static final int BUFFER_SHIFT = IoUring.IORING_CQE_BUFFER_SHIFT();

  private CqeFlags() {}

  /**
   * The provided buffer a completion used.
   *
   * @param flags flags with {@link #F_BUFFER}; without it the kernel chose no buffer and the number
   *     means nothing
   * @return the buffer id, 0 to 65535
   */
  public static int bufferId(int flags) {
    assert (flags & F_BUFFER) != 0
        : "no buffer in completion flags 0x" + Integer.toHexString(flags);
    return flags >>> BUFFER_SHIFT;
  }

  /**
   * Which transmit timestamp a completion of {@link SocketCommands#TX_TIMESTAMP} brings.
   *
   * @param flags the completion's flags
   * @return SCM_TSTAMP_SND 0, SCM_TSTAMP_SCHED 1, SCM_TSTAMP_ACK 2
   */
  public static int timestampType(int flags) {
    return flags >>> TIMESTAMP_TYPE_SHIFT;
  }

  /**
   * The flags of a completion that used a provided buffer: for those who make completions
   * themselves.
   *
   * @param bufferId the buffer id, 0 to 65535
   * @return {@link #F_BUFFER} and the id
   */
  public static int ofBuffer(int bufferId) {
    return F_BUFFER | bufferId << BUFFER_SHIFT;
  }
}
