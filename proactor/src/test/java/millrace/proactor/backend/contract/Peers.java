package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/**
 * The other side, by plain calls on whatever system the backend under test works on; closes what it
 * has opened.
 */
final class Peers implements AutoCloseable {

  /** What is acknowledged late makes room in a socket that was full. */
  private static final int SETTLE_MILLIS = 100;

  final Surroundings surroundings = Surroundings.current();
  private final Set<Integer> opened = new LinkedHashSet<>();

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
    assertEquals(0, surroundings.close(forget(descriptor)));
  }

  int[] pipe() {
    int[] ends = surroundings.pipe();
    keep(ends[0]);
    keep(ends[1]);
    return ends;
  }

  /** An IPv4 socket. */
  int socket(int type) {
    return socket(Libc.AF_INET, type);
  }

  int socket(int domain, int type) {
    return keep(surroundings.socket(domain, type));
  }

  int listener() {
    return listener(64);
  }

  int listener(int backlog) {
    int listener = socket(Libc.SOCK_STREAM);
    bind(listener);
    assertEquals(0, surroundings.listen(listener, backlog));
    return listener;
  }

  void bind(int socket) {
    assertEquals(0, surroundings.bind(socket, anyPort()));
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  InetSocketAddress address(int socket) {
    return (InetSocketAddress) surroundings.localAddress(socket);
  }

  /** A sockaddr, its window as long as it is. */
  static BufferSlice sockaddr(SocketAddress address) {
    BufferSlice slice = BufferSlice.unpooled(SocketAddresses.MAX_BYTES);
    return slice.range(0, SocketAddresses.encode(address, slice.segment()));
  }

  int connect(InetSocketAddress address) {
    int client = socket(Libc.SOCK_STREAM);
    connect(client, address);
    return client;
  }

  void connect(int socket, SocketAddress address) {
    assertEquals(0, surroundings.connect(socket, address));
  }

  int accept(int listener) {
    return keep(surroundings.accept(listener));
  }

  /** Two connected blocking TCP sockets. */
  int[] connection() {
    int listener = listener();
    int client = connect(address(listener));
    int server = accept(listener);
    close(listener);
    return new int[] {client, server};
  }

  /** The other side will send no more. */
  void finish(int socket) {
    assertEquals(0, surroundings.shutdown(socket, Libc.SHUT_WR));
  }

  /** Closes with a reset. */
  void reset(int socket) {
    assertEquals(0, surroundings.resetOnClose(socket));
    close(socket);
  }

  static BufferSlice slice(String text) {
    return BufferSlice.copyOf(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void write(int descriptor, String text) {
    assertEquals(text.length(), surroundings.write(descriptor, slice(text)));
  }

  /** What is there, at most {@code lengthBytes}; blocks for the first byte. */
  String read(int descriptor, int lengthBytes) {
    BufferSlice bytes = BufferSlice.unpooled(lengthBytes);
    int count = surroundings.read(descriptor, bytes);
    assertTrue(count >= 0, () -> Errno.describe(-count));
    return text(bytes, count);
  }

  static String text(BufferSlice slice, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    slice.copyTo(bytes, 0, 0, lengthBytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Writes until the other side takes no more, also a little later: so many bytes. */
  int fill(int socket) {
    BufferSlice bytes = BufferSlice.unpooled(1 << 16);
    int filled = 0;
    int lately;
    do {
      surroundings.poll(socket, Libc.POLLOUT, SETTLE_MILLIS);
      lately = 0;
      int count;
      do {
        count = surroundings.send(socket, bytes, Libc.MSG_DONTWAIT);
        lately += Math.max(0, count);
      } while (count > 0);
      filled += lately;
    } while (lately > 0);
    return filled;
  }

  @Override
  public void close() {
    opened.forEach(surroundings::close);
    surroundings.close();
  }
}
