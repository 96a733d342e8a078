package millrace.proactor.net;

import java.net.InetSocketAddress;
import millrace.proactor.backend.Sockets;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/** UDP sockets with their options set. */
final class UdpSetup {

  private UdpSetup() {}

  /** A socket bound to {@code address}: its descriptor. */
  static int bound(Sockets sockets, InetSocketAddress address, UdpSocketOptions options)
      throws UringException {
    int descriptor = create(sockets, address);
    try {
      setOptions(sockets, descriptor, address, options);
      check("bind", sockets.bind(descriptor, address), address);
      return descriptor;
    } catch (Throwable t) {
      sockets.close(descriptor);
      throw t;
    }
  }

  /** A socket whose only peer is {@code remote}: its descriptor. */
  static int connected(Sockets sockets, InetSocketAddress remote, UdpSocketOptions options)
      throws UringException {
    int descriptor = create(sockets, remote);
    try {
      setOptions(sockets, descriptor, remote, options);
      check("connect", sockets.connectDatagram(descriptor, remote), remote);
      return descriptor;
    } catch (Throwable t) {
      sockets.close(descriptor);
      throw t;
    }
  }

  private static int create(Sockets sockets, InetSocketAddress address) throws UringException {
    int descriptor = sockets.datagram(address);
    check("socket", descriptor, address);
    return descriptor;
  }

  private static void setOptions(
      Sockets sockets, int descriptor, InetSocketAddress address, UdpSocketOptions options)
      throws UringException {
    if (options.reusePort()) {
      set(sockets, descriptor, "SO_REUSEPORT", Libc.SO_REUSEPORT, 1, address);
    }
    if (options.broadcast()) {
      set(sockets, descriptor, "SO_BROADCAST", Libc.SO_BROADCAST, 1, address);
    }
    if (options.receiveBufferBytes() > 0) {
      int bytes = options.receiveBufferBytes();
      set(sockets, descriptor, "SO_RCVBUF", Libc.SO_RCVBUF, bytes, address);
    }
    if (options.sendBufferBytes() > 0) {
      set(sockets, descriptor, "SO_SNDBUF", Libc.SO_SNDBUF, options.sendBufferBytes(), address);
    }
  }

  private static void set(
      Sockets sockets, int descriptor, String text, int name, int value, InetSocketAddress address)
      throws UringException {
    int result = sockets.setOption(descriptor, Libc.SOL_SOCKET, name, value);
    check("setsockopt " + text, result, address);
  }

  private static void check(String operation, int result, InetSocketAddress address)
      throws UringException {
    if (Errno.isError(result)) {
      throw Sockaddr.failure(operation, -result, address);
    }
  }
}
