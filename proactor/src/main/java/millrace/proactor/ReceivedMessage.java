package millrace.proactor;

import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import millrace.uring.RecvmsgOut;
import millrace.uring.SocketAddresses;

/**
 * What a receive buffer tells of the message in it: its sender, its flags, its control data. A
 * cursor, which is set to one message after the other and good for the duration of a handler's
 * call; nothing but {@link #source()} allocates.
 *
 * <p>The buffer begins with a struct io_uring_recvmsg_out, then come the sender's address as the
 * kernel has it, control data, and the bytes of the message (io_uring_recvmsg_out(3)).
 *
 * <p>Loop thread only.
 */
public final class ReceivedMessage {

  private final int nameRoomBytes;
  private final long controlRoomBytes;
  private BufferSlice buffer;
  private MemorySegment memory;

  /**
   * A cursor over buffers of one layout, set to nothing.
   *
   * @param nameRoomBytes the room for the sender's address in each buffer, in bytes
   * @param controlRoomBytes the room for control data in each buffer, in bytes
   */
  public ReceivedMessage(int nameRoomBytes, long controlRoomBytes) {
    if (nameRoomBytes < 0 || controlRoomBytes < 0) {
      throw new IllegalArgumentException(
          "rooms for name and control data: "
              + nameRoomBytes
              + ", "
              + controlRoomBytes
              + ", must be >= 0");
    }
    this.nameRoomBytes = nameRoomBytes;
    this.controlRoomBytes = controlRoomBytes;
  }

  /**
   * Sets the cursor to the message in {@code slice}, and the window of that to the bytes of the
   * message. A slice whose window was set before may be wrapped again.
   *
   * @param slice a receive buffer, its window ending where the completion said
   * @return whether there is a message; with false nothing has changed
   */
  public boolean wrap(BufferSlice slice) {
    int end = slice.offset() + slice.length();
    if (!RecvmsgOut.isComplete(end, nameRoomBytes, controlRoomBytes)) {
      return false;
    }
    int start = (int) RecvmsgOut.payloadOffset(nameRoomBytes, controlRoomBytes);
    slice.range(start, end - start);
    buffer = slice;
    memory = slice.segment();
    return true;
  }

  /** Sets the cursor to nothing. */
  public void unwrap() {
    buffer = null;
    memory = null;
  }

  /**
   * The memory that {@link #sourceOffset} and {@link #controlOffset} count in.
   *
   * @return the whole buffer
   * @throws IllegalStateException after the handler's call
   */
  public MemorySegment memory() {
    if (memory == null) {
      throw new IllegalStateException("a received message is good for the handler's call only");
    }
    return memory;
  }

  /** {@return MSG_TRUNC, MSG_CTRUNC, ... as recvmsg(2) sets them} */
  public int flags() {
    return RecvmsgOut.flags(memory());
  }

  /** {@return whether the message was longer than its buffer, and the rest is lost} */
  public boolean isTruncated() {
    return (flags() & Libc.MSG_TRUNC) != 0;
  }

  /**
   * The length of the message as it was sent.
   *
   * @return bytes; of a message that was cut only if MSG_TRUNC was asked for, else what is left
   */
  public int lengthBytes() {
    return RecvmsgOut.messageLengthBytes(memory());
  }

  /** {@return where the struct sockaddr of the sender begins in {@link #memory}, in bytes} */
  public int sourceOffset() {
    return RecvmsgOut.nameOffset();
  }

  /** {@return its length in bytes, at most the room for it; 0 when there is none} */
  public int sourceLengthBytes() {
    return Math.min(nameRoomBytes, RecvmsgOut.nameLengthBytes(memory()));
  }

  /**
   * Who sent it; allocates.
   *
   * @return the address; null when the message has none, or more than there was room for
   */
  public SocketAddress source() {
    int length = RecvmsgOut.nameLengthBytes(memory());
    return length == 0 || length > nameRoomBytes
        ? null
        : SocketAddresses.decode(memory.asSlice(sourceOffset(), length), length);
  }

  /** {@return where control data, cmsg(3), begins in {@link #memory}, in bytes} */
  public long controlOffset() {
    return RecvmsgOut.controlOffset(nameRoomBytes);
  }

  /** {@return its length in bytes, 0 when there is none} */
  public int controlLengthBytes() {
    return RecvmsgOut.controlLengthBytes(memory());
  }

  @Override
  public String toString() {
    return buffer == null
        ? "ReceivedMessage[]"
        : "ReceivedMessage[" + source() + ", " + buffer + "]";
  }
}
