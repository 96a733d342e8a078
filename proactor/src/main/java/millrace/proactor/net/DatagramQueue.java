package millrace.proactor.net;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.buffer.BufferSlice;

/**
 * The datagrams that wait to be sent: slices with their windows as they were, and where they go, in
 * a ring of arrays that grows when it must and is kept. Loop thread only.
 */
final class DatagramQueue {

  private static final int INITIAL = 16;
  private static final int STRIDE = DatagramAddress.MAX_BYTES;

  private BufferSlice[] slices = new BufferSlice[INITIAL];
  private int[] offsets = new int[INITIAL];
  private int[] lengths = new int[INITIAL];
  private byte[] addresses = new byte[INITIAL * STRIDE];
  private int[] addressLengths = new int[INITIAL];
  private CompletableFuture<Void>[] futures = futures(INITIAL);
  private int head;
  private int size;

  @SuppressWarnings("unchecked")
  private static CompletableFuture<Void>[] futures(int length) {
    return (CompletableFuture<Void>[]) new CompletableFuture<?>[length];
  }

  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Takes over one pin of {@code slice}.
   *
   * @param destination empty or null for the peer of a connected socket
   * @param future completed by whoever takes the datagram out; may be null
   */
  void add(BufferSlice slice, DatagramAddress destination, CompletableFuture<Void> future) {
    if (size == slices.length) {
      grow();
    }
    int at = (head + size) & (slices.length - 1);
    slices[at] = slice;
    offsets[at] = slice.offset();
    lengths[at] = slice.length();
    futures[at] = future;
    addressLengths[at] = destination == null ? 0 : destination.lengthBytes();
    if (destination != null) {
      destination.copyTo(addresses, at * STRIDE);
    }
    size++;
  }

  /** The oldest one's. */
  BufferSlice slice() {
    assert size > 0;
    return slices[head];
  }

  int offset() {
    return offsets[head];
  }

  int lengthBytes() {
    return lengths[head];
  }

  CompletableFuture<Void> future() {
    return futures[head];
  }

  void destination(DatagramAddress target) {
    target.set(addresses, head * STRIDE, addressLengths[head]);
  }

  /** Copies the oldest one's destination to {@code target}: its length in bytes. */
  int copyDestination(MemorySegment target, long offset) {
    int length = addressLengths[head];
    MemorySegment.copy(addresses, head * STRIDE, target, ValueLayout.JAVA_BYTE, offset, length);
    return length;
  }

  /** Forgets the oldest one, whose pin is the caller's now. */
  void remove() {
    assert size > 0;
    slices[head] = null;
    futures[head] = null;
    head = (head + 1) & (slices.length - 1);
    size--;
  }

  private void grow() {
    int capacity = slices.length;
    BufferSlice[] newSlices = new BufferSlice[capacity * 2];
    CompletableFuture<Void>[] newFutures = futures(capacity * 2);
    int tail = capacity - head;
    System.arraycopy(slices, head, newSlices, 0, tail);
    System.arraycopy(slices, 0, newSlices, tail, head);
    System.arraycopy(futures, head, newFutures, 0, tail);
    System.arraycopy(futures, 0, newFutures, tail, head);
    slices = newSlices;
    futures = newFutures;
    offsets = unrolled(offsets);
    lengths = unrolled(lengths);
    addressLengths = unrolled(addressLengths);
    byte[] newAddresses = new byte[2 * capacity * STRIDE];
    System.arraycopy(addresses, head * STRIDE, newAddresses, 0, tail * STRIDE);
    System.arraycopy(addresses, 0, newAddresses, tail * STRIDE, head * STRIDE);
    addresses = newAddresses;
    head = 0;
  }

  private int[] unrolled(int[] ring) {
    int[] larger = new int[ring.length * 2];
    System.arraycopy(ring, head, larger, 0, ring.length - head);
    System.arraycopy(ring, 0, larger, ring.length - head, head);
    return larger;
  }
}
