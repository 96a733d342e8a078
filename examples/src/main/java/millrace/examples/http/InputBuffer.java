package millrace.examples.http;

import millrace.proactor.buffer.BufferSlice;

/**
 * The bytes a connection has received and not yet read, copied out of the loop's receive buffers:
 * those are shared by all connections, and a slow one must not keep them. Whoever appends sees to
 * it that it stays small.
 */
final class InputBuffer {
  private static final int RETAINED_BYTES = 4096;
  private static final byte[] EMPTY = {};

  private byte[] bytes = EMPTY;
  private int from;
  private int to;

  void append(BufferSlice data) {
    int length = data.length();
    reserve(length);
    data.copyTo(bytes, to, 0, length);
    to += length;
  }

  private void reserve(int count) {
    int size = size();
    if (bytes.length - to >= count) {
      return;
    }
    byte[] target = bytes;
    if (bytes.length - size < count) {
      target = new byte[Math.max(size + count, Math.max(512, 2 * bytes.length))];
    }
    System.arraycopy(bytes, from, target, 0, size);
    bytes = target;
    from = 0;
    to = size;
  }

  boolean isEmpty() {
    return from == to;
  }

  int size() {
    return to - from;
  }

  /** The array with the bytes; valid until the next {@code append}. */
  byte[] bytes() {
    return bytes;
  }

  /** Index of the first unread byte. */
  int from() {
    return from;
  }

  /** Index behind the last unread byte. */
  int to() {
    return to;
  }

  void skip(int count) {
    assert count >= 0 && count <= size() : count + " of " + size();
    from += count;
    if (from == to) {
      from = 0;
      to = 0;
      if (bytes.length > RETAINED_BYTES) {
        bytes = EMPTY;
      }
    }
  }

  void clear() {
    bytes = EMPTY;
    from = 0;
    to = 0;
  }
}
