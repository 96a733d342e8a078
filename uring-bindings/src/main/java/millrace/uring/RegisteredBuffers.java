package millrace.uring;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_clone_buffers;
import millrace.uring.abi.iovec;

/**
 * The table of registered buffers of a ring: memory that the kernel has pinned once, instead of for
 * each operation. Operations such as {@code readFixed} name a buffer by its index, and an address
 * inside it.
 *
 * <p><b>Ownership.</b> The memory stays the caller's and must stay mapped as long as it is
 * registered, and as long as an operation that names it is in flight. Taking a buffer out of the
 * table ({@link #update}, {@link #close}) does not wait for those: the kernel keeps the pages
 * pinned until the last has completed. Who must know gives the buffer a <em>tag</em>, another
 * number than 0: when the kernel has let go of the buffer it posts a completion with the tag as its
 * user data and all else 0.
 *
 * <p>Segments in the table are held as long as they are in it and the ring is open, so that memory
 * of an automatic arena stays alive, also when nobody else refers to it. Nobody can hold an arena
 * that is closed explicitly: memory that is unmapped too early is merely lost, as its pages stay
 * pinned, but memory that was allocated may be somebody else's when the kernel writes to it. For an
 * operation in flight on a buffer that was taken out, the memory is the caller's to keep, as for
 * any other operation.
 *
 * <p>A ring has one such table. By the owner of the ring, or by any thread before it is enabled.
 * The pages count against RLIMIT_MEMLOCK; a buffer has at most 1 GiB. Sources: {@code
 * io_uring_register_buffers(3)}, {@code io_uring_registered_buffers(7)}, {@code
 * io_uring_clone_buffers(3)}.
 */
public final class RegisteredBuffers implements AutoCloseable {
  /** The kernel's limit for the buffers of one table. */
  public static final int MAX_BUFFERS = 16384;

  private final Ring ring;
  private final ResourceTable table;

  // What keeps memory of automatic arenas alive; null where a slot is empty.
  private final MemorySegment[] segments;

  private RegisteredBuffers(Ring ring, MemorySegment[] segments) {
    this.ring = ring;
    this.segments = segments;
    this.table =
        new ResourceTable(ring, segments.length, RegisterOpcode.UNREGISTER_BUFFERS, "buffers");
    ring.hold(this);
  }

  /**
   * Registers buffers, each at the index it has here (IORING_REGISTER_BUFFERS, 5.1).
   *
   * @param ring the ring whose operations use them
   * @param buffers native, anonymous memory, 1 to {@value #MAX_BUFFERS} pieces
   * @return the table; the caller must close it
   * @throws UringException EBUSY when the ring has a table, ENOMEM, EFAULT or EOPNOTSUPP for memory
   *     that is mapped from a file or not at all
   */
  public static RegisteredBuffers register(Ring ring, MemorySegment... buffers)
      throws UringException {
    int count = Arguments.inRange("buffers", buffers.length, 1, MAX_BUFFERS);
    try (Arena scratch = Arena.ofConfined()) {
      Registration.call(
          ring,
          RegisterOpcode.REGISTER_BUFFERS,
          iovecs(buffers, scratch),
          count,
          count + " buffers");
    }
    return new RegisteredBuffers(ring, buffers.clone());
  }

