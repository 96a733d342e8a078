package millrace.proactor.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** {@link Sockets} of the operating system, for io_uring and epoll alike. */
public final class KernelSockets implements Sockets {

  private final int typeFlags;

  /**
   * @param typeFlags SOCK_NONBLOCK or 0: io_uring wants none, since it would answer EAGAIN instead
   *     of waiting for readiness itself
   */
  public KernelSockets(int typeFlags) {
    this.typeFlags = typeFlags;
  }

  @Override
  public int stream(SocketAddress address) {
    return socket(address, Libc.SOCK_STREAM);
  }

  @Override
  public int datagram(SocketAddress address) {
    return socket(address, Libc.SOCK_DGRAM);
  }

  private int socket(SocketAddress address, int type) {
    int domain = Libc.AF_UNIX;
    if (address instanceof InetSocketAddress inet) {
      domain = inet.getAddress() instanceof Inet6Address ? Libc.AF_INET6 : Libc.AF_INET;
    }
    return Libc.socket(domain, type | Libc.SOCK_CLOEXEC | typeFlags, 0);
  }

  @Override
  public int pair(int type, int[] two) {
    return Libc.socketpair(Libc.AF_UNIX, type | Libc.SOCK_CLOEXEC | typeFlags, 0, two);
  }

  /** Blocking on either backend: io_uring waits only then, and epoll never blocks on a pipe. */
  @Override
  public int pipe(int[] two) {
    return Libc.pipe2(two, Libc.O_CLOEXEC);
  }

  @Override
  public int peerCredentials(int descriptor, int[] three) {
    return Libc.getPeerCredentials(descriptor, three);
  }

  @Override
  public int bind(int descriptor, SocketAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      return Libc.bind(descriptor, target, SocketAddresses.encode(address, target));
    }
  }

  @Override
  public int connectDatagram(int descriptor, SocketAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      return Libc.connect(descriptor, target, SocketAddresses.encode(address, target));
    }
  }

  @Override
  public int listen(int descriptor, int backlog) {
    return Libc.listen(descriptor, backlog);
  }

  @Override
  public int setOption(int descriptor, int level, int name, int value) {
    return Libc.setsockopt(descriptor, level, name, value);
  }

  @Override
  public int resetOnClose(int descriptor) {
    return Libc.setLinger(descriptor, 0);
  }

  @Override
  public int shutdown(int descriptor, int how) {
    return Libc.shutdown(descriptor, how);
  }

  @Override
  public SocketAddress localAddress(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = Libc.getsockname(descriptor, target);
      return length < 0 ? null : SocketAddresses.decode(target, length);
    }
  }

  @Override
  public SocketAddress remoteAddress(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = Libc.getpeername(descriptor, target);
      return length < 0 ? null : SocketAddresses.decode(target, length);
    }
  }

  @Override
  public int close(int descriptor) {
    return Libc.close(descriptor);
  }
}
