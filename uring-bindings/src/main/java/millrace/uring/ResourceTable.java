package millrace.uring;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_rsrc_register;
import millrace.uring.abi.io_uring_rsrc_update2;

/** What the tables of registered buffers and of registered files have in common. */
final class ResourceTable {
  private final Ring ring;
  private final int count;
  private final RegisterOpcode unregister;
  private final String subject;
  private boolean closed;

  /**
   * A table that the ring has.
   *
   * @param unregister takes it from the kernel
   * @param kind what the table is of, for messages
   */
  ResourceTable(Ring ring, int count, RegisterOpcode unregister, String kind) {
    this.ring = ring;
    this.count = count;
    this.unregister = unregister;
    this.subject = count + " " + kind;
  }

  /**
   * Registers a table (struct io_uring_rsrc_register).
   *
   * @param data as many iovecs or descriptors, NULL for empty slots
   * @param tags as many, null for none
   */
  static void register(
      Ring ring, RegisterOpcode opcode, int count, MemorySegment data, long[] tags, String kind)
      throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_rsrc_register.layout());
      boolean sparse = data.equals(MemorySegment.NULL);
      io_uring_rsrc_register.nr(argument, count);
      io_uring_rsrc_register.flags(argument, sparse ? IoUring.IORING_RSRC_REGISTER_SPARSE() : 0);
      io_uring_rsrc_register.data(argument, data.address());
      io_uring_rsrc_register.tags(argument, address(tags, scratch));
      Registration.call(ring, opcode, argument, (int) argument.byteSize(), count + " " + kind);
    }
  }

  /**
   * Replaces slots (struct io_uring_rsrc_update2).
   *
   * @param tags as many as slots, null for none
   * @return how many were gone through, or -errno
   */
  int update(RegisterOpcode opcode, int first, int length, MemorySegment data, long[] tags) {
    if (isClosed()) {
      return -Errno.ENXIO;
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_rsrc_update2.layout());
      io_uring_rsrc_update2.offset(argument, first);
      io_uring_rsrc_update2.nr(argument, length);
      io_uring_rsrc_update2.data(argument, data.address());
      io_uring_rsrc_update2.tags(argument, address(tags, scratch));
      return ring.register(opcode.code(), argument, (int) argument.byteSize());
    }
  }

  void checkRange(String name, int first, int length) {
    Arguments.inRange("first", first, 0, count - 1);
    Arguments.inRange(name, length, 1, count - first);
  }

  static void checkTags(long[] tags, int count) {
    Arguments.inRange("tags", tags.length, count, count);
  }

  int count() {
    return count;
  }

  /** Whether the ring's table, if it has one, is another one by now. */
  boolean isClosed() {
    ring.requireOpen("a table of registered resources");
    return closed;
  }

  /** Another object stands for the ring's table from now on. */
  void giveUp() {
    closed = true;
  }

  /** Takes the table from the kernel, once, unless that has gone with the ring. */
  void close() {
    if (closed) {
      return;
    }
    if (!ring.isClosed()) {
      try {
        Registration.call(ring, unregister, MemorySegment.NULL, 0, subject);
      } catch (UringException e) {
        throw new UncheckedIOException(e);
      }
    }
    closed = true;
  }

  private static long address(long[] tags, Arena arena) {
    return tags == null ? 0 : arena.allocateFrom(ValueLayout.JAVA_LONG, tags).address();
  }
}
