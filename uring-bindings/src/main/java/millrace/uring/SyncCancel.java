package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.__kernel_timespec;
import millrace.uring.abi.io_uring_sync_cancel_reg;

/**
 * Cancels operations and waits until they are (IORING_REGISTER_SYNC_CANCEL, 6.0). Their own
 * completions tell what became of them, as always.
 *
 * <p>The call blocks. By the owner of the ring. The results are those of {@link Sqe#cancel}: 0, or
 * with {@link SqeFlags#ASYNC_CANCEL_ALL} how many were found; ENOENT when none was, ETIME when the
 * time ran out. Source: {@code io_uring_register_sync_cancel(3)}.
 */
public final class SyncCancel {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NO_LIMIT = -1;

  private SyncCancel() {}

  /**
   * Cancels by user data.
   *
   * @param ring the ring of the operations
   * @param userData what the operations carry; not looked at with {@link SqeFlags#ASYNC_CANCEL_ANY}
   * @param cancelFlags ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @param timeoutNanos the longest wait, negative for no limit
   * @return 0 or more, or {@code -errno}
   */
  public static int cancel(Ring ring, long userData, int cancelFlags, long timeoutNanos) {
    return cancel(ring, userData, -1, 0, cancelFlags, timeoutNanos);
  }

  /**
   * Cancels by descriptor.
   *
   * @param ring the ring of the operations
   * @param fd the descriptor they work on
   * @param cancelFlags further ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @param timeoutNanos the longest wait, negative for no limit
   * @return 0 or more, or {@code -errno}
   */
  public static int cancelFd(Ring ring, int fd, int cancelFlags, long timeoutNanos) {
    return cancel(ring, 0, fd, 0, cancelFlags | IoUring.IORING_ASYNC_CANCEL_FD(), timeoutNanos);
  }

  /**
   * Cancels by registered file.
   *
   * @param ring the ring of the operations
   * @param fileIndex the index of the file they work on
   * @param cancelFlags further ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @param timeoutNanos the longest wait, negative for no limit
   * @return 0 or more, or {@code -errno}
   */
  public static int cancelRegisteredFile(
      Ring ring, int fileIndex, int cancelFlags, long timeoutNanos) {
    Arguments.notNegative("fileIndex", fileIndex);
    int flags =
        cancelFlags | IoUring.IORING_ASYNC_CANCEL_FD() | IoUring.IORING_ASYNC_CANCEL_FD_FIXED();
    return cancel(ring, 0, fileIndex, 0, flags, timeoutNanos);
  }

  /**
   * Cancels by operation (6.6).
   *
   * @param ring the ring of the operations
   * @param opcode which operations
   * @param cancelFlags further ASYNC_CANCEL bits of {@link SqeFlags}, or 0
   * @param timeoutNanos the longest wait, negative for no limit
   * @return 0 or more, or {@code -errno}
   */
  public static int cancelOp(Ring ring, Opcode opcode, int cancelFlags, long timeoutNanos) {
    int flags = cancelFlags | IoUring.IORING_ASYNC_CANCEL_OP();
    return cancel(ring, 0, -1, opcode.code(), flags, timeoutNanos);
  }

  private static int cancel(
      Ring ring, long userData, int fd, int opcode, int flags, long timeoutNanos) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_sync_cancel_reg.layout());
      io_uring_sync_cancel_reg.addr(argument, userData);
      io_uring_sync_cancel_reg.fd(argument, fd);
      io_uring_sync_cancel_reg.flags(argument, flags);
      io_uring_sync_cancel_reg.opcode(argument, (byte) opcode);
      MemorySegment timeout = io_uring_sync_cancel_reg.timeout(argument);
      boolean limited = timeoutNanos >= 0;
      __kernel_timespec.tv_sec(timeout, limited ? timeoutNanos / NANOS_PER_SECOND : NO_LIMIT);
      __kernel_timespec.tv_nsec(timeout, limited ? timeoutNanos % NANOS_PER_SECOND : NO_LIMIT);
      return ring.register(IoUring.IORING_REGISTER_SYNC_CANCEL(), argument, 1);
    }
  }
}
