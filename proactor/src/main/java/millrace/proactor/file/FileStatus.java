package millrace.proactor.file;

import java.lang.foreign.MemorySegment;
import millrace.uring.FileStat;

/**
 * What statx(2) says of a file.
 *
 * @param sizeBytes size in bytes
 * @param mode type and permissions, as in inode(7)
 * @param modifiedSeconds last change of the content, seconds since 1970
 * @param modifiedNanos and nanoseconds
 * @param inode inode number
 * @param device device number, major in the high 32 bits
 * @param blockSizeBytes preferred I/O size in bytes
 */
public record FileStatus(
    long sizeBytes,
    int mode,
    long modifiedSeconds,
    int modifiedNanos,
    long inode,
    long device,
    int blockSizeBytes) {

  private static final int TYPE_MASK = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;

  static FileStatus read(MemorySegment memory) {
    return new FileStatus(
        FileStat.sizeBytes(memory),
        FileStat.mode(memory),
        FileStat.modifiedSeconds(memory),
        FileStat.modifiedNanos(memory),
        FileStat.inode(memory),
        FileStat.device(memory),
        FileStat.blockSizeBytes(memory));
  }

  /** {@return whether it is a directory} */
  public boolean isDirectory() {
    return (mode & TYPE_MASK) == DIRECTORY;
  }

  /** {@return whether it is a regular file: no directory, pipe, socket or device} */
  public boolean isRegularFile() {
    return (mode & TYPE_MASK) == REGULAR;
  }
}
