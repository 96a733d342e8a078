package millrace.proactor.backend;

import millrace.uring.FileCalls;
import millrace.uring.Libc;

/** {@link Directories} of the operating system. */
final class KernelDirectories implements Directories {

  static final KernelDirectories INSTANCE = new KernelDirectories();

  private KernelDirectories() {}

  @Override
  public int open(String path) {
    int flags = Libc.O_DIRECTORY | Libc.O_PATH | Libc.O_CLOEXEC;
    return FileCalls.openat(Libc.AT_FDCWD, path, flags, 0);
  }

  @Override
  public int close(int descriptor) {
    return Libc.close(descriptor);
  }
}
