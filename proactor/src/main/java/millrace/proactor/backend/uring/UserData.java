package millrace.proactor.backend.uring;

/**
 * The 64 bits that come back with each CQE: generation (high 32 bits), what the SQE was for (8
 * bits), and the slot's number (low 24 bits).
 */
final class UserData {

  /** The operation itself. */
  static final int OPERATION = 0;

  /** The linked timeout of an operation. */
  static final int LINK_TIMEOUT = 1;

  /** A request to cancel; its own completion says nothing that the target's does not say. */
  static final int CANCEL = 2;

  /** A request to cancel all on a descriptor, which stands in the high 32 bits. */
  static final int CANCEL_DESCRIPTOR = 3;

  /** A request to cancel everything. */
  static final int CANCEL_ALL = 4;

  /** The read of the wake-up eventfd. */
  static final int WAKE = 5;

  private UserData() {}

  static long of(int purpose, long token) {
    return token | ((long) purpose << 24);
  }

  static int purpose(long userData) {
    return (int) (userData >>> 24) & 0xff;
  }

  static long token(long userData) {
    return userData & ~(0xffL << 24);
  }
}
