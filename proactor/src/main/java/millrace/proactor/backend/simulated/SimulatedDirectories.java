package millrace.proactor.backend.simulated;

import millrace.proactor.backend.Directories;
import millrace.uring.Libc;

/** Directories of the simulated disk. */
final class SimulatedDirectories implements Directories {

  private final Kernel kernel;

  SimulatedDirectories(Kernel kernel) {
    this.kernel = kernel;
  }

  @Override
  public int open(String path) {
    int flags = Libc.O_DIRECTORY | Libc.O_PATH;
    int errno = kernel.disk.openErrno(path, flags);
    return errno == 0
        ? kernel.descriptors.add(new OpenedFile(kernel.disk.open(path, flags, 0), path, flags))
        : -errno;
  }

  @Override
  public int close(int descriptor) {
    return kernel.descriptors.close(descriptor);
  }
}
