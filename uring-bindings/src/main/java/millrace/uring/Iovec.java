package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.iovec;

/**
 * Writes an array of {@code struct iovec} (readv(2)).
 *
 * <p>Stateless. The kernel reads the array when an entry is consumed; what it points to belongs to
 * the kernel until the operation's completion.
 */
public final class Iovec {

  /** Size of one element in bytes. */
  public static final int BYTES = Math.toIntExact(iovec.sizeof());

  private Iovec() {}

  /**
   * Writes one element.
   *
   * @param memory the array, aligned to 8 bytes
   * @param index which element, 0 or more
   * @param address native address of the buffer
   * @param lengthBytes length of the buffer
   */
  public static void set(MemorySegment memory, int index, long address, long lengthBytes) {
    long at = (long) index * BYTES;
    memory.set(ValueLayout.JAVA_LONG, at + iovec.iov_base$offset(), address);
    memory.set(ValueLayout.JAVA_LONG, at + iovec.iov_len$offset(), lengthBytes);
  }
}
