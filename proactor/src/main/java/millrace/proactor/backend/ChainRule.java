package millrace.proactor.backend;

import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * When a chain goes on: the kernel's rule ({@code IOSQE_IO_LINK} in io_uring_enter(2)), for
 * backends that are not the kernel, and for those kinds that the kernel itself has left out.
 */
public final class ChainRule {

  private ChainRule() {}

  /** Whether the member behind {@code operation}, which has ended with {@code result}, begins. */
  public static boolean goesOn(Operation operation, int result) {
    boolean message =
        operation.kind == OperationKind.SEND_MESSAGE
            || operation.kind == OperationKind.RECEIVE_MESSAGE;
    // Only the memory of a message that was transferred is known to exist (EFAULT, EMSGSIZE).
    long wantedBytes =
        result >= 0 && message && wantsAll(operation.operationFlags)
            ? MessageMemory.bytes(operation.address)
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
}
