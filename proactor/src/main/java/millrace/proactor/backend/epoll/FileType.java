package millrace.proactor.backend.epoll;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.FileStat;
import millrace.uring.Libc;

/** Finds out what a descriptor is of, by one statx(2) that asks nobody but this machine. */
final class FileType {

  static final int UNKNOWN = -1;

  /** S_IFMT, and sometimes FileStat's size. */
  private static final int MASK = Libc.STATX_TYPE | Libc.STATX_SIZE;

  private static final int FLAGS = Libc.AT_EMPTY_PATH | Libc.AT_STATX_DONT_SYNC;

  private final MemorySegment status;
  private final MemorySegment emptyPath;

  FileType(Arena arena) {
    status = arena.allocate(FileStat.BYTES, 8);
    emptyPath = arena.allocate(1);
  }

  /** S_IFMT bits, 0 for what has none (an eventfd), or -errno. */
  int of(int descriptor) {
    int result = FileCalls.statx(descriptor, emptyPath.address(), FLAGS, MASK, status.address());
    return Errno.isError(result) ? result : FileStat.mode(status) & Libc.S_IFMT;
  }

  /** The size that the latest {@link #of} found. */
  long sizeBytes() {
    return FileStat.sizeBytes(status);
  }

  /** Whether reads, writes and close of such a file wait for a device, and never for a peer. */
  static boolean isStored(int type) {
    return type == Libc.S_IFREG || type == Libc.S_IFBLK || type == Libc.S_IFDIR;
  }
}
