package millrace.proactor.buffer;

import java.lang.foreign.MemorySegment;

/**
 * One slab of a {@link BufferPool}, cut into buffers of one size. When none of them is out it can
 * be cut anew for another size. Loop thread only.
 */
final class Slab {

  /** Links of the pool's list of slabs that have free buffers of one size class. */
  Slab next;

  Slab previous;

  private final MemorySegment memory;
  private final int index;
  private final BufferOwner owner;
  private BufferSlice free;
  private int sizeClass;
  private int out;

  Slab(MemorySegment memory, int index, BufferOwner owner) {
    this.memory = memory;
    this.index = index;
    this.owner = owner;
  }

  /** Replaces all buffers. Whoever still refers to an old one finds it released for ever. */
  void cut(int newSizeClass, int bufferBytes) {
    assert out == 0 : out + " buffers are out";
    sizeClass = newSizeClass;
    free = null;
    for (long at = memory.byteSize() - bufferBytes; at >= 0; at -= bufferBytes) {
      BufferSlice slice = new BufferSlice(memory.asSlice(at, bufferBytes), owner, index, 0);
      slice.nextFree = free;
      free = slice;
    }
  }

  BufferSlice take() {
    BufferSlice slice = free;
    free = slice.nextFree;
    slice.nextFree = null;
    out++;
    return slice;
  }

  void takeBack(BufferSlice slice) {
    slice.nextFree = free;
    free = slice;
    out--;
  }

  boolean hasFree() {
    return free != null;
  }

  boolean isIdle() {
    return out == 0;
  }

  int sizeClass() {
    return sizeClass;
  }
}
