package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** The other side, by plain calls; closes what it has opened. */
final class Peers implements AutoCloseable {

  /** What is acknowledged late makes room in a socket that was full. */
  private static final int SETTLE_MILLIS = 100;

  private final Set<Integer> opened = new HashSet<>();

  int keep(int descriptor) {
    assertTrue(descriptor >= 0, () -> Errno.describe(-descriptor));
    opened.add(descriptor);
    return descriptor;
  }

  /** Closed by somebody else. */
  int forget(int descriptor) {
    opened.remove(descriptor);
    return descriptor;
  }

  void close(int descriptor) {
    assertEquals(0, Libc.close(forget(descriptor)));
  }

  int[] pipe() {
    int[] ends = new int[2];
    assertEquals(0, Libc.pipe2(ends, Libc.O_CLOEXEC));
    keep(ends[0]);
    keep(ends[1]);
    return ends;
  }

  int socket(int type) {
    return keep(Libc.socket(Libc.AF_INET, type | Libc.SOCK_CLOEXEC, 0));
  }

  int listener() {
    int listener = socket(Libc.SOCK_STREAM);
    bind(listener);
    assertEquals(0, Libc.listen(listener, 64));
    return listener;
  }

  void bind(int socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      assertEquals(0, Libc.bind(socket, memory, SocketAddresses.encode(anyPort(), memory)));
    }
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  static InetSocketAddress address(int socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = Libc.getsockname(socket, memory);
      return (InetSocketAddress) SocketAddresses.decode(memory, length);
    }
  }

  /** A sockaddr, its window as long as it is. */
  static BufferSlice sockaddr(InetSocketAddress address) {
    BufferSlice slice = BufferSlice.unpooled(SocketAddresses.MAX_BYTES);
    return slice.range(0, SocketAddresses.encode(address, slice.segment()));
  }

  int connect(InetSocketAddress address) {
    int client = socket(Libc.SOCK_STREAM);
    BufferSlice target = sockaddr(address);
    assertEquals(0, Libc.connect(client, target.address(), target.length()));
    return client;
  }

  /** Two connected blocking TCP sockets. */
  int[] connection() {
    int listener = listener();
    int client = connect(address(listener));
    int server = keep(Libc.accept(listener, Libc.SOCK_CLOEXEC));
    close(listener);
    return new int[] {client, server};
  }

  static BufferSlice slice(String text) {
    return BufferSlice.copyOf(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static void write(int descriptor, String text) {
    BufferSlice bytes = slice(text);
    assertEquals(text.length(), Libc.write(descriptor, bytes.address(), bytes.length()));
  }

  /** What is there, at most {@code lengthBytes}; blocks for the first byte. */
  static String read(int descriptor, int lengthBytes) {
    BufferSlice bytes = BufferSlice.unpooled(lengthBytes);
    int count = (int) Libc.read(descriptor, bytes.address(), lengthBytes);
    assertTrue(count >= 0, () -> Errno.describe(-count));
    return text(bytes, count);
  }

  static String text(BufferSlice slice, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    slice.copyTo(bytes, 0, 0, lengthBytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Writes until the other side takes no more, also a little later: so many bytes. */
  static int fill(int socket) {
    BufferSlice bytes = BufferSlice.unpooled(1 << 16);
    int filled = 0;
    int lately;
    do {
      Libc.poll(socket, Libc.POLLOUT, SETTLE_MILLIS);
      lately = 0;
      int count;
      do {
        int flags = Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT;
        count = (int) Libc.send(socket, bytes.address(), bytes.length(), flags);
        lately += Math.max(0, count);
      } while (count > 0);
      filled += lately;
    } while (lately > 0);
    return filled;
  }

  @Override
  public void close() {
    opened.forEach(Libc::close);
  }
}
