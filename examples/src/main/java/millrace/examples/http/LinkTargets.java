package millrace.examples.http;

import java.nio.file.Path;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.Libc;

/**
 * Tells of symbolic links whether a request for them finds anything: the kernel resolves them as it
 * does for the request. Opens the root when the first link is asked about. Calls may block; one
 * thread.
 */
final class LinkTargets implements AutoCloseable {
  private static final int PATH_ONLY = Libc.O_PATH | Libc.O_CLOEXEC;
  private static final long BENEATH = Libc.RESOLVE_BENEATH | Libc.RESOLVE_NO_MAGICLINKS;
  private static final int NOT_OPENED = -1;

  private final Path root;
  private int rootDescriptor = NOT_OPENED;

  LinkTargets(Path realRoot) {
    this.root = realRoot;
  }

  /** Whether {@code name} in the directory leads to something below the root. */
  boolean exists(String relativeDirectory, String name) {
    if (rootDescriptor < 0) {
      rootDescriptor = FileCalls.openat(Libc.AT_FDCWD, root.toString(), PATH_ONLY, 0);
    }
    String path = relativeDirectory + "/" + name;
    int target = FileCalls.openat2(rootDescriptor, path, PATH_ONLY, 0, BENEATH);
    if (Errno.isError(target)) {
      return false;
    }
    Libc.close(target);
    return true;
  }

  @Override
  public void close() {
    if (rootDescriptor >= 0) {
      Libc.close(rootDescriptor);
      rootDescriptor = NOT_OPENED;
    }
  }
}
