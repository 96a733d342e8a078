package millrace.uring;

import java.lang.foreign.MemorySegment;

/** All memory, by address: for structs that are known by nothing else. Unchecked, as in C. */
final class NativeMemory {

  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}
}
