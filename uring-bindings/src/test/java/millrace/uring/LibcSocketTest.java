package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static millrace.uring.Results.succeeded;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.uring.abi.iovec;
import millrace.uring.abi.msghdr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LibcSocketTest {

  private static final int STREAM = Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment address = arena.allocate(SocketAddresses.MAX_BYTES);
  private int addressBytes;
  private int listener;

  @BeforeEach
  void listen() {
    listener = succeeded(Libc.socket(Libc.AF_INET, STREAM, 0));
    addressBytes =
        SocketAddresses.encode(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), address);
    succeeded(Libc.bind(listener, address, addressBytes));
    succeeded(Libc.listen(listener, Libc.SOMAXCONN));
    assertEquals(addressBytes, Libc.getsockname(listener, address));
  }

  @AfterEach
  void close() {
    succeeded(Libc.close(listener));
    arena.close();
  }

  @Test
  void aConnectionCarriesBytesBothWaysAndEnds() {
    int client = connect();
    int server = succeeded(Libc.accept(listener, Libc.SOCK_CLOEXEC));
    try {
      MemorySegment data = arena.allocateFrom("grist");
      MemorySegment back = arena.allocate(16);
      assertEquals(5, Libc.send(client, data.address(), 5, Libc.MSG_NOSIGNAL));
      assertEquals(5, Libc.recv(server, back.address(), 5, Libc.MSG_WAITALL));
      assertEquals("grist", back.getString(0));
      assertFailed(Errno.EAGAIN, Libc.recv(server, back.address(), 1, Libc.MSG_DONTWAIT));
      succeeded(Libc.shutdown(client, Libc.SHUT_WR));
      assertEquals(0, Libc.recv(server, back.address(), 16, 0));
      assertEquals(5, Libc.write(server, data.address(), 5));
      assertEquals(5, Libc.recv(client, back.address(), 5, Libc.MSG_WAITALL));
    } finally {
      succeeded(Libc.close(server));
      succeeded(Libc.close(client));
    }
  }

  @Test
  void socketsOfAPairAreConnectedAndTellWhoHasMadeThem() {
    int[] pair = new int[2];
    succeeded(Libc.socketpair(Libc.AF_UNIX, STREAM, 0, pair));
    try {
      MemorySegment data = arena.allocateFrom("flume");
      MemorySegment back = arena.allocate(16);
      assertEquals(5, Libc.send(pair[0], data.address(), 5, Libc.MSG_NOSIGNAL));
      assertEquals(5, Libc.recv(pair[1], back.address(), 16, 0));
      assertEquals("flume", back.getString(0));
      int[] credentials = new int[3];
      succeeded(Libc.getPeerCredentials(pair[1], credentials));
      assertEquals(Libc.getpid(), credentials[0]);
      int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      int gid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
      assertEquals(uid, credentials[1]);
      assertEquals(gid, credentials[2]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      succeeded(Libc.close(pair[0]));
      succeeded(Libc.close(pair[1]));
    }
  }

  @Test
  void aPairOfInternetSocketsIsRefusedAndLeavesTheArrayAsItIs() {
    int[] pair = {-7, -7};
    assertFailed(Errno.EOPNOTSUPP, Libc.socketpair(Libc.AF_INET, STREAM, 0, pair));
    assertEquals(-7, pair[0]);
    assertEquals(-7, pair[1]);
    assertFailed(Errno.EBADF, Libc.getPeerCredentials(-1, new int[3]));
  }

  @Test
  void aMessageIsGatheredAndScattered() {
    int client = connect();
    int server = succeeded(Libc.accept(listener, 0));
    try {
      MemorySegment first = arena.allocateFrom("mill");
      MemorySegment second = arena.allocateFrom("race");
      long sent = message(first, 4, second, 4).address();
      assertEquals(8, Libc.sendmsg(client, sent, Libc.MSG_NOSIGNAL));
      MemorySegment head = arena.allocate(8);
      MemorySegment tail = arena.allocate(8);
      long received = message(head, 6, tail, 2).address();
      assertEquals(8, Libc.recvmsg(server, received, Libc.MSG_WAITALL));
      assertEquals("millra", head.getString(0));
      assertEquals("ce", tail.getString(0));
    } finally {
      succeeded(Libc.close(server));
      succeeded(Libc.close(client));
    }
  }

  @Test
  void bothEndsKnowEachOther() {
    int client = connect();
    int server = succeeded(Libc.accept(listener, 0));
    try {
      MemorySegment local = arena.allocate(SocketAddresses.MAX_BYTES);
      MemorySegment remote = arena.allocate(SocketAddresses.MAX_BYTES);
      int localBytes = succeeded(Libc.getsockname(client, local));
      int remoteBytes = succeeded(Libc.getpeername(server, remote));
      assertEquals(
          SocketAddresses.decode(local, localBytes), SocketAddresses.decode(remote, remoteBytes));
    } finally {
      succeeded(Libc.close(server));
      succeeded(Libc.close(client));
    }
  }

  @Test
  void optionsAreSetAndRead() {
    int level = Libc.SOL_SOCKET;
    assertEquals(Libc.SOCK_STREAM, Libc.getsockopt(listener, level, Libc.SO_TYPE));
    assertEquals(0, Libc.getsockopt(listener, level, Libc.SO_ERROR));
    assertEquals(0, Libc.getsockopt(listener, level, Libc.SO_REUSEADDR));
    succeeded(Libc.setsockopt(listener, level, Libc.SO_REUSEADDR, 1));
    assertEquals(1, Libc.getsockopt(listener, level, Libc.SO_REUSEADDR));
    succeeded(Libc.setsockopt(listener, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1));
    assertEquals(1, Libc.getsockopt(listener, Libc.IPPROTO_TCP, Libc.TCP_NODELAY));
    assertFailed(Errno.ENOPROTOOPT, Libc.getsockopt(listener, level, 4711));
    assertFailed(Errno.ENOPROTOOPT, Libc.setsockopt(listener, level, 4711, 1));
  }

  @Test
  void closingWithALingerOfZeroResetsTheConnection() {
    int client = connect();
    int server = succeeded(Libc.accept(listener, 0));
    try {
      succeeded(Libc.setLinger(client, 0));
      succeeded(Libc.close(client));
      MemorySegment buffer = arena.allocate(1);
      assertFailed(Errno.ECONNRESET, Libc.recv(server, buffer.address(), 1, 0));
    } finally {
      succeeded(Libc.close(server));
    }
  }

  @Test
  void closingWithoutLingerEndsTheConnectionInOrder() {
    int client = connect();
    int server = succeeded(Libc.accept(listener, 0));
    try {
      succeeded(Libc.setLinger(client, 0));
      succeeded(Libc.setLinger(client, -1));
      succeeded(Libc.close(client));
      MemorySegment buffer = arena.allocate(1);
      assertEquals(0, Libc.recv(server, buffer.address(), 1, 0));
    } finally {
      succeeded(Libc.close(server));
    }
  }

  @Test
  void refusalsAreResults() {
    assertFailed(Errno.EAFNOSUPPORT, Libc.socket(4711, STREAM, 0));
    assertFailed(Errno.EADDRINUSE, bindAnother());
    assertFailed(Errno.EISCONN, connectTwice());
    assertFailed(Errno.ENOTCONN, Libc.getpeername(listener, address));
    assertFailed(Errno.EPIPE, Libc.send(listener, address.address(), 1, Libc.MSG_NOSIGNAL));
    assertFailed(Errno.ENOTCONN, Libc.recv(listener, address.address(), 1, 0));
    assertFailed(Errno.EINVAL, Libc.accept(listener, -1));
    assertFailed(Errno.EINVAL, Libc.shutdown(listener, 4711));
    assertFailed(Errno.EINVAL, Libc.bind(listener, address, 0));
    assertFailed(Errno.EFAULT, Libc.sendmsg(listener, 1, 0));
    assertFailed(Errno.EBADF, Libc.accept(-1, 0));
    assertFailed(Errno.EBADF, Libc.listen(-1, 1));
    assertFailed(Errno.EBADF, Libc.getsockname(-1, address));
    assertFailed(Errno.EBADF, Libc.setLinger(-1, 0));
    int pipe = succeeded(Libc.eventfd(0, 0));
    assertFailed(Errno.ENOTSOCK, Libc.listen(pipe, 1));
    succeeded(Libc.close(pipe));
  }

  @Test
  void nobodyListeningIsConnectionRefused() {
    // Bound but not listening: the port is taken, so that nobody else can listen on it meanwhile.
    int bound = succeeded(Libc.socket(Libc.AF_INET, STREAM, 0));
    int client = succeeded(Libc.socket(Libc.AF_INET, STREAM, 0));
    try {
      SocketAddresses.encode(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), address);
      succeeded(Libc.bind(bound, address, addressBytes));
      succeeded(Libc.getsockname(bound, address));
      assertFailed(Errno.ECONNREFUSED, Libc.connect(client, address, addressBytes));
    } finally {
      succeeded(Libc.close(client));
      succeeded(Libc.close(bound));
    }
  }

  @Test
  void anAddressLongerThanItsSegmentOrThanAnyAddressIsRefused() {
    MemorySegment small = arena.allocate(8);
    assertThrows(IndexOutOfBoundsException.class, () -> Libc.bind(listener, small, 16));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Libc.connect(listener, address, 129));
    assertTrue(refusal.getMessage().contains("0..128"), refusal.getMessage());
  }

  @Test
  void aClosedArenaIsNoticed() {
    MemorySegment gone;
    try (Arena shortLived = Arena.ofConfined()) {
      gone = shortLived.allocate(SocketAddresses.MAX_BYTES);
    }
    assertThrows(IllegalStateException.class, () -> Libc.bind(listener, gone, 16));
  }

  private int connect() {
    int client = succeeded(Libc.socket(Libc.AF_INET, STREAM, 0));
    succeeded(Libc.connect(client, address, addressBytes));
    return client;
  }

  private int bindAnother() {
    int other = succeeded(Libc.socket(Libc.AF_INET, STREAM, 0));
    int result = Libc.bind(other, address, addressBytes);
    succeeded(Libc.close(other));
    return result;
  }

  private int connectTwice() {
    int client = connect();
    int result = Libc.connect(client, address, addressBytes);
    succeeded(Libc.close(client));
    return result;
  }

  private MemorySegment message(
      MemorySegment first, long firstBytes, MemorySegment second, long secondBytes) {
    MemorySegment vectors = iovec.allocateArray(2, arena);
    iovec.iov_base(iovec.asSlice(vectors, 0), first);
    iovec.iov_len(iovec.asSlice(vectors, 0), firstBytes);
    iovec.iov_base(iovec.asSlice(vectors, 1), second);
    iovec.iov_len(iovec.asSlice(vectors, 1), secondBytes);
    MemorySegment message = msghdr.allocate(arena);
    msghdr.msg_iov(message, vectors);
    msghdr.msg_iovlen(message, 2);
    return message;
  }
}
