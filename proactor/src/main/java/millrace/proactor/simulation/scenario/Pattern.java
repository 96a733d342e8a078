package millrace.proactor.simulation.scenario;

import millrace.proactor.buffer.BufferSlice;

/** Bytes of which each tells the stream and the position it belongs to. */
final class Pattern {

  private static final long STEP = 0x9E37_79B9_7F4A_7C15L;

  private final long seed;

  Pattern(long seed) {
    this.seed = seed;
  }

  byte at(long position) {
    long mixed = (position + 1) * STEP + seed * 0xD1B5_4A32_D192_ED03L;
    return (byte) ((mixed ^ (mixed >>> 31)) >>> 24);
  }

  byte[] bytes(long position, int length) {
    byte[] bytes = new byte[length];
    for (int index = 0; index < length; index++) {
      bytes[index] = at(position + index);
    }
    return bytes;
  }

  void fill(BufferSlice slice, long position) {
    slice.copyFrom(bytes(position, slice.length()), 0, 0, slice.length());
  }

  /** Where {@code bytes} differ from the pattern at {@code position}; -1 when they do not. */
  long difference(byte[] bytes, long position) {
    for (int index = 0; index < bytes.length; index++) {
      if (bytes[index] != at(position + index)) {
        return position + index;
      }
    }
    return -1;
  }
}
