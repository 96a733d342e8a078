package millrace.proactor.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** {@link SocketFiles} of the operating system. */
final class KernelSocketFiles implements SocketFiles {

  static final KernelSocketFiles INSTANCE = new KernelSocketFiles();

  private KernelSocketFiles() {}

  @Override
  public int identify(Path path, long[] deviceAndInode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(FileStat.BYTES, 8);
      int flags = Libc.AT_SYMLINK_NOFOLLOW;
      int mask = Libc.STATX_BASIC_STATS;
      int result = FileCalls.statx(Libc.AT_FDCWD, path.toString(), flags, mask, status);
      if (result == 0 && (FileStat.mode(status) & Libc.S_IFMT) != Libc.S_IFSOCK) {
        return -Errno.ENOTSOCK;
      }
      deviceAndInode[0] = FileStat.device(status);
      deviceAndInode[1] = FileStat.inode(status);
      return result;
    }
  }

  @Override
  public int setMode(Path path, int mode) {
    return FileCalls.fchmodat(Libc.AT_FDCWD, path.toString(), mode);
  }

  @Override
  public int remove(Path path) {
    return FileCalls.unlinkat(Libc.AT_FDCWD, path.toString(), 0);
  }

  @Override
  public int removeStale(UnixDomainSocketAddress address) {
    Path path = address.getPath();
    long[] asked = new long[2];
    long[] removed = new long[2];
    int result = identify(path, asked);
    if (result == 0) {
      result = ask(address);
    }
    if (result != -Errno.ECONNREFUSED) {
      return result;
    }
    // Another program may have found the same and be at its place already: its socket stays.
    result = identify(path, removed);
    if (result == 0 && !Arrays.equals(asked, removed)) {
      return -Errno.EADDRINUSE;
    }
    return result == 0 ? remove(path) : result;
  }

  /** By connecting: ECONNREFUSED when nobody listens, EADDRINUSE when somebody does. */
  private static int ask(UnixDomainSocketAddress address) {
    int type = Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK;
    int descriptor = Libc.socket(Libc.AF_UNIX, type, 0);
    if (Errno.isError(descriptor)) {
      return descriptor;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int result = Libc.connect(descriptor, target, SocketAddresses.encode(address, target));
      // EAGAIN: its queue is full. EPROTOTYPE: it takes no streams, but is somebody's.
      boolean somebody = result == 0 || result == -Errno.EAGAIN || result == -Errno.EPROTOTYPE;
      return somebody ? -Errno.EADDRINUSE : result;
    } finally {
      Libc.close(descriptor);
    }
  }
}
