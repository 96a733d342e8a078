package millrace.proactor.net;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import millrace.proactor.backend.SocketFiles;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.PathBytes;
import millrace.uring.Errno;
import millrace.uring.UringException;

/** Set-up of UNIX sockets with errors that a person can act on. */
final class UnixSockaddr {

  /** What sun_path holds, without the NUL that others look for (unix(7)). */
  private static final int MAX_PATH_BYTES = 107;

  private UnixSockaddr() {}

  /** A listening socket, and the file that was made for it; null when there is none. */
  record Listening(int descriptor, SocketFile file) {}

  /** Before the kernel is asked, which would say no more than EINVAL. */
  static void checkPath(String operation, UnixDomainSocketAddress address) throws UringException {
    byte[] path = PathBytes.of(address.getPath());
    if (path.length == 0) {
      throw new IllegalArgumentException("address: unnamed, must have a path");
    }
    if (path.length > MAX_PATH_BYTES) {
      String hint =
          "it has "
              + path.length
              + " bytes, must have at most "
              + MAX_PATH_BYTES
              + "; choose another directory, or a relative path";
      throw new UringException(operation, Errno.ENAMETOOLONG, Sockaddr.text(address), hint);
    }
  }

  /** A listening socket. */
  static Listening listen(Loop loop, SocketAddress address, UnixListenerOptions options)
      throws UringException {
    int descriptor = loop.sockets().stream(address);
    Sockaddr.check("socket", descriptor, address);
    SocketFile file = null;
    try {
      bind(loop, descriptor, address, options);
      if (address instanceof UnixDomainSocketAddress unix) {
        file = fileOf(loop, unix);
        setPermissions(loop.socketFiles(), unix, options.permissions());
      }
      // Not before: until now nobody could connect, whatever the permissions were.
      Sockaddr.check("listen", loop.sockets().listen(descriptor, options.backlog()), address);
      return new Listening(descriptor, options.unlinkOnClose() ? file : null);
    } catch (Throwable t) {
      loop.sockets().close(descriptor);
      if (file != null) {
        file.removeNow();
      }
      throw t;
    }
  }

  private static void bind(
      Loop loop, int descriptor, SocketAddress address, UnixListenerOptions options)
      throws UringException {
    int result = loop.sockets().bind(descriptor, address);
    if (result == -Errno.EADDRINUSE
        && options.replaceStale()
        && address instanceof UnixDomainSocketAddress unix) {
      int removed = loop.socketFiles().removeStale(unix);
      if (removed == -Errno.EADDRINUSE) {
        throw new UringException(
            "bind", Errno.EADDRINUSE, Sockaddr.text(address), "another program listens there");
      }
      if (removed == -Errno.ENOTSOCK) {
        throw new UringException(
            "bind", Errno.EADDRINUSE, Sockaddr.text(address), "the file is no socket");
      }
      // ENOENT: it has gone by itself.
      if (removed != -Errno.ENOENT) {
        Sockaddr.check("unlink", removed, address);
      }
      result = loop.sockets().bind(descriptor, address);
    }
    Sockaddr.check("bind", result, address);
  }

  private static SocketFile fileOf(Loop loop, UnixDomainSocketAddress address)
      throws UringException {
    long[] identity = new long[2];
    Path path = address.getPath();
    Sockaddr.check("statx", loop.socketFiles().identify(path, identity), address);
    return new SocketFile(loop, path, identity);
  }

  private static void setPermissions(
      SocketFiles files, UnixDomainSocketAddress address, Set<PosixFilePermission> permissions)
      throws UringException {
    if (permissions != null) {
      Sockaddr.check("chmod", files.setMode(address.getPath(), mode(permissions)), address);
    }
  }

  private static int mode(Set<PosixFilePermission> permissions) {
    int mode = 0;
    for (PosixFilePermission each : permissions) {
      mode |= bit(each);
    }
    return mode;
  }

  /** S_I* of inode(7). */
  private static int bit(PosixFilePermission permission) {
    return switch (permission) {
      case OWNER_READ -> 0400;
      case OWNER_WRITE -> 0200;
      case OWNER_EXECUTE -> 0100;
      case GROUP_READ -> 040;
      case GROUP_WRITE -> 020;
      case GROUP_EXECUTE -> 010;
      case OTHERS_READ -> 04;
      case OTHERS_WRITE -> 02;
      case OTHERS_EXECUTE -> 01;
    };
  }

  /** What to do about an error with a UNIX address; null: nothing is known of it. */
  static String hint(String operation, int errno) {
    if (errno == Errno.EADDRINUSE) {
      return "the name is taken: another program listens there, or has left its socket behind;"
          + " remove the file, or let the listener replace a stale one";
    }
    if (errno == Errno.EACCES) {
      return operation.equals("connect")
          ? "connecting needs write permission for the socket and search permission for its"
              + " directories"
          : "binding needs write permission for the directory";
    }
    if (errno == Errno.ENOENT) {
      return operation.equals("connect") ? "nobody has bound it" : "there is no such directory";
    }
    if (errno == Errno.ECONNREFUSED) {
      return "nobody listens there: the socket was left behind, or its listener is closing";
    }
    return null;
  }
}
