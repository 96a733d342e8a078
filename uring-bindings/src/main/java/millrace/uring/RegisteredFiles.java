package millrace.uring;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_file_index_range;
import millrace.uring.abi.io_uring_rsrc_update;

/**
 * The table of registered files of a ring: operations with {@link Sqe#fixedFile} name a file by its
 * index here, which spares the kernel a look into the table that all threads share. Operations that
 * make a descriptor can put it here directly.
 *
 * <p><b>Ownership.</b> The table has a reference of its own to each file: the descriptor it came
 * from may be closed. Taking a file out of the table ({@link #update}, {@link #close}) does not
 * wait for operations in flight; the file is closed after the last of them. Who must know gives it
 * a <em>tag</em>, another number than 0: when the kernel has let go of the file it posts a
 * completion with the tag as its user data and all else 0.
 *
 * <p>A ring has one such table. By the owner of the ring, or by any thread before it is enabled.
 * Sources: {@code io_uring_register_files(3)}, {@code io_uring_registered_files(7)}, {@code
 * io_uring_register_file_alloc_range(3)}.
 */
public final class RegisteredFiles implements AutoCloseable {
  /** Instead of a descriptor: the slot is empty. */
  public static final int EMPTY = -1;

  /** Instead of a descriptor, for {@link #update}: the slot stays as it is (5.12). */
  public static final int SKIP = IoUring.IORING_REGISTER_FILES_SKIP();

  private final Ring ring;
  private final ResourceTable table;

  private RegisteredFiles(Ring ring, int count) {
    this.ring = ring;
    this.table = new ResourceTable(ring, count, RegisterOpcode.UNREGISTER_FILES, "files");
  }

  /**
   * Registers files, each at the index it has here (IORING_REGISTER_FILES, 5.1).
   *
   * @param ring the ring whose operations use them
   * @param descriptors file descriptors or {@link #EMPTY}, at least one
   * @return the table; the caller must close it
   * @throws UringException EBUSY when the ring has a table, EBADF, EMFILE
   */
  public static RegisteredFiles register(Ring ring, int... descriptors) throws UringException {
    int count = atLeastOne(descriptors.length);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment files = scratch.allocateFrom(ValueLayout.JAVA_INT, descriptors);
      Registration.call(ring, RegisterOpcode.REGISTER_FILES, files, count, count + " files");
    }
    return new RegisteredFiles(ring, count);
  }

  /**
   * Registers files with tags (IORING_REGISTER_FILES2, 5.13).
   *
   * @param ring the ring whose operations use them
   * @param tags as many as files; 0 for a file without and for an empty slot
   * @param descriptors as for {@link #register}
   * @return the table; the caller must close it
   * @throws UringException like {@link #register}
   */
  public static RegisteredFiles registerTagged(Ring ring, long[] tags, int... descriptors)
      throws UringException {
    int count = atLeastOne(descriptors.length);
    ResourceTable.checkTags(tags, count);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment files = scratch.allocateFrom(ValueLayout.JAVA_INT, descriptors);
      ResourceTable.register(ring, RegisterOpcode.REGISTER_FILES2, count, files, tags, "files");
    }
    return new RegisteredFiles(ring, count);
  }

  /**
   * Registers a table of empty slots (IORING_RSRC_REGISTER_SPARSE, 5.19).
   *
   * @param ring the ring whose operations use them
   * @param count the number of slots, 1 or more
   * @return the table; the caller must close it
   * @throws UringException EBUSY when the ring has a table, EINVAL before Linux 5.19, EMFILE when
   *     the count is above RLIMIT_NOFILE
   */
  public static RegisteredFiles registerSparse(Ring ring, int count) throws UringException {
    atLeastOne(count);
    MemorySegment empty = MemorySegment.NULL;
    ResourceTable.register(ring, RegisterOpcode.REGISTER_FILES2, count, empty, null, "files");
    return new RegisteredFiles(ring, count);
  }

  /**
   * Replaces files (IORING_REGISTER_FILES_UPDATE, 5.5).
   *
   * @param first the index of the first
   * @param descriptors file descriptors, {@link #EMPTY} or {@link #SKIP}
   * @return how many slots were gone through, which may be less than asked for, or {@code -errno}:
   *     EBADF, EINVAL when the table has no such range, ENXIO when it is closed
   */
  public int update(int first, int... descriptors) {
    table.checkRange("descriptors", first, descriptors.length);
    if (table.isClosed()) {
      return -Errno.ENXIO;
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_rsrc_update.layout());
      io_uring_rsrc_update.offset(argument, first);
      io_uring_rsrc_update.data(
          argument, scratch.allocateFrom(ValueLayout.JAVA_INT, descriptors).address());
      return ring.register(IoUring.IORING_REGISTER_FILES_UPDATE(), argument, descriptors.length);
    }
  }

  /**
   * Replaces files and their tags (IORING_REGISTER_FILES_UPDATE2, 5.13).
   *
   * @param first the index of the first
   * @param tags as many as files; 0 for a file without, and where a slot is emptied or skipped
   * @param descriptors file descriptors, {@link #EMPTY} or {@link #SKIP}
   * @return like {@link #update}
   */
  public int updateTagged(int first, long[] tags, int... descriptors) {
    table.checkRange("descriptors", first, descriptors.length);
    ResourceTable.checkTags(tags, descriptors.length);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment files = scratch.allocateFrom(ValueLayout.JAVA_INT, descriptors);
      return table.update(
          RegisterOpcode.REGISTER_FILES_UPDATE2, first, descriptors.length, files, tags);
    }
  }

  /**
   * Sets where the kernel may choose a slot by itself for operations that make a descriptor
   * (IORING_REGISTER_FILE_ALLOC_RANGE, 6.0). At first it may choose any.
   *
   * @param first the first index of the range
   * @param length how many slots, 0 or more
   * @return 0, or {@code -errno}: EINVAL when the table has no such range, ENXIO when it is closed
   */
  public int setAllocRange(int first, int length) {
    Arguments.notNegative("first", first);
    Arguments.notNegative("length", length);
    if (table.isClosed()) {
      return -Errno.ENXIO;
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_file_index_range.layout());
      io_uring_file_index_range.off(argument, first);
      io_uring_file_index_range.len(argument, length);
      return ring.register(IoUring.IORING_REGISTER_FILE_ALLOC_RANGE(), argument, 0);
    }
  }

  /**
   * The number of slots.
   *
   * @return 1 or more
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
  }

  private static int atLeastOne(int count) {
    return Arguments.inRange("count", count, 1, Integer.MAX_VALUE);
  }
}
