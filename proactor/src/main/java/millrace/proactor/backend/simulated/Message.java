package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import millrace.uring.RecvmsgOut;
import millrace.uring.SocketAddresses;

/**
 * A struct msghdr in a program's memory, and what it points to: sendmsg(2), recvmsg(2).
 *
 * @param header the struct itself
 * @param data what its iovecs point to
 * @param name room for an address; null without
 * @param control room for control data; null without
 * @param vector the iovecs
 */
record Message(
    MemorySegment header,
    List<MemorySegment> data,
    MemorySegment name,
    MemorySegment control,
    MemorySegment vector) {

  private static final int HEADER_BYTES = 56;
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int IOVEC_BYTES = 16;

  static Message at(long address) {
    MemorySegment header = KernelMemory.at(address, HEADER_BYTES);
    int count = (int) word(header, VECTOR_LENGTH);
    MemorySegment vector = KernelMemory.at(word(header, VECTOR), (long) count * IOVEC_BYTES);
    List<MemorySegment> data = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      long at = (long) index * IOVEC_BYTES;
      data.add(KernelMemory.at(word(vector, at), word(vector, at + Long.BYTES)));
    }
    return new Message(
        header,
        data,
        area(word(header, NAME), header.get(ValueLayout.JAVA_INT_UNALIGNED, NAME_LENGTH)),
        area(word(header, CONTROL), word(header, CONTROL_LENGTH)),
        vector);
  }

  /** Of a multishot receive: only the lengths of name and control data count. */
  static Message roomsAt(long address) {
    MemorySegment header = KernelMemory.at(address, HEADER_BYTES);
    return new Message(header, List.of(), null, null, KernelMemory.at(address, 0));
  }

  private static long word(MemorySegment memory, long at) {
    return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }

  private static MemorySegment area(long address, long lengthBytes) {
    return address == 0 || lengthBytes == 0 ? null : KernelMemory.at(address, lengthBytes);
  }

  int nameRoom() {
    return header.get(ValueLayout.JAVA_INT_UNALIGNED, NAME_LENGTH);
  }

  long controlRoom() {
    return word(header, CONTROL_LENGTH);
  }

  /** Where the data of a message is in a provided buffer. */
  long payloadOffset() {
    return RecvmsgOut.payloadOffset(nameRoom(), controlRoom());
  }

  /** All memory: data first. */
  MemorySegment[] memory() {
    List<MemorySegment> all = new ArrayList<>(data);
    all.add(header);
    all.add(vector);
    if (name != null) {
      all.add(name);
    }
    if (control != null) {
      all.add(control);
    }
    return all.toArray(MemorySegment[]::new);
  }

  /** Where to send it; null: where the socket is connected to. */
  SocketAddress target() {
    return name == null ? null : SocketAddresses.decode(name, (int) name.byteSize());
  }

  /** What recvmsg(2) writes besides the data. */
  void write(Received received) {
    int nameLength = name == null ? 0 : encode(received.source(), name);
    header.set(ValueLayout.JAVA_INT_UNALIGNED, NAME_LENGTH, nameLength);
    header.set(ValueLayout.JAVA_LONG_UNALIGNED, CONTROL_LENGTH, 0);
    header.set(ValueLayout.JAVA_INT_UNALIGNED, FLAGS, received.flags());
  }

  /** What a multishot receive writes before the data: io_uring_recvmsg_out(3). */
  void write(Received received, MemorySegment buffer) {
    MemorySegment room = buffer.asSlice(RecvmsgOut.nameOffset(), nameRoom());
    int nameLength = nameRoom() == 0 ? 0 : encode(received.source(), room);
    RecvmsgOut.write(buffer.address(), nameLength, 0, received.result(), received.flags());
  }

  /** The length of the address, whatever the room: as much of it is written as fits. */
  private static int encode(SocketAddress address, MemorySegment room) {
    if (address == null) {
      return 0;
    }
    byte[] bytes = new byte[SocketAddresses.MAX_BYTES];
    MemorySegment whole = MemorySegment.ofArray(bytes);
    int length = SocketAddresses.encode(address, whole);
    MemorySegment.copy(whole, 0, room, 0, Math.min(length, room.byteSize()));
    return length;
  }
}
