package millrace.proactor.net;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.MessageHeader;

/**
 * What the kernel is given for each datagram in flight: a msghdr, its iovec and the receiver's
 * sockaddr, in memory of its own for each, from the socket's opening to its end; and the slice that
 * the iovec points to. Loop thread only.
 */
final class SendSlots {

  private static final int NAME_OFFSET = MessageHeader.bytes(1);

  /** Header and name, and the next header aligned again. */
  private static final int STRIDE = (NAME_OFFSET + DatagramAddress.MAX_BYTES + 15) & -16;

  private final BufferSlice memory;
  private final MemorySegment[] messages;
  private final BufferSlice[] slices;
  private final int[] lengths;
  private final int[] nameLengths;
  private final CompletableFuture<Void>[] futures;
  private final int[] free;
  private int freeCount;

  /**
   * Takes over one reference of {@code memory}, of {@link #bytes} bytes.
   *
   * @param count number of slots
   */
  @SuppressWarnings("unchecked")
  SendSlots(BufferSlice memory, int count) {
    this.memory = memory;
    messages = new MemorySegment[count];
    slices = new BufferSlice[count];
    lengths = new int[count];
    nameLengths = new int[count];
    futures = (CompletableFuture<Void>[]) new CompletableFuture<?>[count];
    free = new int[count];
    freeCount = count;
    for (int slot = 0; slot < count; slot++) {
      messages[slot] = memory.segment().asSlice((long) slot * STRIDE, STRIDE);
      MessageHeader.set(messages[slot], 1);
      free[slot] = count - 1 - slot;
    }
  }

  static int bytes(int count) {
    return count * STRIDE;
  }

  boolean hasFree() {
    return freeCount > 0;
  }

  int busy() {
    return free.length - freeCount;
  }

  /** Moves the oldest datagram of {@code queue} into a free slot: its number. */
  int take(DatagramQueue queue) {
    BufferSlice slice = queue.slice();
    int slot = free[--freeCount];
    MemorySegment message = messages[slot];
    slices[slot] = slice;
    lengths[slot] = queue.lengthBytes();
    futures[slot] = queue.future();
    nameLengths[slot] = queue.copyDestination(message, NAME_OFFSET);
    long data = slice.segment().address() + queue.offset();
    MessageHeader.setSegment(message, 0, data, lengths[slot]);
    // The kernel looks at an address of length 0 too, unless there is none (sendmsg(2): EINVAL).
    long name = nameLengths[slot] == 0 ? 0 : message.address() + NAME_OFFSET;
    MessageHeader.setName(message, name, nameLengths[slot]);
    queue.remove();
    return slot;
  }

  /** The memory, its window on the msghdr of {@code slot}: what an operation is given. */
  BufferSlice message(int slot) {
    return memory.range(slot * STRIDE, STRIDE);
  }

  int lengthBytes(int slot) {
    return lengths[slot];
  }

  CompletableFuture<Void> future(int slot) {
    return futures[slot];
  }

  void destination(int slot, DatagramAddress target) {
    target.set(messages[slot], NAME_OFFSET, nameLengths[slot]);
  }

  /** The kernel is done with the slot: it is free, and the slice no longer pinned. */
  void release(int slot) {
    BufferSlice slice = slices[slot];
    forget(slot);
    slice.unpin();
  }

  /** The kernel may not be done with the slot, ever: the slice is kept. */
  void forget(int slot) {
    slices[slot] = null;
    futures[slot] = null;
    free[freeCount++] = slot;
  }

  /** No slot is busy any more; what the kernel may still use, its operation holds. */
  void close() {
    assert freeCount == free.length : busy() + " sends in flight";
    memory.release();
  }
}
