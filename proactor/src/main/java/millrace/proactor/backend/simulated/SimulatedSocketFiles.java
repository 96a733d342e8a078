package millrace.proactor.backend.simulated;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import millrace.proactor.backend.SocketFiles;
import millrace.uring.Errno;

/** Calls on the files of UNIX sockets, on the simulated disk. The loop thread only. */
final class SimulatedSocketFiles implements SocketFiles {

  private final SimulatedDisk disk;

  SimulatedSocketFiles(SimulatedDisk disk) {
    this.disk = disk;
  }

  @Override
  public int identify(Path path, long[] deviceAndInode) {
    SimulatedFile file = disk.find(path.toString());
    if (file == null) {
      return -Errno.ENOENT;
    }
    deviceAndInode[0] = 0;
    deviceAndInode[1] = file.inode();
    return 0;
  }

  @Override
  public int setMode(Path path, int mode) {
    return disk.find(path.toString()) == null ? -Errno.ENOENT : 0;
  }

  @Override
  public int remove(Path path) {
    return disk.unlink(path.toString());
  }

  @Override
  public int removeStale(UnixDomainSocketAddress address) {
    return -Errno.ENOTSOCK;
  }
}
