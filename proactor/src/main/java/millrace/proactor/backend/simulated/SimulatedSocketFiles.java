package millrace.proactor.backend.simulated;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import millrace.proactor.backend.SocketFiles;
import millrace.uring.Errno;

/** Calls on the files of UNIX sockets, on the simulated disk. The loop thread only. */
final class SimulatedSocketFiles implements SocketFiles {

  private final SimulatedDisk disk;
  private final LocalNames names;

  SimulatedSocketFiles(Kernel kernel) {
    this.disk = kernel.disk;
    this.names = kernel.local;
  }

  @Override
  public int identify(Path path, long[] deviceAndInode) {
    SimulatedFile file = disk.find(path.toString());
    if (file == null) {
      return -Errno.ENOENT;
    }
    if (!file.isSocket()) {
      return -Errno.ENOTSOCK;
    }
    deviceAndInode[0] = 0;
    deviceAndInode[1] = file.inode();
    return 0;
  }

  @Override
  public int setMode(Path path, int mode) {
    SimulatedFile file = disk.find(path.toString());
    if (file == null) {
      return -Errno.ENOENT;
    }
    file.setPermissions(mode);
    return 0;
  }

  @Override
  public int remove(Path path) {
    return disk.unlink(path.toString());
  }

  @Override
  public int removeStale(UnixDomainSocketAddress address) {
    int result = identify(address.getPath(), new long[2]);
    if (result < 0) {
      return result;
    }
    return names.isAlive(address) ? -Errno.EADDRINUSE : remove(address.getPath());
  }
}
