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

  private KernelMemory() {}

  static MemorySegment at(long address, long lengthBytes) {
    return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
  }

  /** A string and its NUL. */
  static MemorySegment string(long address) {
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE);
    long end = 0;
    while (memory.get(ValueLayout.JAVA_BYTE, end) != 0) {
      end++;
    }
    return at(address, end + 1);
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
    long size = memory.byteSize();
    long hash = size;
    long at = 0;
    // Four at a time, as each multiplication of one chain waits for the one before.
    long second = 2;
    long third = 3;
    long fourth = 4;
    for (; at + 4 * Long.BYTES <= size; at += 4 * Long.BYTES) {
      hash = mix(hash, word(memory, at));
      second = mix(second, word(memory, at + Long.BYTES));
      third = mix(third, word(memory, at + 2 * Long.BYTES));
      fourth = mix(fourth, word(memory, at + 3 * Long.BYTES));
    }
    hash = mix(mix(mix(hash, second), third), fourth);
    for (; at + Long.BYTES <= size; at += Long.BYTES) {
      hash = mix(hash, word(memory, at));
    }
    for (; at < size; at++) {
      hash = mix(hash, memory.get(ValueLayout.JAVA_BYTE, at));
    }
    return hash;
  }

  private static long word(MemorySegment memory, long at) {
    return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }

  static long mix(long hash, long value) {
    long mixed = (hash ^ value) * MULTIPLIER;
    return mixed ^ (mixed >>> 29);
  }
}
