package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a socket becomes one that others connect to, and commands of sockets. */
class SocketSetupTest {
  private static final int INT_BYTES = Integer.BYTES;

  private RingFixture ring;
  private MemorySegment address;
  private int addressBytes;
  private MemorySegment value;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    address = ring.arena.allocate(SocketAddresses.MAX_BYTES, 8);
    addressBytes =
        SocketAddresses.encode(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), address);
    value = ring.arena.allocate(64, 8);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/socket.c. */
  @Test
  void socketHasItsTypeAndFlags() {
    int type = Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC;
    int fd = ring.own(ring.run(ring.next(1).socket(Libc.AF_INET, type, 0)));
    assertEquals(Libc.SOCK_DGRAM, Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_TYPE));
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(fd, Libc.F_GETFD, 0));
    assertFailed(Errno.EAFNOSUPPORT, ring.run(ring.next(1).socket(9999, type, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).socketDirect(Libc.AF_INET, type, 0, 0)));
  }

  /** Mirrors liburing test/bind-listen.c. */
  @Test
  void oneChainMakesAListenerOfADirectDescriptor() {
    ring.registerFiles(2);
    ring.next(1).socketDirect(Libc.AF_INET, Libc.SOCK_STREAM, 0, 1).link();
    ring.next(2).bind(1, address.address(), addressBytes).fixedFile().link();
    ring.next(3).listen(1, 16).fixedFile().link();
    ring.next(4).fixedFdInstall(1, 0);
    ring.await(4);
    for (long step = 1; step <= 3; step++) {
      assertEquals(new Completion(step, 0, 0), ring.await(step));
    }
    int listener = ring.own(ring.await(4L).result());
    assertNotEquals(0, SocketPairs.name(listener).getPort());
    int client = ring.own(SocketPairs.connect(listener));
    assertEquals(SocketPairs.name(listener), SocketPairs.peer(client));
  }

  @Test
  void bindAndListenRefuseWhatIsTakenOrNoSocket() {
    int listener = ring.own(SocketPairs.listener());
    int length = Libc.getsockname(listener, address);
    int fd = socket(Libc.SOCK_STREAM);
    long taken = address.address();
    assertFailed(Errno.EADDRINUSE, ring.run(ring.next(1).bind(fd, taken, length)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).bind(fd, taken, 1)));
    assertFailed(Errno.ENOTSOCK, ring.run(ring.next(1).bind(ring.pipe()[0], taken, length)));
    assertFailed(Errno.EOPNOTSUPP, ring.run(ring.next(1).listen(socket(Libc.SOCK_DGRAM), 1)));
    assertFailed(Errno.ENOTSOCK, ring.run(ring.next(1).listen(ring.pipe()[0], 1)));
  }

  /** Mirrors liburing test/socket-io-cmd.c. */
  @Test
  void commandsTellWhatWaitsToBeReadAndSent() {
    int listener = ring.own(SocketPairs.listener());
    int sender = ring.own(SocketPairs.connect(listener));
    int receiver = ring.own(Libc.accept(listener, Libc.SOCK_CLOEXEC));
    assertEquals(0, command(SocketCommands.SIOCINQ, receiver));
    assertEquals(0, command(SocketCommands.SIOCOUTQ, sender));
    assertEquals(7, Libc.send(sender, value.address(), 7, 0));
    assertEquals(0, ring.run(ring.next(1).pollAdd(receiver, Libc.POLLIN)) & Libc.POLLERR);
    assertEquals(7, command(SocketCommands.SIOCINQ, receiver));
    assertEquals(5, Libc.recv(receiver, value.address(), 5, 0));
    assertEquals(2, command(SocketCommands.SIOCINQ, receiver));
    long chunk = ring.buffer(1 << 16);
    while (Libc.send(sender, chunk, 1 << 16, Libc.MSG_DONTWAIT) > 0) {
      // Until nothing fits any more on either side.
    }
    assertTrue(command(SocketCommands.SIOCOUTQ, sender) > 0);
    assertFailed(Errno.EINVAL, command(SocketCommands.SIOCINQ, listener));
  }

  /** Mirrors liburing test/socket-getsetsock-cmd.c. */
  @Test
  void commandsSetAndGetOptions() {
    int fd = socket(Libc.SOCK_STREAM);
    value.set(ValueLayout.JAVA_INT, 0, 1);
    int level = Libc.SOL_SOCKET;
    int option = Libc.SO_REUSEADDR;
    assertEquals(0, option(SocketCommands.SETSOCKOPT, fd, level, option));
    assertEquals(1, Libc.getsockopt(fd, level, option));
    value.set(ValueLayout.JAVA_INT, 0, 99);
    assertEquals(INT_BYTES, option(SocketCommands.GETSOCKOPT, fd, level, option));
    assertEquals(1, value.get(ValueLayout.JAVA_INT, 0));
  }

  @Test
  void commandsSetOptionsOfAnyLevelButGetThoseOfSocketsOnly() {
    int fd = socket(Libc.SOCK_STREAM);
    value.set(ValueLayout.JAVA_INT, 0, 1);
    int level = Libc.IPPROTO_TCP;
    assertEquals(0, option(SocketCommands.SETSOCKOPT, fd, level, Libc.TCP_NODELAY));
    assertEquals(1, Libc.getsockopt(fd, level, Libc.TCP_NODELAY));
    assertFailed(Errno.EOPNOTSUPP, option(SocketCommands.GETSOCKOPT, fd, level, Libc.TCP_NODELAY));
    assertFailed(Errno.ENOPROTOOPT, option(SocketCommands.SETSOCKOPT, fd, level, 9999));
  }

  @Test
  void unknownCommandsAndFilesWithoutCommandsAreRefused() {
    int fd = socket(Libc.SOCK_STREAM);
    assertFailed(Errno.EOPNOTSUPP, command(9999, fd));
    assertFailed(Errno.EOPNOTSUPP, command(SocketCommands.SIOCINQ, ring.pipe()[0]));
    assertFailed(Errno.EOPNOTSUPP, ring.run(ring.next(1).cmdDiscard(ring.pipe()[0], 0, 512)));
    assertFailed(Errno.EOPNOTSUPP, ring.run(ring.next(1).cmdZoneResetAll(ring.pipe()[0])));
  }

  @Test
  void aCommandIsGivenByItsNumberAlone() {
    int[] pair = ring.socketPair(Libc.SOCK_STREAM);
    int listener = ring.own(SocketPairs.listener());
    int fd = ring.own(SocketPairs.connect(listener));
    assertEquals(0, ring.run(ring.next(1).uringCmd(SocketCommands.SIOCINQ, fd)));
    assertFailed(
        Errno.EOPNOTSUPP, ring.run(ring.next(1).uringCmd(SocketCommands.SIOCINQ, pair[0])));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).uringCmd(SocketCommands.SIOCINQ, -1)));
  }

  /** Mirrors liburing test/zcrx.c, a ring without an interface queue. */
  @Test
  void zeroCopyReceiveNeedsAnInterfaceQueue() {
    int fd = ring.own(SocketPairs.connect(ring.own(SocketPairs.listener())));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).recvZc(fd, 0, 0)));
  }

  /** Mirrors liburing test/bind-listen.c, names of sockets; the command came with Linux 6.19. */
  @Test
  void nameOfASocketIsToldOrCleanlyRefused() {
    int listener = ring.own(SocketPairs.listener());
    value.set(ValueLayout.JAVA_INT, 0, SocketAddresses.MAX_BYTES);
    address.fill((byte) 0);
    Sqe name = ring.next(1).cmdGetsockname(listener, address.address(), value.address(), false);
    int result = ring.run(name);
    if (result == 0) {
      int length = value.get(ValueLayout.JAVA_INT, 0);
      assertEquals(SocketPairs.name(listener), SocketAddresses.decode(address, length));
    } else {
      assertFailed(Errno.EOPNOTSUPP, result);
    }
  }

  /** Mirrors liburing test/timestamp.c, a ring whose completions have no room for a time. */
  @Test
  void timestampsNeedLargeCompletions() {
    assertFailed(Errno.EINVAL, command(SocketCommands.TX_TIMESTAMP, socket(Libc.SOCK_STREAM)));
  }

  private int socket(int type) {
    return ring.own(Libc.socket(Libc.AF_INET, type | Libc.SOCK_CLOEXEC, 0));
  }

  private int command(int command, int fd) {
    return ring.run(ring.next(1).cmdSock(command, fd, 0, 0, 0, 0));
  }

  private int option(int command, int fd, int level, int name) {
    return ring.run(ring.next(1).cmdSock(command, fd, level, name, value.address(), INT_BYTES));
  }
}
