package millrace.proactor.backend;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * Calls on the files that UNIX sockets are bound to, made when a listener starts; they may block.
 * Results are 0 or {@code -errno}. Any thread.
 */
public interface SocketFiles {

  /**
   * What tells a socket's file from all others, as long as it exists: lstat(2); ENOTSOCK when it is
   * another kind of file.
   *
   * @param deviceAndInode receives both
   */
  int identify(Path path, long[] deviceAndInode);

  /** Sets the permissions: chmod(2). */
  int setMode(Path path, int mode);

  /** Removes the name: unlink(2). */
  int remove(Path path);

  /**
   * Removes a socket that a listener has left behind, which is one that answers ECONNREFUSED.
   *
   * @return 0 when it is gone; EADDRINUSE: somebody listens there; ENOTSOCK: it is another kind of
   *     file; EACCES: it cannot be asked or removed
   */
  int removeStale(UnixDomainSocketAddress address);
}
