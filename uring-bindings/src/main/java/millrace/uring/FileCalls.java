package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.open_how;
import millrace.uring.abi.statx;

/**
 * Calls on files, synchronous: for start-up, for tests, and for threads that may block. The same
 * conventions as in {@link Libc} hold: the result or {@code -errno}, any thread, the constants are
 * those of Libc.
 *
 * <p>Paths are passed to the kernel in UTF-8. A path with a NUL in it is refused with an {@code
 * IllegalArgumentException}, because the kernel would see only what stands before.
 */
public final class FileCalls {

  private static final Downcall OPENAT = Downcall.ofVariadicInt("openat", 3, 4);
  private static final Downcall SYSCALL_OPENAT2 = Downcall.ofVariadicInt("syscall", 1, 5);
  private static final Downcall UNLINKAT = Downcall.ofInt("unlinkat", 3);
  private static final Downcall FCHMODAT = Downcall.ofInt("fchmodat", 4);
  private static final Downcall FSYNC = Downcall.ofInt("fsync", 1);
  private static final Downcall FDATASYNC = Downcall.ofInt("fdatasync", 1);

  private FileCalls() {}

  /**
   * Opens a file: openat(2).
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param path the file
   * @param flags O_*
   * @param mode permissions of a file that is created
   * @return the descriptor or -errno
   */
  public static int openat(int directory, String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) OPENAT.call(directory, cString(arena, path).address(), flags, mode);
    }
  }

  /**
   * Opens a file with limits on how the path is resolved: openat2(2), since Linux 5.6.
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param path the file
   * @param flags O_*; unlike openat, unknown flags are an error
   * @param mode permissions of a file that is created; EINVAL if not 0 when none is
   * @param resolve RESOLVE_*
   * @return the descriptor or -errno
   */
  public static int openat2(int directory, String path, int flags, int mode, long resolve) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment how = open_how.allocate(arena);
      open_how.flags(how, Integer.toUnsignedLong(flags));
      open_how.mode(how, mode);
      open_how.resolve(how, resolve);
      return (int)
          SYSCALL_OPENAT2.call(
              IoUring.__NR_openat2(),
              directory,
              cString(arena, path).address(),
              how.address(),
              how.byteSize());
    }
  }

  /**
   * Reads a file's status: statx(2), since Linux 4.11.
   *
   * @param directory where a relative path starts, AT_FDCWD, or with AT_EMPTY_PATH the file itself
   * @param path the file, or "" with AT_EMPTY_PATH
   * @param flags AT_*
   * @param mask STATX_*: which fields are asked for
   * @param status receives a struct statx, 256 bytes
   * @return 0 or -errno
   */
  public static int statx(int directory, String path, int flags, int mask, MemorySegment status) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = statx.allocate(arena);
      int error =
          LoopCalls.statx(directory, cString(arena, path).address(), flags, mask, result.address());
      if (error >= 0) {
        MemorySegment.copy(result, 0, status, 0, result.byteSize());
      }
      return error;
    }
  }

  /**
   * Removes a name of a file: unlinkat(2).
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param path the file
   * @param flags AT_REMOVEDIR for a directory, or 0
   * @return 0 or -errno
   */
  public static int unlinkat(int directory, String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return unlinkat(directory, cString(arena, path).address(), flags);
    }
  }

  /**
   * As {@link #unlinkat(int, String, int)}, with the path in native memory.
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param pathAddress native address of the path and a NUL
   * @param flags AT_REMOVEDIR for a directory, or 0
   * @return 0 or -errno
   */
  public static int unlinkat(int directory, long pathAddress, int flags) {
    return (int) UNLINKAT.call(directory, pathAddress, flags);
  }

  /**
   * Sets the permissions of a file: fchmodat(2). A symbolic link is followed.
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param path the file
   * @param mode the permission bits
   * @return 0 or -errno
   */
  public static int fchmodat(int directory, String path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) FCHMODAT.call(directory, cString(arena, path).address(), mode, 0);
    }
  }

  /**
   * As {@link #openat(int, String, int, int)}, with the path in native memory.
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param pathAddress native address of the path and a NUL
   * @param flags O_*
   * @param mode permissions of a file that is created
   * @return the descriptor or -errno
   */
  public static int openat(int directory, long pathAddress, int flags, int mode) {
    return (int) OPENAT.call(directory, pathAddress, flags, mode);
  }

  /**
   * As {@link #openat2(int, String, int, int, long)}, with path and arguments in native memory.
   *
   * @param directory where a relative path starts, or AT_FDCWD
   * @param pathAddress native address of the path and a NUL
   * @param howAddress native address of a struct open_how; see {@link OpenHow}
   * @return the descriptor or -errno
   */
  public static int openat2(int directory, long pathAddress, long howAddress) {
    return (int)
        SYSCALL_OPENAT2.call(
            IoUring.__NR_openat2(), directory, pathAddress, howAddress, OpenHow.BYTES);
  }

  /**
   * As {@link #statx(int, String, int, int, MemorySegment)}, with everything in native memory.
   *
   * @param directory where a relative path starts, AT_FDCWD, or with AT_EMPTY_PATH the file itself
   * @param pathAddress native address of the path and a NUL
   * @param flags AT_*
   * @param mask STATX_*: which fields are asked for
   * @param statusAddress native address of a struct statx; see {@link FileStat}
   * @return 0 or -errno
   */
  public static int statx(
      int directory, long pathAddress, int flags, int mask, long statusAddress) {
    return LoopCalls.statx(directory, pathAddress, flags, mask, statusAddress);
  }

  /**
   * Reads into several pieces of memory: preadv2(2), since Linux 4.6.
   *
   * @param fd the file
   * @param vectorAddress native address of an array of struct iovec
   * @param count length of the array
   * @param position where in the file to read; -1: at the file's own position; ESPIPE for any other
   *     where there are no positions
   * @param flags RWF_*; EOPNOTSUPP where the file does not know one
   * @return the number of bytes read, 0 at the end, or -errno
   */
  public static long preadv2(int fd, long vectorAddress, int count, long position, int flags) {
    return LoopCalls.preadv2(fd, vectorAddress, count, position, flags);
  }

  /**
   * Writes several pieces of memory: pwritev2(2), since Linux 4.6.
   *
   * @param fd the file
   * @param vectorAddress native address of an array of struct iovec
   * @param count length of the array
   * @param position where in the file to write; -1: at the file's own position; ESPIPE for any
   *     other where there are no positions
   * @param flags RWF_*; EOPNOTSUPP where the file does not know one
   * @return the number of bytes written, which may be less, or -errno
   */
  public static long pwritev2(int fd, long vectorAddress, int count, long position, int flags) {
    return LoopCalls.pwritev2(fd, vectorAddress, count, position, flags);
  }

  /**
   * Reads at a position: pread(2).
   *
   * @param fd the file
   * @param address where to write
   * @param lengthBytes how much there is room for
   * @param position where in the file to read
   * @return the number of bytes read, 0 at the end, or -errno
   */
  public static long pread(int fd, long address, long lengthBytes, long position) {
    return LoopCalls.pread(fd, address, lengthBytes, position);
  }

  /**
   * Writes at a position: pwrite(2).
   *
   * @param fd the file
   * @param address the data
   * @param lengthBytes how much
   * @param position where in the file to write
   * @return the number of bytes written, which may be less, or -errno
   */
  public static long pwrite(int fd, long address, long lengthBytes, long position) {
    return LoopCalls.pwrite(fd, address, lengthBytes, position);
  }

  /**
   * Writes a file through to the device: fsync(2) or fdatasync(2).
   *
   * @param fd the file
   * @param dataOnly whether metadata may wait that is not needed to read the data back
   * @return 0 or -errno
   */
  public static int fsync(int fd, boolean dataOnly) {
    return (int) (dataOnly ? FDATASYNC : FSYNC).call(fd);
  }

  private static MemorySegment cString(Arena arena, String path) {
    if (path.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("path with a NUL at index " + path.indexOf('\0'));
    }
    return arena.allocateFrom(path);
  }
}
