package millrace.proactor.backend.epoll;

import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * The eventfd by which other threads end the loop's wait. It is watched edge-triggered and never
 * read: each write is an edge, and the counter has room for 2^64 - 2 of them.
 */
final class EpollWakeUp {

  private final int descriptor;
  private boolean closed;

  EpollWakeUp() throws UringException {
    descriptor = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
    if (Errno.isError(descriptor)) {
      throw new UringException("eventfd", -descriptor, null, null);
    }
  }

  int descriptor() {
    return descriptor;
  }

  /** Any thread. Locked, so that a late caller never writes into a reused descriptor. */
  synchronized void signal() {
    if (!closed) {
      Libc.eventfdSignal(descriptor);
    }
  }

  synchronized void close() {
    closed = true;
    Libc.close(descriptor);
  }
}
