package millrace.uring;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An eventfd that the kernel signals when it posts completions, so that epoll or another ring can
 * wait for this one. A signal is a hint to look at the completion queue: several completions may
 * have one in common, and some may come for nothing.
 *
 * <p>A ring has one. By the owner of the ring, or by any thread before it is enabled. The
 * descriptor stays the caller's; the kernel has its own reference. Source: {@code
 * io_uring_register_eventfd(3)}.
 */
public final class RegisteredEventfd implements AutoCloseable {
  private final Ring ring;
  private boolean closed;

  private RegisteredEventfd(Ring ring) {
    this.ring = ring;
  }

  /**
   * Signals for each completion (IORING_REGISTER_EVENTFD, 5.2).
   *
   * @param ring the ring whose completions are told
   * @param eventfd the descriptor of an eventfd
   * @return the registration; the caller must close it
   * @throws UringException EBUSY when the ring has one, EBADF, EINVAL when it is no eventfd
   */
  public static RegisteredEventfd register(Ring ring, int eventfd) throws UringException {
    return register(ring, eventfd, RegisterOpcode.REGISTER_EVENTFD);
  }

  /**
   * Signals only for completions that a worker thread of the kernel posts
   * (IORING_REGISTER_EVENTFD_ASYNC, 5.6). That is less than the man page says: what waited for a
   * socket or pipe without a worker is not told either.
   *
   * @param ring the ring whose completions are told
   * @param eventfd the descriptor of an eventfd
   * @return the registration; the caller must close it
   * @throws UringException like {@link #register}
   */
  public static RegisteredEventfd registerAsync(Ring ring, int eventfd) throws UringException {
    return register(ring, eventfd, RegisterOpcode.REGISTER_EVENTFD_ASYNC);
  }

  private static RegisteredEventfd register(Ring ring, int eventfd, RegisterOpcode opcode)
      throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocateFrom(ValueLayout.JAVA_INT, eventfd);
      Registration.call(ring, opcode, argument, 1, "descriptor " + eventfd);
    }
    return new RegisteredEventfd(ring);
  }

  /**
   * Switches the signals off or on without a system call ({@code io_uring_cq_eventfd_toggle(3)},
   * 5.8). What completes meanwhile is not told later.
   *
   * @param enabled whether to signal
   * @throws IllegalStateException when the kernel is older than Linux 5.8
   */
  public void setEnabled(boolean enabled) {
    ring.completionQueue().setEventfdDisabled(!enabled);
  }

  /**
   * Ends the signals. Idempotent; they also end with the {@link Ring}.
   *
   * @throws UncheckedIOException when the kernel refuses, as a restricted ring's does
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (!ring.isClosed()) {
      try {
        Registration.call(ring, RegisterOpcode.UNREGISTER_EVENTFD, MemorySegment.NULL, 0, null);
      } catch (UringException e) {
        throw new UncheckedIOException(e);
      }
    }
    closed = true;
  }
}
