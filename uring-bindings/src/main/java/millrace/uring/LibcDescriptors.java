package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.pollfd;

/** The calls of {@link Libc} on any descriptor. */
abstract sealed class LibcDescriptors extends LibcSockets permits Libc {
  private static final Downcall CLOSE = Downcall.ofInt("close", 1);
  private static final Downcall EVENTFD = Downcall.ofInt("eventfd", 2);
  private static final Downcall PIPE2 = Downcall.ofInt("pipe2", 2);
  private static final Downcall FCNTL = Downcall.ofVariadicInt("fcntl", 2, 3);

  private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1);

  LibcDescriptors() {}

  /**
   * Closes a descriptor: close(2). The number is free afterwards even if an error is returned, and
   * must not be closed again.
   *
   * @param fd the descriptor
   * @return 0 or -errno
   */
  public static int close(int fd) {
    return (int) CLOSE.call(fd);
  }

  /**
   * Reads at the descriptor's own position: read(2).
   *
   * @param fd the descriptor
   * @param address where to write
   * @param lengthBytes how much there is room for
   * @return the number of bytes read, 0 at the end, or -errno
   */
  public static long read(int fd, long address, long lengthBytes) {
    return LoopCalls.read(fd, address, lengthBytes);
  }

  /**
   * Writes at the descriptor's own position: write(2).
   *
   * @param fd the descriptor
   * @param address the data
   * @param lengthBytes how much
   * @return the number of bytes written, which may be less, or -errno
   */
  public static long write(int fd, long address, long lengthBytes) {
    return LoopCalls.write(fd, address, lengthBytes);
  }

  /**
   * Creates a counter to wait on: eventfd(2).
   *
   * @param initial the counter's first value
   * @param flags EFD_*
   * @return the descriptor or -errno
   */
  public static int eventfd(int initial, int flags) {
    return (int) EVENTFD.call(initial, flags);
  }

  /**
   * Adds 1 to an eventfd's counter, which wakes whoever waits for it. Blocks, or is -EAGAIN with
   * EFD_NONBLOCK, only while the counter is at its maximum, 2^64 - 2.
   *
   * @param fd the eventfd
   * @return 0 or -errno
   */
  public static int eventfdSignal(int fd) {
    long result = LoopCalls.write(fd, ONE.address(), Long.BYTES);
    // A write to an eventfd takes all eight bytes or fails.
    assert result == Long.BYTES || Errno.isError(result) : "eventfd took " + result + " bytes";
    return result < 0 ? (int) result : 0;
  }

  /**
   * Creates a pipe: pipe2(2).
   *
   * @param descriptors receives the reading end at 0 and the writing end at 1
   * @param flags O_CLOEXEC, O_NONBLOCK, O_DIRECT
   * @return 0 or -errno
   */
  public static int pipe2(int[] descriptors, int flags) {
    MemorySegment scratch = CallState.current().scratch();
    int result = (int) PIPE2.call(scratch.address(), flags);
    if (result >= 0) {
      MemorySegment.copy(scratch, JAVA_INT, 0, descriptors, 0, 2);
    }
    return result;
  }

  /**
   * Does what {@code command} says: fcntl(2).
   *
   * @param fd the descriptor
   * @param command F_*
   * @param argument the command's argument or 0
   * @return a value of the command's own or -errno
   */
  public static int fcntl(int fd, int command, long argument) {
    return (int) FCNTL.call(fd, command, argument);
  }

  /**
   * Asks one descriptor for its readiness, and waits for it: poll(2).
   *
   * @param fd the descriptor
   * @param events POLL*
   * @param timeoutMillis how long to wait; 0: not at all; -1: without limit
   * @return POLL* of what is so, {@link #POLLERR}, {@link #POLLHUP} and {@link #POLLNVAL} also when
   *     they were not asked for; 0 when the time is over; -errno
   */
  public static int poll(int fd, int events, int timeoutMillis) {
    MemorySegment scratch = CallState.current().scratch();
    pollfd.fd(scratch, fd);
    pollfd.events(scratch, (short) events);
    pollfd.revents(scratch, (short) 0);
    int result = LoopCalls.poll(scratch.address(), 1, timeoutMillis);
    return result <= 0 ? result : Short.toUnsignedInt(pollfd.revents(scratch));
  }
}
