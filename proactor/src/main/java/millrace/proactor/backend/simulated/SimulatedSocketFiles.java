package millrace.proactor.backend.simulated;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import millrace.proactor.backend.SocketFiles;
import millrace.uring.Errno;

/** Calls on the files of UNIX sockets. The loop thread only, unlike those of the kernel. */
final class SimulatedSocketFiles implements SocketFiles {

  private final Kernel kernel;

  SimulatedSocketFiles(Kernel kernel) {
    this.kernel = kernel;
  }

  @Override
  public int identify(Path path, long[] deviceAndInode) {
    int inode = kernel.local.inode(UnixDomainSocketAddress.of(path));
    if (inode == 0) {
      return kernel.disk.find(path.toString()) == null ? -Errno.ENOENT : -Errno.ENOTSOCK;
    }
    deviceAndInode[0] = 0;
    deviceAndInode[1] = inode;
    return 0;
  }

  @Override
  public int setMode(Path path, int mode) {
    return kernel.local.inode(UnixDomainSocketAddress.of(path)) == 0 ? -Errno.ENOENT : 0;
  }

  @Override
  public int remove(Path path) {
    return kernel.local.unlink(UnixDomainSocketAddress.of(path)) ? 0 : -Errno.ENOENT;
  }

  @Override
  public int removeStale(UnixDomainSocketAddress address) {
    if (kernel.local.isInUse(address)) {
      return -Errno.EADDRINUSE;
    }
    int result = identify(address.getPath(), new long[2]);
    return result == 0 ? remove(address.getPath()) : result;
  }
}
