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
 * keep it and {@link #release()} exactly once per reference.
 *
 * <p><b>Pins</b> are what the runtime has of a slice instead of references: for an operation until
 * its terminal completion, for what is queued to be sent, for what is lent to a handler. The memory
 * goes back when there are neither references nor pins. So releasing a slice while an operation is
 * under way is safe, and writing into it is not; and one who releases too often cannot take memory
 * away from the kernel: {@code release} finds no reference, and throws.
 *
 * <p><b>Threading.</b> References and pins may be changed from any thread. The window and the
 * content belong to the owner of the slice and are not synchronised; hand a slice to another thread
 * through a queue that gives happens-before, such as {@code Proactor.execute}.
 *
 * <p>Using a slice after its last release throws {@link IllegalStateException} from {@code retain}
 * and {@code release}; reads and writes are checked by assertions.
 */
public final class BufferSlice {

  private static final long REFERENCE = 1;
  private static final long PIN = 1L << Integer.SIZE;

  /** Bits of the state that count references, that count pins, and both. */
  private static final long REFERENCES = PIN - 1;

  private static final long PINS = -PIN;
  private static final long ANY = -1;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(BufferSlice.class, "state", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MemorySegment memory;
  private final BufferOwner owner;
  private final int bufferId;
  private int offset;
  private int length;

  /** References and pins, in one word, as the memory goes back when there is none of both. */
  private volatile long state;

  /** Link of the owner's free or return stack; only the owner touches it. */
  BufferSlice nextFree;

  BufferSlice(MemorySegment memory, BufferOwner owner, int bufferId, int initialReferences) {
    this.memory = memory;
    this.owner = owner;
    this.bufferId = bufferId;
    this.state = initialReferences * REFERENCE;
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
    assert state != 0 : "slice used after release";
    return memory;
  }

  /** {@link #segment()} for the owner, who also handles slices without references. */
  MemorySegment segment0() {
    return memory;
  }

  /** {@return the native address of the first byte of the window} */
  public long address() {
    assert state != 0 : "slice used after release";
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
    assert state != 0 : "slice used after release";
    return memory.get(ValueLayout.JAVA_BYTE, offset + (long) Objects.checkIndex(index, length));
  }

  /**
   * Sets the byte at {@code index} of the window.
   *
   * @param index from the start of the window
   * @param value the new value
   */
  public void put(int index, byte value) {
    assert state != 0 : "slice used after release";
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
    assert state != 0 : "slice used after release";
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
    assert state != 0 : "slice used after release";
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
    assert state != 0 : "slice used after release";
    return memory.asSlice(offset, length).asByteBuffer();
  }

  /**
   * Adds a reference; any thread.
   *
   * @return this slice
   * @throws IllegalStateException if the last reference was released already, and nothing pins it
   */
  public BufferSlice retain() {
    change(REFERENCE, ANY, "retain");
    return this;
  }

  /**
   * Gives up one reference; the last one returns the memory to its owner, unless it is pinned. Any
   * thread.
   *
   * @throws IllegalStateException if there is no reference left to give up
   */
  public void release() {
    change(-REFERENCE, REFERENCES, "release");
  }

  /**
   * Adds a pin: whatever becomes of the references, the memory gets no other owner until it is
   * taken out. For the runtime; any thread.
   *
   * @return this slice
   * @throws IllegalStateException if the last reference was released already, and nothing pins it
   */
  public BufferSlice pin() {
    change(PIN, ANY, "use");
    return this;
  }

  /**
   * Makes a pin of a reference, for whoever takes one over. For the runtime; any thread.
   *
   * @return this slice
   * @throws IllegalStateException if there is no reference left to take over
   */
  public BufferSlice pinReference() {
    change(PIN - REFERENCE, REFERENCES, "use");
    return this;
  }

  /**
   * Takes out one pin, by whoever has set it; the last one returns the memory to its owner, unless
   * there are references. For the runtime; any thread.
   *
   * @throws IllegalStateException if there is no pin
   */
  public void unpin() {
    change(-PIN, PINS, "unpin");
  }

  /**
   * Never changes a slice without references and pins: by then the memory may be its next owner's.
   *
   * @param required of these bits one must be set
   */
  private void change(long change, long required, String operation) {
    long before;
    do {
      before = state;
      if ((before & required) == 0) {
        throw misused(before, operation);
      }
    } while (!STATE.compareAndSet(this, before, before + change));
    if (before + change == 0) {
      owner.returned(this);
    }
  }

  private static IllegalStateException misused(long state, String operation) {
    return new IllegalStateException(
        state == 0
            ? operation + " of a released slice"
            : operation
                + " of a slice without a reference: it was lent or given away; retain() what is"
                + " lent before it is sent, kept or released");
  }

  /** Back in use, with one reference and the window {@code [0, newLength)}. Owner only. */
  BufferSlice renew(int newLength) {
    return renew(REFERENCE, newLength);
  }

  /** As {@link #renew}, with one pin and no reference: to be lent. */
  BufferSlice renewPinned(int newLength) {
    return renew(PIN, newLength);
  }

  private BufferSlice renew(long newState, int newLength) {
    assert state == 0 : "renewed while in use: " + this;
    state = newState;
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
        + (state & REFERENCES)
        + ", pins="
        + (state & PINS) / PIN
        + "]";
  }
}
