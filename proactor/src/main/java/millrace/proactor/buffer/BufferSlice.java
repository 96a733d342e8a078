package millrace.proactor.buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A reference-counted piece of native memory with a window {@code [offset, offset + length)}.
 *
 * <p><b>Ownership.</b> A slice is born with one reference, which belongs to whoever got it. Methods
 * that take ownership say so in their first sentence; everybody else calls {@link #retain()} to
 * keep it and {@link #release()} exactly once per reference. Memory handed to the kernel is
 * retained by the operation until its terminal completion, so releasing a slice while an operation
 * is under way is safe, and writing into it is not.
 *
 * <p><b>Threading.</b> {@code retain} and {@code release} may be called from any thread. The window
 * and the content belong to the owner of the slice and are not synchronised; hand a slice to
 * another thread through a queue that gives happens-before, such as {@code Proactor.execute}.
 *
 * <p>Using a slice after its last release throws {@link IllegalStateException} from {@code retain}
 * and {@code release}; reads and writes are checked by assertions.
 */
public final class BufferSlice {

  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(BufferSlice.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MemorySegment memory;
  private final BufferOwner owner;
  private final int bufferId;
  private int offset;
  private int length;

  @SuppressWarnings("unused") // through REFERENCES
  private volatile int references;

  /** Link of the owner's free or return stack; only the owner touches it. */
  BufferSlice nextFree;

  BufferSlice(MemorySegment memory, BufferOwner owner, int bufferId, int initialReferences) {
    this.memory = memory;
    this.owner = owner;
    this.bufferId = bufferId;
    this.references = initialReferences;
    this.length = (int) memory.byteSize();
  }

  /**
   * Memory outside every pool, freed by the garbage collector when the last reference to this
   * object, the kernel's included, is gone. For start-up, tests and rare large buffers; any thread.
   *
   * @param capacityBytes size in bytes, at least 1
   * @return a slice with one reference and the window {@code [0, capacity)}
   */
  public static BufferSlice unpooled(int capacityBytes) {
    if (capacityBytes < 1) {
      throw new IllegalArgumentException("capacityBytes: " + capacityBytes + ", must be >= 1");
    }
    // An automatic arena cannot be closed under the kernel: the operation's slot holds this slice.
    MemorySegment memory = Arena.ofAuto().allocate(capacityBytes, 64);
    return new BufferSlice(memory, slice -> {}, 0, 1);
  }

  /**
   * An {@linkplain #unpooled unpooled} slice that holds a copy of {@code bytes}; any thread.
   *
   * @param bytes size of each, in bytes
   * @return the copy, with one reference
   */
  public static BufferSlice copyOf(byte[] bytes) {
    BufferSlice slice = unpooled(Math.max(1, bytes.length));
    slice.copyFrom(bytes, 0, 0, bytes.length);
    return slice.range(0, bytes.length);
  }

  /** {@return the whole memory {@code [0, capacity)}, whatever the window is} */
  public MemorySegment segment() {
    assert references > 0 : "slice used after release";
    return memory;
  }

  /** {@link #segment()} for the owner, who also handles slices without references. */
  MemorySegment segment0() {
    return memory;
  }

  /** {@return the native address of the first byte of the window} */
  public long address() {
    assert references > 0 : "slice used after release";
    return memory.address() + offset;
  }

  /** {@return start of the window, in bytes from the start of the memory} */
  public int offset() {
    return offset;
  }

  /** {@return length of the window in bytes} */
  public int length() {
    return length;
  }

  /** {@return size of the whole memory in bytes} */
  public int capacity() {
    return (int) memory.byteSize();
  }

  /** The number of this buffer in its provided buffer ring or slab. */
  int bufferId() {
    return bufferId;
  }

  BufferOwner owner() {
    return owner;
  }

  /**
   * Sets the window.
   *
   * @param newOffset start, in bytes from the start of the memory
   * @param newLength length in bytes
   * @return this slice
   * @throws IndexOutOfBoundsException if the window leaves the memory
   */
  public BufferSlice range(int newOffset, int newLength) {
    Objects.checkFromIndexSize(newOffset, newLength, capacity());
    offset = newOffset;
    length = newLength;
    return this;
  }

  /**
   * The byte at {@code index} of the window.
   *
   * @param index from the start of the window
   * @return the byte
   */
  public byte get(int index) {
    assert references > 0 : "slice used after release";
    return memory.get(ValueLayout.JAVA_BYTE, offset + (long) Objects.checkIndex(index, length));
  }

  /**
   * Sets the byte at {@code index} of the window.
   *
   * @param index from the start of the window
   * @param value the new value
   */
  public void put(int index, byte value) {
    assert references > 0 : "slice used after release";
    memory.set(ValueLayout.JAVA_BYTE, offset + (long) Objects.checkIndex(index, length), value);
  }

  /**
   * Copies {@code lengthBytes} bytes of the window, from {@code index}, into {@code target}.
   *
   * @param target receives the bytes
   * @param targetOffset where in {@code target}
   * @param index from the start of the window
   * @param lengthBytes in bytes
   */
  public void copyTo(byte[] target, int targetOffset, int index, int lengthBytes) {
    assert references > 0 : "slice used after release";
    Objects.checkFromIndexSize(index, lengthBytes, length);
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, offset + (long) index, target, targetOffset, lengthBytes);
  }

  /**
   * Copies {@code lengthBytes} bytes of {@code source} into the window, from {@code index}.
   *
   * @param source gives the bytes
   * @param sourceOffset where in {@code source}
   * @param index from the start of the window
   * @param lengthBytes in bytes
   */
  public void copyFrom(byte[] source, int sourceOffset, int index, int lengthBytes) {
    assert references > 0 : "slice used after release";
    Objects.checkFromIndexSize(index, lengthBytes, length);
    MemorySegment.copy(
        source, sourceOffset, memory, ValueLayout.JAVA_BYTE, offset + (long) index, lengthBytes);
  }

  /**
   * Copies the window of {@code source} to the start of this memory and sets the window to it.
   *
   * @param source gives the bytes
   */
  public void copyWindow(BufferSlice source) {
    range(0, source.length);
    MemorySegment.copy(source.segment(), source.offset, segment(), 0, source.length);
  }

  /** {@return A copy of the window; allocates} */
  public byte[] toByteArray() {
    byte[] bytes = new byte[length];
    copyTo(bytes, 0, 0, length);
    return bytes;
  }

  /** {@return A view of the window, valid while a reference is held; allocates} */
  public ByteBuffer asByteBuffer() {
    assert references > 0 : "slice used after release";
    return memory.asSlice(offset, length).asByteBuffer();
  }

  /**
   * Adds a reference; any thread.
   *
   * @return this slice
   * @throws IllegalStateException if the last reference was released already
   */
  public BufferSlice retain() {
    changeReferences(1, "retain");
    return this;
  }

  /**
   * Fails if the last reference was released already: for whoever takes over a reference and uses
   * it later, to find a slice that was released too often before its memory is used. Any thread.
   *
   * @throws IllegalStateException if there is no reference left
   */
  public void checkReferenced() {
    if (references == 0) {
      throw new IllegalStateException("use of a released slice");
    }
  }

  /**
   * Gives up one reference; the last one returns the memory to its owner. Any thread.
   *
   * @throws IllegalStateException if there is no reference left to give up
   */
  public void release() {
    if (changeReferences(-1, "release") == 0) {
      owner.returned(this);
    }
  }

  /** Never changes a count of 0: by then the memory may be its next owner's, who has his own. */
  private int changeReferences(int change, String operation) {
    int before;
    do {
      before = references;
      if (before == 0) {
        throw new IllegalStateException(operation + " of a released slice");
      }
    } while (!REFERENCES.compareAndSet(this, before, before + change));
    return before + change;
  }

  /** Back in use, with one reference and the window {@code [0, newLength)}. Owner only. */
  BufferSlice renew(int newLength) {
    assert references == 0 : "renewed while in use: " + references;
    references = 1;
    offset = 0;
    length = newLength;
    return this;
  }

  @Override
  public String toString() {
    return "BufferSlice[offset="
        + offset
        + ", length="
        + length
        + ", capacity="
        + capacity()
        + ", references="
        + references
        + "]";
  }
}
