package millrace.proactor.backend.simulated;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.IntPredicate;
import millrace.proactor.backend.Sockets;
import millrace.uring.Errno;

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

  private StreamSocket socket(int descriptor) {
    return kernel.descriptors.get(descriptor) instanceof StreamSocket socket ? socket : null;
  }

  @Override
  public int stream(SocketAddress address) {
    if (!(address instanceof InetSocketAddress)) {
      return -Errno.EAFNOSUPPORT;
    }
    int descriptor = kernel.open(new StreamSocket(kernel));
    kernel.world.trace().line("socket").add("fd", descriptor);
    return descriptor;
  }

  @Override
  public int datagram(SocketAddress address) {
    return -Errno.EAFNOSUPPORT;
  }

  @Override
  public int pair(int type, int[] two) {
    return -Errno.EAFNOSUPPORT;
  }

  @Override
  public int connectDatagram(int descriptor, SocketAddress address) {
    return -Errno.EINVAL;
  }

  @Override
  public int pipe(int[] two) {
    return -Errno.ENOSYS;
  }

  @Override
  public int peerCredentials(int descriptor, int[] three) {
    return socket(descriptor) == null ? -Errno.EBADF : -Errno.ENOPROTOOPT;
  }

  @Override
  public int bind(int descriptor, SocketAddress address) {
    StreamSocket socket = socket(descriptor);
    return socket == null ? -Errno.EBADF : socket.bind((InetSocketAddress) address);
  }

  @Override
  public int listen(int descriptor, int backlog) {
    StreamSocket socket = socket(descriptor);
    return socket == null ? -Errno.EBADF : socket.listen(backlog);
  }

  @Override
  public int setOption(int descriptor, int level, int name, int value) {
    return socket(descriptor) == null ? -Errno.EBADF : 0;
  }

  @Override
  public int resetOnClose(int descriptor) {
    StreamSocket socket = socket(descriptor);
    if (socket == null) {
      return -Errno.EBADF;
    }
    socket.resetOnClose();
    return 0;
  }

  @Override
  public int shutdown(int descriptor, int how) {
    StreamSocket socket = socket(descriptor);
    int result = socket == null ? -Errno.EBADF : socket.shutdown(how);
    kernel.world.trace().line("shutdown").add("fd", descriptor).add("how", how);
    kernel.world.trace().add("result", result);
    return result;
  }

  @Override
  public SocketAddress localAddress(int descriptor) {
    StreamSocket socket = socket(descriptor);
    return socket == null ? null : socket.localAddress();
  }

  @Override
  public SocketAddress remoteAddress(int descriptor) {
    StreamSocket socket = socket(descriptor);
    return socket == null ? null : socket.remoteAddress();
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
