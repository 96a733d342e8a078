package millrace.proactor.engine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import millrace.proactor.buffer.BufferSlice;

/**
 * The bytes that wait to be sent: slices with their windows as they were when written, in a ring of
 * arrays that is allocated at the first write and grows when it must. A copy at the tail takes in
 * further bytes, so that many small writes do not hold a buffer each. Loop thread only.
 */
final class WriteQueue {

  private static final int INITIAL = 8;

  private BufferSlice[] slices;
  private int[] offsets;
  private int[] lengths;
  private int head;
  private int size;
  private long bytes;

  /** The slice at the tail, if it is a copy of this queue's own; else null. */
  private BufferSlice tailCopy;

  /** Takes over one pin of {@code slice}. */
  void add(BufferSlice slice, int offset, int lengthBytes) {
    if (slices == null) {
      slices = new BufferSlice[INITIAL];
      offsets = new int[INITIAL];
      lengths = new int[INITIAL];
    } else if (size == slices.length) {
      grow();
    }
    int at = (head + size) & (slices.length - 1);
    slices[at] = slice;
    offsets[at] = offset;
    lengths[at] = lengthBytes;
    size++;
    bytes += lengthBytes;
    tailCopy = null;
  }

  /** As {@link #add}, of a slice that nobody else has: {@link #pack} may fill the rest of it. */
  void addCopy(BufferSlice copy) {
    add(copy, copy.offset(), copy.length());
    tailCopy = copy;
  }

  /**
   * Copies the window of {@code slice} behind the bytes of a copy at the tail; a send that is under
   * way reads only what was there when it began.
   *
   * @return false when there is none, or it has not so much room
   */
  boolean pack(BufferSlice slice) {
    if (tailCopy == null) {
      return false;
    }
    int tail = at(size - 1);
    int end = offsets[tail] + lengths[tail];
    int length = slice.length();
    if (tailCopy.capacity() - end < length) {
      return false;
    }
    MemorySegment.copy(slice.segment(), slice.offset(), tailCopy.segment(), end, length);
    lengths[tail] += length;
    bytes += length;
    return true;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long bytes() {
    return bytes;
  }

  BufferSlice slice(int index) {
    return slices[at(index)];
  }

  int offset(int index) {
    return offsets[at(index)];
  }

  int length(int index) {
    return lengths[at(index)];
  }

  /** The oldest {@code sentBytes} bytes are sent: releases what is sent whole. */
  void consume(int sentBytes) {
    assert sentBytes <= bytes : "sent " + sentBytes + " of " + bytes;
    bytes -= sentBytes;
    int left = sentBytes;
    while (left > 0) {
      int length = lengths[head];
      if (left < length) {
        offsets[head] += left;
        lengths[head] -= left;
        return;
      }
      left -= length;
      removeHead();
    }
  }

  /** Releases everything. The kernel must not be reading from it. */
  void clear() {
    while (size > 0) {
      removeHead();
    }
    bytes = 0;
  }

  private void removeHead() {
    BufferSlice slice = slices[head];
    slices[head] = null;
    if (slice == tailCopy) {
      tailCopy = null;
    }
    head = (head + 1) & (slices.length - 1);
    size--;
    slice.unpin();
  }

  private int at(int index) {
    assert index < size : "index " + index + " of " + size;
    return (head + index) & (slices.length - 1);
  }

  private void grow() {
    int capacity = slices.length;
    BufferSlice[] newSlices = new BufferSlice[capacity * 2];
    int[] newOffsets = new int[capacity * 2];
    int[] newLengths = new int[capacity * 2];
    for (int index = 0; index < size; index++) {
      newSlices[index] = slices[at(index)];
      newOffsets[index] = offsets[at(index)];
      newLengths[index] = lengths[at(index)];
    }
    Arrays.fill(slices, null);
    slices = newSlices;
    offsets = newOffsets;
    lengths = newLengths;
    head = 0;
  }
}
