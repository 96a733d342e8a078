package millrace.proactor.backend.epoll;

import millrace.proactor.backend.LongQueue;

/**
 * What was asked for during a turn, in its order: an operation, the end of one, the end of all on a
 * descriptor. A request is a number: the operation's token, whose 8 free bits tell which it is.
 * Loop thread only.
 */
final class Requests {

  static final int SUBMIT = 0;
  static final int CANCEL = 1;

  /** The descriptor stands in the high 32 bits. */
  static final int CANCEL_DESCRIPTOR = 2;

  private static final int PURPOSE_SHIFT = 24;

  private final LongQueue queue = new LongQueue();

  void add(int purpose, long token) {
    queue.add(token | (long) purpose << PURPOSE_SHIFT);
  }

  void addCancelDescriptor(int descriptor) {
    add(CANCEL_DESCRIPTOR, (long) descriptor << 32);
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  long poll() {
    long request = queue.peek();
    queue.remove();
    return request;
  }

  static int purpose(long request) {
    return (int) (request >>> PURPOSE_SHIFT) & 0xff;
  }

  static long token(long request) {
    return request & ~(0xffL << PURPOSE_SHIFT);
  }

  static int descriptor(long request) {
    return (int) (request >>> 32);
  }
}
