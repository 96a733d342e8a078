package millrace.uring;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_buf;
import millrace.uring.abi.io_uring_buf_reg;
import millrace.uring.abi.io_uring_buf_ring;
import millrace.uring.abi.io_uring_buf_status;

/**
 * A group of buffers from which the kernel picks one when data is there, instead of a buffer for
 * each operation that waits (IORING_REGISTER_PBUF_RING, 5.19).
 *
 * <p>{@link #add} prepares buffers and {@link #publish} hands all prepared ones over. A buffer
 * belongs to the kernel from then on until a completion with {@link CqeFlags#F_BUFFER} names its
 * id. An operation that finds the group empty ends with ENOBUFS. Whoever adds keeps count: there
 * must never be more buffers in the kernel's hands than {@link #entries}.
 *
 * <p>Owner thread only. {@code add} and {@code publish} allocate nothing. The memory of this ring
 * is released by {@link #close}, after the kernel has let go of it; the buffers' memory is the
 * caller's. Sources: {@code io_uring_register(2)}, {@code io_uring_register_buf_ring(3)}, {@code
 * io_uring_provided_buffers(7)}.
 */
public final class ProvidedBufferRing implements AutoCloseable {
  /** The kernel's limit for the entries of one ring. */
  public static final int MAX_ENTRIES = 32768;

  /** The kernel allocates the memory of the ring (6.4). */
  public static final int MMAP = IoUring.IOU_PBUF_RING_MMAP();

  /**
   * Buffers are used bit by bit: a completion with {@link CqeFlags#F_BUF_MORE} has filled the next
   * part of its buffer, which stays with the kernel (6.12).
   */
  public static final int INC = IoUring.IOU_PBUF_RING_INC();

  private static final int MAX_GROUP_ID = 65535;
  private static final int MAX_BUFFER_ID = 65535;

  private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
  private static final long ENTRY_BYTES = io_uring_buf.sizeof();
  private static final long ADDRESS = io_uring_buf.addr$offset();
  private static final long LENGTH = io_uring_buf.len$offset();
  private static final long BUFFER_ID = io_uring_buf.bid$offset();

  // The tail lies over the reserved field of the first entry, which add() therefore never writes.
  private static final long TAIL = io_uring_buf_ring.tail$offset();

  private final Ring ring;
  private final int groupId;
  private final int entries;
  private final int mask;
  private final Arena arena;
  private final MemorySegment memory;
  private int tail;
  private int published;
  private boolean closed;

  private ProvidedBufferRing(
      Ring ring, int groupId, int entries, Arena arena, MemorySegment memory) {
    this.ring = ring;
    this.groupId = groupId;
    this.entries = entries;
    this.mask = entries - 1;
    this.arena = arena;
    this.memory = memory;
  }

  /**
   * Allocates a ring without buffers and registers it.
   *
   * @param ring the ring whose operations use the group; by its owner, or by any thread before it
   *     is enabled
   * @param groupId the number of the group, 0 to 65535, as in {@link Sqe#bufferSelect}
   * @param entries a power of two, 1 to {@value #MAX_ENTRIES}
   * @return the group; the caller must close it
   * @throws UringException EEXIST when the group id is taken, EINVAL before Linux 5.19, ENOMEM
   */
  public static ProvidedBufferRing register(Ring ring, int groupId, int entries)
      throws UringException {
    return register(ring, groupId, entries, 0, 0);
  }

