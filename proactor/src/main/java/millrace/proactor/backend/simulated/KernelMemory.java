package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory by address, as a kernel sees it; and poison for what nobody may look at. Reinterpreting an
 * address needs {@code --enable-native-access=millrace.proactor}.
 */
final class KernelMemory {

  private static final byte POISON = (byte) 0xA5;
  private static final long POISON_WORD = 0xA5A5_A5A5_A5A5_A5A5L;
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;
  private static final int IOVEC_BYTES = 16;
  private static final int MSGHDR_IOV_OFFSET = 16;
  private static final int MSGHDR_IOVLEN_OFFSET = 24;

  private KernelMemory() {}

  static MemorySegment at(long address, long lengthBytes) {
    return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
  }

  static void poison(MemorySegment memory) {
    memory.fill(POISON);
  }

  static boolean isPoisoned(MemorySegment memory) {
    long at = 0;
    for (; at + Long.BYTES <= memory.byteSize(); at += Long.BYTES) {
      if (memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != POISON_WORD) {
        return false;
      }
    }
    while (at < memory.byteSize() && memory.get(ValueLayout.JAVA_BYTE, at) == POISON) {
      at++;
    }
    return at == memory.byteSize();
  }

  /** A number that another content is most unlikely to have. */
  static long fingerprint(MemorySegment memory) {
    long hash = memory.byteSize();
    long at = 0;
    for (; at + Long.BYTES <= memory.byteSize(); at += Long.BYTES) {
      hash = mix(hash, memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
    }
    for (; at < memory.byteSize(); at++) {
      hash = mix(hash, memory.get(ValueLayout.JAVA_BYTE, at));
    }
    return hash;
  }

  static long mix(long hash, long value) {
    long mixed = (hash ^ value) * MULTIPLIER;
    return mixed ^ (mixed >>> 29);
  }

  /** The pieces of a struct msghdr, sendmsg(2). */
  static MemorySegment[] pieces(long messageAddress) {
    MemorySegment header = at(messageAddress, MSGHDR_IOVLEN_OFFSET + Long.BYTES);
    long vector = header.get(ValueLayout.JAVA_LONG_UNALIGNED, MSGHDR_IOV_OFFSET);
    int count = (int) header.get(ValueLayout.JAVA_LONG_UNALIGNED, MSGHDR_IOVLEN_OFFSET);
    MemorySegment entries = at(vector, (long) count * IOVEC_BYTES);
    MemorySegment[] pieces = new MemorySegment[count + 1];
    for (int index = 0; index < count; index++) {
      long base = entries.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * IOVEC_BYTES);
      long length = entries.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * IOVEC_BYTES + 8);
      pieces[index] = at(base, length);
    }
    // The header is the kernel's too, and stands behind the data it describes.
    pieces[count] = at(messageAddress, vector + (long) count * IOVEC_BYTES - messageAddress);
    return pieces;
  }
}
