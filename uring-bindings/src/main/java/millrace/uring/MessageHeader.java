package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import millrace.uring.abi.iovec;
import millrace.uring.abi.msghdr;

/**
 * A {@code struct msghdr} followed by its {@code struct iovec}s in one piece of native memory, for
 * sendmsg(2) and recvmsg(2).
 *
 * <p>Stateless; the memory is the caller's, who keeps it and what it points to untouched until the
 * operation's completion.
 */
public final class MessageHeader {

  private static final long SEGMENTS_OFFSET = (msghdr.sizeof() + 15) & -16;

  private MessageHeader() {}

  /**
   * Tells how much memory a header with its iovecs takes.
   *
   * @param segments number of iovecs, not negative
   * @return bytes
   */
  public static int bytes(int segments) {
    return Math.toIntExact(SEGMENTS_OFFSET + segments * iovec.sizeof());
  }

  /**
   * Sets the iovec at {@code index}.
   *
   * @param memory starts with the header, aligned to 8 bytes
   * @param index number of the iovec, 0 to 1023
   * @param address native address of the data
   * @param lengthBytes length of the data, not negative
   */
  public static void setSegment(MemorySegment memory, int index, long address, long lengthBytes) {
    Objects.checkIndex(index, 1024); // UIO_MAXIOV, sendmsg(2): EMSGSIZE
    long at = SEGMENTS_OFFSET + index * iovec.sizeof();
    memory.set(ValueLayout.JAVA_LONG, at + iovec.iov_base$offset(), address);
    memory.set(ValueLayout.JAVA_LONG, at + iovec.iov_len$offset(), lengthBytes);
  }

  /**
   * Sets the address: of the receiver for sendmsg(2), where that of the sender goes for recvmsg(2),
   * or only how much room it gets for {@link Sqe#recvmsgMultishot}. Comes after {@link #set}.
   *
   * @param memory starts with the header, aligned to 8 bytes
   * @param address a sockaddr, see {@link SocketAddresses}, or 0 for recvmsgMultishot
   * @param lengthBytes its length or the room for it
   */
  public static void setName(MemorySegment memory, long address, int lengthBytes) {
    memory.set(ValueLayout.JAVA_LONG, msghdr.msg_name$offset(), address);
    memory.set(ValueLayout.JAVA_INT, msghdr.msg_namelen$offset(), lengthBytes);
  }

  /**
   * Sets the control data, cmsg(3), or only how much room it gets for {@link Sqe#recvmsgMultishot}.
   * Comes after {@link #set}.
   *
   * @param memory starts with the header, aligned to 8 bytes
   * @param address the control data or where it goes, or 0 for recvmsgMultishot
   * @param lengthBytes its length or the room for it
   */
  public static void setControl(MemorySegment memory, long address, long lengthBytes) {
    memory.set(ValueLayout.JAVA_LONG, msghdr.msg_control$offset(), address);
    memory.set(ValueLayout.JAVA_LONG, msghdr.msg_controllen$offset(), lengthBytes);
  }

  /**
   * Reads the length of the address, which recvmsg(2) sets.
   *
   * @param memory starts with the header
   * @return bytes, also when the room was less
   */
  public static int nameLengthBytes(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, msghdr.msg_namelen$offset());
  }

  /**
   * Reads the length of the control data, which recvmsg(2) sets.
   *
   * @param memory starts with the header
   * @return bytes
   */
  public static long controlLengthBytes(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_LONG, msghdr.msg_controllen$offset());
  }

  /**
   * As {@link #nameLengthBytes(MemorySegment)}, of a header that is known by its address only.
   *
   * @param headerAddress native address of the header, aligned to 8 bytes; not checked
   * @return bytes
   */
  public static int nameLengthBytes(long headerAddress) {
    return NativeMemory.ALL.get(ValueLayout.JAVA_INT, headerAddress + msghdr.msg_namelen$offset());
  }

  /**
   * As {@link #controlLengthBytes(MemorySegment)}, of a header that is known by its address only.
   *
   * @param headerAddress native address of the header, aligned to 8 bytes; not checked
   * @return bytes
   */
  public static long controlLengthBytes(long headerAddress) {
    return NativeMemory.ALL.get(
        ValueLayout.JAVA_LONG, headerAddress + msghdr.msg_controllen$offset());
  }

  /**
   * Reads the flags that recvmsg(2) sets.
   *
   * @param memory starts with the header
   * @return MSG_TRUNC, MSG_CTRUNC, ...
   */
  public static int flags(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, msghdr.msg_flags$offset());
  }

  /**
   * Writes the header: no name, no control data.
   *
   * @param memory starts with the header, aligned to 8 bytes
   * @param segments the message is the first so many iovecs
   */
  public static void set(MemorySegment memory, int segments) {
    memory.asSlice(0, msghdr.sizeof()).fill((byte) 0);
    memory.set(ValueLayout.JAVA_LONG, msghdr.msg_iov$offset(), memory.address() + SEGMENTS_OFFSET);
    memory.set(ValueLayout.JAVA_LONG, msghdr.msg_iovlen$offset(), segments);
  }
}
