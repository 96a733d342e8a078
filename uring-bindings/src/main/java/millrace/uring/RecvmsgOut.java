package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.io_uring_recvmsg_out;

/**
 * Reads what {@link Sqe#recvmsgMultishot} puts into a buffer: a {@code struct
 * io_uring_recvmsg_out}, the sender's address, control data, and the bytes received
 * (io_uring_recvmsg_out(3), since Linux 6.0).
 *
 * <p>Address and control data stand in areas whose sizes are those that the submitted {@link
 * MessageHeader} gave, however much of them is filled; so the methods that find something in the
 * buffer take these sizes. Stateless; offsets are in bytes from the start of the buffer, which need
 * not be aligned.
 */
public final class RecvmsgOut {

  /** Size of the struct at the start of the buffer, in bytes. */
  public static final int BYTES = Math.toIntExact(io_uring_recvmsg_out.sizeof());

  private RecvmsgOut() {}

  /**
   * Tells whether a completion brought the struct and the areas after it:
   * io_uring_recvmsg_validate(3). With false nothing else here may be asked.
   *
   * @param resultBytes the completion's result
   * @param nameRoomBytes the room that the submitted header gave the address
   * @param controlRoomBytes the room that it gave the control data
   * @return whether there is as much
   */
  public static boolean isComplete(int resultBytes, int nameRoomBytes, long controlRoomBytes) {
    return resultBytes >= payloadOffset(nameRoomBytes, controlRoomBytes);
  }

  /**
   * Where the sender's address is.
   *
   * @return bytes from the start of the buffer
   */
  public static int nameOffset() {
    return BYTES;
  }

  /**
   * Where the control data is.
   *
   * @param nameRoomBytes the room that the submitted header gave the address
   * @return bytes from the start of the buffer
   */
  public static long controlOffset(int nameRoomBytes) {
    return (long) BYTES + nameRoomBytes;
  }

  /**
   * Where the bytes received are.
   *
   * @param nameRoomBytes the room that the submitted header gave the address
   * @param controlRoomBytes the room that it gave the control data
   * @return bytes from the start of the buffer
   */
  public static long payloadOffset(int nameRoomBytes, long controlRoomBytes) {
    return controlOffset(nameRoomBytes) + controlRoomBytes;
  }

  /**
   * How many bytes received are in the buffer: io_uring_recvmsg_payload_length(3).
   *
   * @param resultBytes the completion's result
   * @param nameRoomBytes the room that the submitted header gave the address
   * @param controlRoomBytes the room that it gave the control data
   * @return bytes, 0 or more
   */
  public static int payloadLengthBytes(int resultBytes, int nameRoomBytes, long controlRoomBytes) {
    return (int) Math.max(0, resultBytes - payloadOffset(nameRoomBytes, controlRoomBytes));
  }

  /**
   * Reads the length of the sender's address.
   *
   * @param buffer the buffer
   * @return bytes; more than its room when the address was cut off
   */
  public static int nameLengthBytes(MemorySegment buffer) {
    return buffer.get(ValueLayout.JAVA_INT_UNALIGNED, io_uring_recvmsg_out.namelen$offset());
  }

  /**
   * Reads the length of the control data.
   *
   * @param buffer the buffer
   * @return bytes, at most its room
   */
  public static int controlLengthBytes(MemorySegment buffer) {
    return buffer.get(ValueLayout.JAVA_INT_UNALIGNED, io_uring_recvmsg_out.controllen$offset());
  }

  /**
   * Reads the length of the message.
   *
   * @param buffer the buffer
   * @return bytes; more than {@link #payloadLengthBytes} when the message was cut off and MSG_TRUNC
   *     was asked for
   */
  public static int messageLengthBytes(MemorySegment buffer) {
    return buffer.get(ValueLayout.JAVA_INT_UNALIGNED, io_uring_recvmsg_out.payloadlen$offset());
  }

  /**
   * Reads the flags of the message.
   *
   * @param buffer the buffer
   * @return MSG_TRUNC, MSG_CTRUNC, ...
   */
  public static int flags(MemorySegment buffer) {
    return buffer.get(ValueLayout.JAVA_INT_UNALIGNED, io_uring_recvmsg_out.flags$offset());
  }

  /**
   * Writes the struct, for whoever does by recvmsg(2) what the kernel does.
   *
   * @param bufferAddress native address of the buffer; not checked
   * @param nameLengthBytes length of the sender's address, whatever its room
   * @param controlLengthBytes length of the control data
   * @param messageLengthBytes what recvmsg(2) has returned
   * @param flags MSG_TRUNC, MSG_CTRUNC, ...
   */
  public static void write(
      long bufferAddress,
      int nameLengthBytes,
      int controlLengthBytes,
      int messageLengthBytes,
      int flags) {
    set(bufferAddress + io_uring_recvmsg_out.namelen$offset(), nameLengthBytes);
    set(bufferAddress + io_uring_recvmsg_out.controllen$offset(), controlLengthBytes);
    set(bufferAddress + io_uring_recvmsg_out.payloadlen$offset(), messageLengthBytes);
    set(bufferAddress + io_uring_recvmsg_out.flags$offset(), flags);
  }

  private static void set(long address, int value) {
    NativeMemory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
  }
}
