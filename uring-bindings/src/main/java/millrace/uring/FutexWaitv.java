package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.futex_waitv;

/**
 * Writes an array of {@code struct futex_waitv}, for {@link Sqe#futexWaitv} (since Linux 6.7).
 *
 * <p>Stateless. The kernel reads the array when the entry is consumed.
 */
public final class FutexWaitv {

  /** Size of one element in bytes. */
  public static final int BYTES = Math.toIntExact(futex_waitv.sizeof());

  private FutexWaitv() {}

  /**
   * Writes one element.
   *
   * @param memory the array, aligned to 8 bytes
   * @param index which element, 0 to {@link FutexFlags#WAITV_MAX} - 1
   * @param futexAddress the futex, aligned to its size
   * @param value what it must hold for the wait to begin
   * @param flags size and scope: bits of {@link FutexFlags}
   */
  public static void set(
      MemorySegment memory, int index, long futexAddress, long value, int flags) {
    long at = (long) index * BYTES;
    memory.set(ValueLayout.JAVA_LONG, at + futex_waitv.val$offset(), value);
    memory.set(ValueLayout.JAVA_LONG, at + futex_waitv.uaddr$offset(), futexAddress);
    memory.set(ValueLayout.JAVA_INT, at + futex_waitv.flags$offset(), flags);
    memory.set(ValueLayout.JAVA_INT, at + futex_waitv.__reserved$offset(), 0);
  }
}
