package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bytes on their way, first in, first out; grows when it must. */
final class ByteQueue {

  private byte[] bytes = new byte[256];
  private int head;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void clear() {
    head = 0;
    size = 0;
  }

  void add(MemorySegment source, int count) {
    reserve(count);
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, bytes, head + size, count);
    size += count;
  }

  void add(byte[] source, int offset, int count) {
    reserve(count);
    System.arraycopy(source, offset, bytes, head + size, count);
    size += count;
  }

  void remove(MemorySegment target, int count) {
    MemorySegment.copy(bytes, head, target, ValueLayout.JAVA_BYTE, 0, count);
    skip(count);
  }

  byte[] remove(int count) {
    byte[] removed = new byte[count];
    System.arraycopy(bytes, head, removed, 0, count);
    skip(count);
    return removed;
  }

  void moveTo(ByteQueue target, int count) {
    target.add(bytes, head, count);
    skip(count);
  }

  private void skip(int count) {
    assert count <= size : "skips " + count + " of " + size;
    head += count;
    size -= count;
    if (size == 0) {
      head = 0;
    }
  }

  private void reserve(int count) {
    if (head + size + count <= bytes.length) {
      return;
    }
    byte[] target = size + count <= bytes.length ? bytes : new byte[(size + count) * 2];
    System.arraycopy(bytes, head, target, 0, size);
    bytes = target;
    head = 0;
  }
}
