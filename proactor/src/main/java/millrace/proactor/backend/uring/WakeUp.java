package millrace.proactor.backend.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.Sqe;
import millrace.uring.UringException;

/**
 * The eventfd by which other threads end the loop's wait, and the read that watches it. A
 * registered eventfd would not do: it tells of completions, it does not make one.
 */
final class WakeUp {

  private static final int COUNTER_BYTES = 8;

  private final MemorySegment counter;
  private final int descriptor;
  private boolean armed;
  private boolean closed;

  WakeUp(Arena arena) throws UringException {
    counter = arena.allocate(COUNTER_BYTES, 8);
    descriptor = Libc.eventfd(0, Libc.EFD_CLOEXEC);
    if (Errno.isError(descriptor)) {
      throw new UringException("eventfd", -descriptor, null, null);
    }
  }

  boolean isArmed() {
    return armed;
  }

  void arm(Sqe sqe) {
    sqe.read(descriptor, counter.address(), COUNTER_BYTES, 0)
        .userData(UserData.of(UserData.WAKE, 0));
    armed = true;
  }

  void completed() {
    armed = false;
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