  /**
   * Allocates a ring without buffers and registers it.
   *
   * @param ring the ring whose operations use the group; by its owner, or by any thread before it
   *     is enabled
   * @param groupId the number of the group, 0 to 65535, as in {@link Sqe#bufferSelect}
   * @param entries a power of two, 1 to {@value #MAX_ENTRIES}
   * @param flags {@link #MMAP}, {@link #INC}, both or 0
   * @param minLeftBytes with {@link #INC}, a buffer is given up when less than this is left of it;
   *     0 to use it to its end; another number needs a kernel newer than 7.0
   * @return the group; the caller must close it
   * @throws UringException EEXIST when the group id is taken, EINVAL before the kernels named here
   *     and at the flags, ENOMEM
   */
  @SuppressWarnings("MustBeClosedChecker") // The arena is closed with what this returns.
  public static ProvidedBufferRing register(
      Ring ring, int groupId, int entries, int flags, int minLeftBytes) throws UringException {
    Arguments.inRange("groupId", groupId, 0, MAX_GROUP_ID);
    Arguments.inRange("entries", entries, 1, MAX_ENTRIES);
    Arguments.inRange("flags", flags, 0, MMAP | INC);
    Arguments.notNegative("minLeftBytes", minLeftBytes);
    if (Integer.bitCount(entries) != 1) {
      throw new IllegalArgumentException(
          "entries " + entries + " is not a power of two in 1.." + MAX_ENTRIES);
    }
    Arena arena = Arena.ofShared();
    try {
      long bytes = entries * ENTRY_BYTES;
      MemorySegment own = (flags & MMAP) == 0 ? SharedMapping.anonymous(bytes, arena) : null;
      long address = own == null ? 0 : own.address();
      int opcode = IoUring.IORING_REGISTER_PBUF_RING();
      int result = registration(ring, opcode, groupId, entries, flags, minLeftBytes, address);
      if (result < 0) {
        throw new UringException(
            "io_uring_register(PBUF_RING)",
            -result,
            "group " + groupId,
            hint(-result, flags, minLeftBytes));
      }
      MemorySegment memory = own != null ? own : mapOfKernel(ring, groupId, bytes, arena);
      return new ProvidedBufferRing(ring, groupId, entries, arena, memory);
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
  }

  private static MemorySegment mapOfKernel(Ring ring, int groupId, long bytes, Arena arena)
      throws UringException {
    long offset =
        IoUring.IORING_OFF_PBUF_RING() | ((long) groupId << IoUring.IORING_OFF_PBUF_SHIFT());
    try {
      return SharedMapping.ofRing(ring.fd(), offset, bytes, arena);
    } catch (Throwable e) {
      unregister(ring, groupId);
      throw e;
    }
  }

  /**
   * Prepares a buffer for the kernel, which does not see it before {@link #publish}.
   *
   * @param address where it is
   * @param lengthBytes how long it is, 0 or more
   * @param bufferId what completions call it, 0 to 65535
   * @throws IllegalStateException when this ring is closed
   */
  public void add(long address, int lengthBytes, int bufferId) {
    assert ring.isOwner() : ring.ownerViolation();
    assert tail - published < entries : "more buffers added than the ring has entries: " + entries;
    Arguments.notNegative("lengthBytes", lengthBytes);
    Arguments.inRange("bufferId", bufferId, 0, MAX_BUFFER_ID);
    long entry = (tail & mask) * ENTRY_BYTES;
    memory.set(ValueLayout.JAVA_LONG, entry + ADDRESS, address);
    memory.set(ValueLayout.JAVA_INT, entry + LENGTH, lengthBytes);
    memory.set(ValueLayout.JAVA_SHORT, entry + BUFFER_ID, (short) bufferId);
    tail++;
  }

  /**
   * Hands the prepared buffers to the kernel, in the order they were added.
   *
   * @throws IllegalStateException when this ring is closed
   */
  public void publish() {
    assert ring.isOwner() : ring.ownerViolation();
    // Release: the kernel reads the tail with acquire and then the entries below it.
    SHORT.setRelease(memory, TAIL, (short) tail);
    published = tail;
  }

  /**
   * Asks the kernel up to where it has used the buffers (IORING_REGISTER_PBUF_STATUS, 6.8).
   *
   * @return the head, 0 to 65535, or {@code -errno}: EINVAL before Linux 6.8
   */
  public int head() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_buf_status.layout());
      io_uring_buf_status.buf_group(argument, groupId);
      int result = ring.register(IoUring.IORING_REGISTER_PBUF_STATUS(), argument, 1);
      return result < 0 ? result : io_uring_buf_status.head(argument);
    }
  }

  /**
   * How many published buffers the kernel has not used ({@code io_uring_buf_ring_available(3)}), by
   * asking for its {@link #head}.
   *
   * @return 0 to {@link #entries}, or {@code -errno}: EINVAL before Linux 6.8
   */
  public int available() {
    int head = head();
    return head < 0 ? head : (published - head) & MAX_BUFFER_ID;
  }

  /**
   * How many buffers the ring holds at most.
   *
   * @return a power of two
   */
  public int entries() {
    return entries;
  }

  /**
   * The group's number.
   *
   * @return 0 to 65535
   */
  public int groupId() {
    return groupId;
  }

  /**
   * Takes the group from the kernel and frees the memory of this ring. Idempotent. No operation
   * that uses the group may be in flight. A group also ends with its {@link Ring}; then this only
   * frees.
   *
   * @throws UncheckedIOException when the kernel does not let go of the group; its memory is kept
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (!ring.isClosed()) {
      int result = unregister(ring, groupId);
      if (result < 0) {
        throw new UncheckedIOException(
            new UringException(
                "io_uring_register(UNREGISTER_PBUF_RING)", -result, "group " + groupId, null));
      }
    }
    closed = true;
    arena.close();
  }

  private static int unregister(Ring ring, int groupId) {
    return registration(ring, IoUring.IORING_UNREGISTER_PBUF_RING(), groupId, 0, 0, 0, 0);
  }

  private static int registration(
      Ring ring, int opcode, int groupId, int entries, int flags, int minLeft, long address) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_buf_reg.layout());
      io_uring_buf_reg.ring_addr(argument, address);
      io_uring_buf_reg.ring_entries(argument, entries);
      io_uring_buf_reg.bgid(argument, (short) groupId);
      io_uring_buf_reg.flags(argument, (short) flags);
      io_uring_buf_reg.min_left(argument, minLeft);
      return ring.register(opcode, argument, 1);
    }
  }

  private static String hint(int errno, int flags, int minLeftBytes) {
    if (errno == Errno.EEXIST) {
      return "the ring has a group of this number already, or belongs to another thread";
    } else if (errno != Errno.EINVAL) {
      return null;
    } else if (flags == 0 && minLeftBytes == 0) {
      return "provided buffer rings need Linux 5.19";
    }
    return "MMAP needs Linux 6.4, INC 6.12, minLeftBytes a kernel newer than 7.0";
  }
}
