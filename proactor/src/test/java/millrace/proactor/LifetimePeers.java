package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** Descriptors for raw operations: a pipe, and a connected pair of sockets with its listener. */
final class LifetimePeers implements AutoCloseable {

  final int readEnd;
  final int writeEnd;
  final int listener;
  final int client;
  final int server;
  final InetSocketAddress address;

  LifetimePeers() {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    readEnd = pipe[0];
    writeEnd = pipe[1];
    listener = socket(Libc.SOCK_STREAM);
    address = bind(listener);
    assertEquals(0, Libc.listen(listener, 256));
    client = connect();
    server = Libc.accept(listener, Libc.SOCK_CLOEXEC);
    assertTrue(server >= 0);
  }

  static int socket(int type) {
    int descriptor = Libc.socket(Libc.AF_INET, type | Libc.SOCK_CLOEXEC, 0);
    assertTrue(descriptor >= 0);
    return descriptor;
  }

  static InetSocketAddress bind(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length =
          SocketAddresses.encode(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), memory);
      assertEquals(0, Libc.bind(descriptor, memory, length));
      length = Libc.getsockname(descriptor, memory);
      return (InetSocketAddress) SocketAddresses.decode(memory, length);
    }
  }

  /** One more connection, which nobody accepts. */
  int connect() {
    int descriptor = socket(Libc.SOCK_STREAM);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = SocketAddresses.encode(address, memory);
      assertEquals(0, Libc.connect(descriptor, memory, length));
    }
    return descriptor;
  }

  void writePipe(int lengthBytes) {
    BufferSlice bytes = BufferSlice.unpooled(lengthBytes);
    assertEquals(lengthBytes, Libc.write(writeEnd, bytes.address(), lengthBytes));
  }

  void send(int descriptor, int lengthBytes) {
    BufferSlice bytes = BufferSlice.unpooled(lengthBytes);
    assertEquals(
        lengthBytes, Libc.send(descriptor, bytes.address(), lengthBytes, Libc.MSG_NOSIGNAL));
  }

  @Override
  public void close() {
    for (int descriptor : new int[] {readEnd, writeEnd, listener, client, server}) {
      Libc.close(descriptor);
    }
  }
}
