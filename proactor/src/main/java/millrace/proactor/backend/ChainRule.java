package millrace.proactor.backend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * When a chain goes on: the kernel's rule ({@code IOSQE_IO_LINK} in io_uring_enter(2)), for
 * backends that are not the kernel, and for those kinds that the kernel itself has left out.
 */
public final class ChainRule {

  private static final int IOVEC_BYTES = 16;
  private static final int IOVEC_LENGTH = 8;
  private static final int MSGHDR_IOV = 16;
  private static final int MSGHDR_IOVLEN = 24;

  private ChainRule() {}

  /** Whether the member behind {@code operation}, which has ended with {@code result}, begins. */
  public static boolean goesOn(Operation operation, int result) {
    boolean message =
        operation.kind == OperationKind.SEND_MESSAGE
            || operation.kind == OperationKind.RECEIVE_MESSAGE;
    // Only the memory of a message that was transferred is known to exist (EFAULT, EMSGSIZE).
    long wantedBytes =
        result >= 0 && message && wantsAll(operation.operationFlags)
            ? messageBytes(operation.address)
            : operation.length;
    return goesOn(
        operation.hardLink, operation.kind, operation.operationFlags, wantedBytes, result);
  }

  /** As above, of an operation of {@code kind} that was to transfer {@code wantedBytes}. */
  public static boolean goesOn(
      boolean hardLink, OperationKind kind, int operationFlags, long wantedBytes, int result) {
    if (hardLink) {
      return true;
    }
    if (result < 0) {
      // A pause that has passed (IORING_TIMEOUT_ETIME_SUCCESS).
      return kind == OperationKind.TIMEOUT && result == -Errno.ETIME;
    }
    return switch (kind) {
      case READ, WRITE -> result == wantedBytes;
      case RECEIVE, RECEIVE_MESSAGE, SEND, SEND_MESSAGE ->
          !wantsAll(operationFlags) || result >= wantedBytes;
      default -> true;
    };
  }

  private static boolean wantsAll(int operationFlags) {
    return (operationFlags & Libc.MSG_WAITALL) != 0;
  }

  /** All that the msghdr points to. */
  private static long messageBytes(long address) {
    MemorySegment header = at(address, MSGHDR_IOVLEN + Long.BYTES);
    long count = header.get(ValueLayout.JAVA_LONG_UNALIGNED, MSGHDR_IOVLEN);
    long vector = header.get(ValueLayout.JAVA_LONG_UNALIGNED, MSGHDR_IOV);
    MemorySegment entries = at(vector, count * IOVEC_BYTES);
    long bytes = 0;
    for (long index = 0; index < count; index++) {
      bytes += entries.get(ValueLayout.JAVA_LONG_UNALIGNED, index * IOVEC_BYTES + IOVEC_LENGTH);
    }
    return bytes;
  }

  private static MemorySegment at(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }
}
