package millrace.proactor.backend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.MessageHeader;
import millrace.uring.RecvmsgOut;

/**
 * A {@code struct msghdr} that a program has submitted, and its iovecs, read by their addresses.
 * The header is known to exist; of the iovecs only a call that has succeeded tells so.
 */
public final class MessageMemory {

  /** UIO_MAXIOV, sendmsg(2): with more the call has failed. */
  public static final int MOST_SEGMENTS = 1024;

  /** MAX_RW_COUNT: what the kernel makes of a message that is longer. */
  private static final long MOST_BYTES = 0x7fff_f000L;

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final int NAME = 0;
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int IOVEC_BYTES = 16;

  private MessageMemory() {}

  /** All that the message at {@code address} transfers, in bytes. */
  public static long bytes(long address) {
    long count = word(address + VECTOR_LENGTH);
    long vector = word(address + VECTOR);
    long bytes = 0;
    for (long index = 0; index < count && bytes < MOST_BYTES; index++) {
      bytes += word(vector + index * IOVEC_BYTES + Long.BYTES);
    }
    return Math.min(bytes, MOST_BYTES);
  }

  /**
   * Writes what is left of the message at {@code address} behind its first {@code doneBytes} bytes:
   * a header of its own and the iovecs, without name and control data.
   *
   * @param rest has room for {@link #MOST_SEGMENTS}
   */
  public static void writeRest(long address, long doneBytes, MemorySegment rest) {
    long count = word(address + VECTOR_LENGTH);
    long vector = word(address + VECTOR);
    long skip = doneBytes;
    int segments = 0;
    for (long index = 0; index < count; index++) {
      long at = vector + index * IOVEC_BYTES;
      long length = word(at + Long.BYTES);
      long skipped = Math.min(skip, length);
      skip -= skipped;
      if (skipped < length) {
        MessageHeader.setSegment(rest, segments++, word(at) + skipped, length - skipped);
      }
    }
    MessageHeader.set(rest, segments);
  }

  /** Gives {@code rest} the name of the message at {@code address}. */
  public static void copyName(long address, MemorySegment rest) {
    MessageHeader.setName(rest, word(address + NAME), MessageHeader.nameLengthBytes(address));
  }

  /** Gives {@code rest} what is left of {@code roomBytes} for control data. */
  public static void copyControlRoom(long address, long roomBytes, MemorySegment rest) {
    long used = MessageHeader.controlLengthBytes(address);
    if (used < roomBytes) {
      MessageHeader.setControl(rest, word(address + CONTROL) + used, roomBytes - used);
    }
  }

  /** Adds to the message at {@code address} what recvmsg(2) has written into {@code rest}. */
  public static void addReceived(long address, MemorySegment rest) {
    long control = word(address + CONTROL_LENGTH) + MessageHeader.controlLengthBytes(rest);
    ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address + CONTROL_LENGTH, control);
    int flags = ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address + FLAGS);
    ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address + FLAGS, flags | MessageHeader.flags(rest));
  }

  /**
   * Whether a multishot receive can lay out buffers with such rooms for name and control data; the
   * kernel counts in an int, and says EOVERFLOW otherwise.
   */
  public static boolean areRooms(int nameRoomBytes, long controlRoomBytes) {
    return nameRoomBytes >= 0
        && controlRoomBytes >= 0
        && controlRoomBytes <= Integer.MAX_VALUE - RecvmsgOut.controlOffset(nameRoomBytes);
  }

  private static long word(long address) {
    return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
  }
}
