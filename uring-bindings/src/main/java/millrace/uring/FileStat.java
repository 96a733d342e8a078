package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.statx;
import millrace.uring.abi.statx_timestamp;

/**
 * Reads a {@code struct statx} (statx(2)) that the kernel has filled in.
 *
 * <p>Stateless; each method takes the memory, of at least {@link #BYTES} bytes.
 */
public final class FileStat {

  /** Size of the struct in bytes. */
  public static final int BYTES = Math.toIntExact(statx.sizeof());

  private FileStat() {}

  /**
   * Reads the size in bytes, stx_size.
   *
   * @param memory a filled-in struct statx
   * @return the size in bytes, stx_size
   */
  public static long sizeBytes(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_LONG, statx.stx_size$offset());
  }

  /**
   * Reads type (S_IF*) and permissions, stx_mode.
   *
   * @param memory a filled-in struct statx
   * @return type (S_IF*) and permissions, stx_mode
   */
  public static int mode(MemorySegment memory) {
    return Short.toUnsignedInt(memory.get(ValueLayout.JAVA_SHORT, statx.stx_mode$offset()));
  }

  /**
   * Reads the seconds of the last change of the content, stx_mtime.tv_sec.
   *
   * @param memory a filled-in struct statx
   * @return the seconds of the last change of the content, stx_mtime.tv_sec
   */
  public static long modifiedSeconds(MemorySegment memory) {
    return memory.get(
        ValueLayout.JAVA_LONG, statx.stx_mtime$offset() + statx_timestamp.tv_sec$offset());
  }

  /**
   * Reads the nanoseconds of the last change of the content, stx_mtime.tv_nsec.
   *
   * @param memory a filled-in struct statx
   * @return the nanoseconds of the last change of the content, stx_mtime.tv_nsec
   */
  public static int modifiedNanos(MemorySegment memory) {
    return memory.get(
        ValueLayout.JAVA_INT, statx.stx_mtime$offset() + statx_timestamp.tv_nsec$offset());
  }

  /**
   * Reads the inode number, stx_ino.
   *
   * @param memory a filled-in struct statx
   * @return the inode number, stx_ino
   */
  public static long inode(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_LONG, statx.stx_ino$offset());
  }

  /**
   * Reads the device number: stx_dev_major in the high 32 bits, stx_dev_minor in the low ones.
   *
   * @param memory a filled-in struct statx
   * @return the device number: stx_dev_major in the high 32 bits, stx_dev_minor in the low ones
   */
  public static long device(MemorySegment memory) {
    long major = memory.get(ValueLayout.JAVA_INT, statx.stx_dev_major$offset());
    int minor = memory.get(ValueLayout.JAVA_INT, statx.stx_dev_minor$offset());
    return major << 32 | Integer.toUnsignedLong(minor);
  }

  /**
   * Reads the preferred I/O size in bytes, stx_blksize.
   *
   * @param memory a filled-in struct statx
   * @return the preferred I/O size in bytes, stx_blksize
   */
  public static int blockSizeBytes(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, statx.stx_blksize$offset());
  }

  /**
   * Reads which fields are filled in, stx_mask.
   *
   * @param memory a filled-in struct statx
   * @return STATX_* bits
   */
  public static int mask(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, statx.stx_mask$offset());
  }

  /**
   * Reads how buffers must be aligned for O_DIRECT, stx_dio_mem_align (STATX_DIOALIGN, since Linux
   * 6.1).
   *
   * @param memory a filled-in struct statx
   * @return bytes, or 0 when the file has no direct I/O
   */
  public static int directMemoryAlignmentBytes(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, statx.stx_dio_mem_align$offset());
  }

  /**
   * Reads how offsets and lengths must be aligned for O_DIRECT, stx_dio_offset_align
   * (STATX_DIOALIGN, since Linux 6.1).
   *
   * @param memory a filled-in struct statx
   * @return bytes, or 0 when the file has no direct I/O
   */
  public static int directOffsetAlignmentBytes(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, statx.stx_dio_offset_align$offset());
  }
}
