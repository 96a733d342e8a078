package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory shared with the kernel, mapped into an arena whose close unmaps it.
 *
 * <p>A forked child does not get these mappings: with them it would submit on behalf of its parent,
 * and copy-on-write would tear memory away from the kernel that has it pinned.
 */
final class SharedMapping {
  private SharedMapping() {}

  /** Maps a region of an io_uring. */
  static MemorySegment ofRing(int descriptor, long offset, long bytes, Arena arena)
      throws UringException {
    return adopt(Libc.mmapShared(descriptor, bytes, offset), bytes, arena);
  }

  /** Maps zeroed, page-aligned memory of at least so many bytes. */
  static MemorySegment anonymous(long leastBytes, Arena arena) throws UringException {
    long pageBytes = Libc.pageSize();
    long bytes = (leastBytes + pageBytes - 1) / pageBytes * pageBytes;
    return adopt(Libc.mmapAnonymous(bytes), bytes, arena);
  }

  private static MemorySegment adopt(long address, long bytes, Arena arena) throws UringException {
    if (Errno.isError(address)) {
      throw new UringException("mmap", (int) -address, bytes + " bytes", null);
    }
    MemorySegment segment =
        MemorySegment.ofAddress(address)
            .reinterpret(bytes, arena, mapped -> Libc.munmap(mapped.address(), bytes));
    int result = Libc.madviseDontFork(address, bytes);
    if (result < 0) {
      throw new UringException("madvise(MADV_DONTFORK)", -result, bytes + " bytes", null);
    }
    return segment;
  }
}
