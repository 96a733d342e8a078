package millrace.proactor.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import millrace.proactor.backend.Sockets;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/** Socket set-up with errors that a person can act on. */
final class Sockaddr {

  private Sockaddr() {}

  /** "127.0.0.1:8080", "[::1]:8080", "/run/mill.sock", "@mill", "unnamed". */
  static String text(SocketAddress socketAddress) {
    if (!(socketAddress instanceof InetSocketAddress address)) {
      String name = String.valueOf(socketAddress);
      return name.isEmpty() ? "unnamed" : name;
    }
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  static void checkResolved(InetSocketAddress address) throws UnknownHostException {
    if (address.isUnresolved()) {
      throw new UnknownHostException(address.getHostString() + ": unknown host");
    }
  }

  /** A listening socket. */
  static int listen(Sockets sockets, InetSocketAddress address, TcpListenerOptions options)
      throws UringException {
    int descriptor = sockets.stream(address);
    check("socket", descriptor, address);
    try {
      check("setsockopt SO_REUSEADDR", set(sockets, descriptor, Libc.SO_REUSEADDR, 1), address);
      if (options.reusePort()) {
        check("setsockopt SO_REUSEPORT", set(sockets, descriptor, Libc.SO_REUSEPORT, 1), address);
      }
      if (options.noDelay()) {
        // Accepted sockets inherit it from the listening one: no call for each connection.
        int result = sockets.setOption(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        check("setsockopt TCP_NODELAY", result, address);
      }
      int unsentLimitBytes = options.connection().unsentLimitBytes();
      check("setsockopt TCP_NOTSENT_LOWAT", limit(sockets, descriptor, unsentLimitBytes), address);
      check("bind", sockets.bind(descriptor, address), address);
      check("listen", sockets.listen(descriptor, options.backlog()), address);
      return descriptor;
    } catch (Throwable t) {
      sockets.close(descriptor);
      throw t;
    }
  }

  /** What a new socket needs before it connects; of TCP alone. */
  static void prepare(
      Sockets sockets, int descriptor, SocketAddress address, ConnectionOptions options) {
    if (address instanceof InetSocketAddress) {
      sockets.setOption(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
      limit(sockets, descriptor, options.unsentLimitBytes());
    }
  }

  /** Limits what the kernel takes ahead of sending it; inherited like TCP_NODELAY. */
  private static int limit(Sockets sockets, int descriptor, int unsentLimitBytes) {
    return unsentLimitBytes == 0
        ? 0
        : sockets.setOption(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NOTSENT_LOWAT, unsentLimitBytes);
  }

  /** Where {@code descriptor} is bound; when that fails, the descriptor is closed. */
  static InetSocketAddress boundTo(Sockets sockets, int descriptor) throws IOException {
    try {
      SocketAddress address = sockets.localAddress(descriptor);
      if (address == null) {
        throw new IOException("getsockname: the kernel does not tell where the socket is bound");
      }
      return (InetSocketAddress) address;
    } catch (Throwable t) {
      sockets.close(descriptor);
      throw t;
    }
  }

  /**
   * Waits until the loop has opened a channel; when that fails, {@code undo} runs.
   *
   * @throws IOException what the loop says, or it takes no task
   */
  static void awaitOpened(
      CompletableFuture<Void> opened, String operation, SocketAddress address, Runnable undo)
      throws IOException {
    try {
      opened.join();
    } catch (CompletionException e) {
      undo.run();
      Throwable cause = e.getCause();
      throw cause instanceof IOException io
          ? io
          : new IOException(operation + " " + text(address) + ": " + cause.getMessage(), cause);
    }
  }

  private static int set(Sockets sockets, int descriptor, int name, int value) {
    return sockets.setOption(descriptor, Libc.SOL_SOCKET, name, value);
  }

  static void check(String operation, int result, SocketAddress address) throws UringException {
    if (Errno.isError(result)) {
      throw failure(operation, -result, address);
    }
  }

  static UringException failure(String operation, int errno, SocketAddress address) {
    boolean internet = address instanceof InetSocketAddress;
    String hint = internet ? hint(errno) : UnixSockaddr.hint(operation, errno);
    return new UringException(
        operation, errno, text(address), hint == null ? commonHint(errno) : hint);
  }

  private static String hint(int errno) {
    if (errno == Errno.EADDRINUSE) {
      return "another program listens there; choose another port or stop it";
    }
    if (errno == Errno.EACCES) {
      return "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE";
    }
    if (errno == Errno.EADDRNOTAVAIL) {
      return "this machine has no such address";
    }
    return null;
  }

  private static String commonHint(int errno) {
    if (errno == Errno.EMFILE) {
      return "raise the limit of open files (ulimit -n)";
    }
    if (errno == Errno.ETIME) {
      return "the deadline is over";
    }
    return null;
  }
}
