package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Connected sockets for tests. */
final class SocketPairs {
  private static final Downcall SOCKETPAIR = Downcall.ofInt("socketpair", 4);

  private SocketPairs() {}

  static int[] unix(int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
      long result = SOCKETPAIR.call(Libc.AF_UNIX, type | Libc.SOCK_CLOEXEC, 0, pair.address());
      assertEquals(0, result);
      return pair.toArray(ValueLayout.JAVA_INT);
    }
  }

  /** A listening socket on a free port of the loopback address. */
  static int listener() {
    try (Arena arena = Arena.ofConfined()) {
      int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
      MemorySegment address = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length =
          SocketAddresses.encode(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), address);
      assertEquals(0, Libc.bind(fd, address, length));
      assertEquals(0, Libc.listen(fd, 16));
      return fd;
    }
  }

  /** A socket connected to a listener, whose backlog holds the connection. */
  static int connect(int listener) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
      MemorySegment address = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = Libc.getsockname(listener, address);
      assertTrue(length > 0);
      assertEquals(0, Libc.connect(fd, address, length));
      return fd;
    }
  }

  /** Two connected TCP sockets over the loopback. */
  static int[] tcp() {
    int listener = listener();
    try {
      int client = connect(listener);
      int server = Libc.accept(listener, Libc.SOCK_CLOEXEC);
      assertTrue(server >= 0, () -> Errno.describe(server));
      return new int[] {client, server};
    } finally {
      Libc.close(listener);
    }
  }

  static InetSocketAddress name(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      return (InetSocketAddress) SocketAddresses.decode(address, Libc.getsockname(fd, address));
    }
  }

  static InetSocketAddress peer(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      return (InetSocketAddress) SocketAddresses.decode(address, Libc.getpeername(fd, address));
    }
  }
}
