package millrace.proactor.backend.simulated;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.IntPredicate;
import millrace.proactor.backend.Sockets;
import millrace.uring.Errno;
import millrace.uring.Libc;

/** The socket calls that need no completion. The loop thread only, unlike those of the kernel. */
final class SimulatedSockets implements Sockets {

  private final Kernel kernel;
  private final IntPredicate inUse;

  /**
   * @param inUse whether an operation on a descriptor is in flight
   */
  SimulatedSockets(Kernel kernel, IntPredicate inUse) {
    this.kernel = kernel;
    this.inUse = inUse;
  }

  private interface Call {
    int of(SimulatedSocket socket);
  }

  private int call(int descriptor, Call call) {
    Descriptors.OpenFile file = kernel.descriptors.get(descriptor);
    if (file instanceof SimulatedSocket socket) {
      return call.of(socket);
    }
    return file == null ? -Errno.EBADF : -Errno.ENOTSOCK;
  }

  private int open(Descriptors.OpenFile file) {
    int descriptor = kernel.open(file);
    kernel.world.trace().line("socket").add("fd", descriptor);
    return descriptor;
  }

  @Override
  public int stream(SocketAddress address) {
    StreamFamily family =
        address instanceof InetSocketAddress internet
            ? new InternetStreams(kernel.network, internet.getAddress() instanceof Inet6Address)
            : kernel.local;
    return open(new StreamSocket(kernel, family));
  }

  @Override
  public int datagram(SocketAddress address) {
    return open(
        address instanceof InetSocketAddress internet
            ? new InternetDatagramSocket(kernel, internet.getAddress() instanceof Inet6Address)
            : new LocalDatagramSocket(kernel));
  }

  @Override
  public int pair(int type, int[] two) {
    if (type == Libc.SOCK_STREAM) {
      LocalEndpoint[] ends = kernel.local.pair();
      return open(
          new StreamSocket(kernel, kernel.local, ends[0]),
          new StreamSocket(kernel, kernel.local, ends[1]),
          two);
    }
    if (type != Libc.SOCK_DGRAM) {
      return -Errno.ESOCKTNOSUPPORT;
    }
    LocalDatagramSocket one = new LocalDatagramSocket(kernel);
    LocalDatagramSocket other = new LocalDatagramSocket(kernel);
    LocalDatagramSocket.join(one, other);
    return open(one, other, two);
  }

  @Override
  public int pipe(int[] two) {
    Pipe pipe = new Pipe(kernel);
    return open(pipe.open(false), pipe.open(true), two);
  }

  /** Both or none. */
  private int open(Descriptors.OpenFile one, Descriptors.OpenFile other, int[] two) {
    int first = open(one);
    if (first < 0) {
      return first;
    }
    int second = open(other);
    if (second < 0) {
      kernel.descriptors.close(first);
      return second;
    }
    two[0] = first;
    two[1] = second;
    return 0;
  }

  /** All programs here are one process, which is the superuser's. */
  @Override
  public int peerCredentials(int descriptor, int[] three) {
    return call(
        descriptor,
        socket -> {
          boolean known = socket.knowsPeerCredentials();
          three[0] = known ? 1 : 0;
          three[1] = known ? 0 : -1;
          three[2] = known ? 0 : -1;
          return 0;
        });
  }

  @Override
  public int bind(int descriptor, SocketAddress address) {
    return call(descriptor, socket -> socket.bind(address));
  }

  @Override
  public int listen(int descriptor, int backlog) {
    return call(descriptor, socket -> socket.listen(backlog));
  }

  @Override
  public int connectDatagram(int descriptor, SocketAddress address) {
    return call(descriptor, socket -> socket.connectAtOnce(address));
  }

  @Override
  public int setOption(int descriptor, int level, int name, int value) {
    return call(descriptor, socket -> 0);
  }

  @Override
  public int resetOnClose(int descriptor) {
    return call(
        descriptor,
        socket -> {
          socket.resetOnClose();
          return 0;
        });
  }

  @Override
  public int shutdown(int descriptor, int how) {
    int result = call(descriptor, socket -> socket.shutdown(how));
    kernel.world.trace().line("shutdown").add("fd", descriptor).add("how", how);
    kernel.world.trace().add("result", result);
    return result;
  }

  @Override
  public SocketAddress localAddress(int descriptor) {
    return kernel.descriptors.get(descriptor) instanceof SimulatedSocket socket
        ? socket.localAddress()
        : null;
  }

  @Override
  public SocketAddress remoteAddress(int descriptor) {
    return kernel.descriptors.get(descriptor) instanceof SimulatedSocket socket
        ? socket.remoteAddress()
        : null;
  }

  @Override
  public int close(int descriptor) {
    if (inUse.test(descriptor)) {
      kernel.world.violated("descriptor " + descriptor + " is closed under an operation");
    }
    int result = kernel.descriptors.close(descriptor);
    kernel.world.trace().line("close").add("fd", descriptor).add("result", result);
    if (result < 0) {
      kernel.world.violated("descriptor " + descriptor + " is closed and was not open");
    }
    return result;
  }
}