  /**
   * Registers buffers with tags (IORING_REGISTER_BUFFERS2, 5.13).
   *
   * @param ring the ring whose operations use them
   * @param tags as many as buffers; 0 for a buffer without
   * @param buffers as for {@link #register}; a buffer without bytes leaves its slot empty, with the
   *     tag 0
   * @return the table; the caller must close it
   * @throws UringException like {@link #register}
   */
  public static RegisteredBuffers registerTagged(Ring ring, long[] tags, MemorySegment... buffers)
      throws UringException {
    int count = Arguments.inRange("buffers", buffers.length, 1, MAX_BUFFERS);
    ResourceTable.checkTags(tags, count);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment iovecs = iovecs(buffers, scratch);
      ResourceTable.register(
          ring, RegisterOpcode.REGISTER_BUFFERS2, count, iovecs, tags, "buffers");
    }
    return new RegisteredBuffers(ring, buffers.clone());
  }

  /**
   * Registers a table of empty slots, to be filled by {@link #update} (IORING_RSRC_REGISTER_SPARSE,
   * 5.19).
   *
   * @param ring the ring whose operations use them
   * @param count the number of slots, 1 to {@value #MAX_BUFFERS}
   * @return the table; the caller must close it
   * @throws UringException EBUSY when the ring has a table, EINVAL before Linux 5.19, ENOMEM
   */
  public static RegisteredBuffers registerSparse(Ring ring, int count) throws UringException {
    Arguments.inRange("count", count, 1, MAX_BUFFERS);
    MemorySegment empty = MemorySegment.NULL;
    ResourceTable.register(ring, RegisterOpcode.REGISTER_BUFFERS2, count, empty, null, "buffers");
    return new RegisteredBuffers(ring, new MemorySegment[count]);
  }

  /**
   * Gives a ring without a table all buffers of another ring, at the same indexes
   * (IORING_REGISTER_CLONE_BUFFERS, 6.12). Tags are not cloned. The pages stay pinned until both
   * have let go of them. A source without a file descriptor must be owned by the same thread.
   *
   * @param ring the ring that gets a table
   * @param source another ring's table
   * @return the new table; the caller must close it
   * @throws UringException EBUSY when the ring has a table, ENXIO when the source has none, EINVAL
   *     before Linux 6.12
   */
  public static RegisteredBuffers clone(Ring ring, RegisteredBuffers source) throws UringException {
    cloneRange(ring, source, 0, 0, 0, 0);
    return new RegisteredBuffers(ring, source.segments.clone());
  }

  /**
   * Puts some buffers of another ring into this table, in place of what is there (6.13).
   *
   * @param source another ring's table
   * @param sourceFirst the first index there
   * @param first the first index here; the table grows where the range ends behind it
   * @param length how many, 1 or more
   * @return the table as it is now, whose close also ends this one
   * @throws UringException EINVAL when the source has no such range, EOVERFLOW, ENXIO
   */
  public RegisteredBuffers cloneInto(
      RegisteredBuffers source, int sourceFirst, int first, int length) throws UringException {
    Arguments.inRange("sourceFirst", sourceFirst, 0, source.count() - 1);
    Arguments.inRange("first", first, 0, MAX_BUFFERS - 1);
    Arguments.inRange("length", length, 1, source.count() - sourceFirst);
    int flags = IoUring.IORING_REGISTER_DST_REPLACE();
    if (table.isClosed()) {
      Registration.check(-Errno.ENXIO, RegisterOpcode.REGISTER_CLONE_BUFFERS, "closed table");
    }
    cloneRange(ring, source, sourceFirst, first, length, flags);
    MemorySegment[] merged = Arrays.copyOf(segments, Math.max(count(), first + length));
    System.arraycopy(source.segments, sourceFirst, merged, first, length);
    table.giveUp();
    letGo();
    return new RegisteredBuffers(ring, merged);
  }

  private static void cloneRange(
      Ring ring, RegisteredBuffers source, int sourceFirst, int first, int length, int flags)
      throws UringException {
    // The kernel knows rings by number: that of a closed one may be another's.
    if (source.table.isClosed()) {
      Registration.check(-Errno.ENXIO, RegisterOpcode.REGISTER_CLONE_BUFFERS, "closed source");
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_clone_buffers.layout());
      if (source.ring.hasFd()) {
        io_uring_clone_buffers.src_fd(argument, source.ring.fd());
        io_uring_clone_buffers.flags(argument, flags);
      } else {
        io_uring_clone_buffers.src_fd(argument, source.ring.registeredSlot());
        io_uring_clone_buffers.flags(argument, flags | IoUring.IORING_REGISTER_SRC_REGISTERED());
      }
      io_uring_clone_buffers.src_off(argument, sourceFirst);
      io_uring_clone_buffers.dst_off(argument, first);
      io_uring_clone_buffers.nr(argument, length);
      Registration.call(
          ring, RegisterOpcode.REGISTER_CLONE_BUFFERS, argument, 1, source.count() + " buffers");
    }
  }

  /**
   * Replaces buffers (IORING_REGISTER_BUFFERS_UPDATE, 5.13).
   *
   * @param first the index of the first
   * @param tags as many as buffers, or null for none
   * @param buffers the new ones; one without bytes empties its slot
   * @return how many were replaced, or {@code -errno}: EINVAL when the table has no such range,
   *     EFAULT, ENOMEM, ENXIO when it is closed
   */
  public int update(int first, long[] tags, MemorySegment... buffers) {
    table.checkRange("buffers", first, buffers.length);
    if (tags != null) {
      ResourceTable.checkTags(tags, buffers.length);
    }
    try (Arena scratch = Arena.ofConfined()) {
      int result =
          table.update(
              RegisterOpcode.REGISTER_BUFFERS_UPDATE,
              first,
              buffers.length,
              iovecs(buffers, scratch),
              tags);
      if (result > 0) {
        System.arraycopy(buffers, 0, segments, first, result);
      }
      return result;
    } finally {
      // Only addresses go to the kernel: the collector must not free what is not yet in the table.
      Reference.reachabilityFence(buffers);
    }
  }

  /**
   * The number of slots.
   *
   * @return 1 to {@value #MAX_BUFFERS}
   */
  public int count() {
    return table.count();
  }

  /**
   * Takes the whole table from the kernel, without waiting for operations in flight. Idempotent. A
   * table also ends with its {@link Ring}.
   *
   * @throws UncheckedIOException when the kernel refuses, as a restricted ring's does
   */
  @Override
  public void close() {
    table.close();
    letGo();
  }

  private void letGo() {
    Arrays.fill(segments, null);
    ring.release(this);
  }

  private static MemorySegment iovecs(MemorySegment[] buffers, Arena scratch) {
    MemorySegment vector = iovec.allocateArray(buffers.length, scratch);
    for (int index = 0; index < buffers.length; index++) {
      MemorySegment buffer = buffers[index];
      if (!buffer.isNative()) {
        throw new IllegalArgumentException("buffer " + index + " is not native memory: " + buffer);
      }
      MemorySegment element = iovec.asSlice(vector, index);
      iovec.iov_base(element, buffer.byteSize() == 0 ? MemorySegment.NULL : buffer);
      iovec.iov_len(element, buffer.byteSize());
    }
    return vector;
  }
}
