package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.ShutdownReport;
import millrace.proactor.Transport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UnixAbstractAddress;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;

@OnEveryBackend(transports = Transport.UNIX)
class UnixListenerTest {

  private static final UnixListenerOptions DEFAULTS = UnixListenerOptions.defaults();

  private static UnixListener bind(
      LoopFixture loop, UnixDomainSocketAddress address, UnixListenerOptions options)
      throws IOException {
    return UnixListener.bind(loop.proactor(), address, options, new Recorder()::accept);
  }

  private static UringException refused(
      LoopFixture loop, UnixDomainSocketAddress address, UnixListenerOptions options) {
    int before = Peers.openDescriptors();
    UringException refusal = assertThrows(UringException.class, () -> bind(loop, address, options));
    assertEquals(before, Peers.openDescriptors(), "descriptors");
    return refusal;
  }

  /** A socket's file as a program leaves it that was killed. */
  private static void leaveBehind(UnixDomainSocketAddress address) throws IOException {
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(address);
    }
    assertTrue(Files.exists(address.getPath()));
  }

  @Test
  void theListenerTellsItsAddressAndServesItUntilItIsClosed() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      UnixListener listener =
          UnixListener.bind(loop.proactor(), address, DEFAULTS, recorder::accept);
      assertEquals(address, listener.localAddress());
      assertEquals("UnixListener[" + address.getPath() + "]", listener.toString());
      try (Socket socket = Peers.connect(listener)) {
        loop.await(recorder.opened);
        assertEquals(1, listener.liveConnections());
        loop.await(listener.close());
        assertFalse(Files.exists(address.getPath()), "file");
        assertThrows(IOException.class, () -> new UnixSocket(address));
        // The connection lives on.
        socket.getOutputStream().write('x');
        loop.until("received", () -> recorder.text().equals("x"));
      }
      assertEquals(0, loop.await(recorder.closed));
      loop.await(listener.close());
    }
  }

  @Test
  void aTakenPathIsRefusedWithAHint() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start()) {
      bind(loop, address, DEFAULTS);
      UringException refusal = refused(loop, address, DEFAULTS);
      assertEquals(Errno.EADDRINUSE, refusal.errno());
      assertTrue(
          refusal.getMessage().startsWith("bind " + address.getPath()), refusal.getMessage());
      assertTrue(refusal.getMessage().contains("left its socket behind"), refusal.getMessage());
      assertTrue(Files.exists(address.getPath()), "the other's file");
      new UnixSocket(address).close();
    }
  }

  @Test
  void aStaleSocketIsReplacedIfThatIsAskedFor() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    leaveBehind(address);
    try (LoopFixture loop = LoopFixture.start()) {
      assertEquals(Errno.EADDRINUSE, refused(loop, address, DEFAULTS).errno());
      bind(loop, address, DEFAULTS.withReplaceStale(true));
      new UnixSocket(address).close();
    }
    assertFalse(Files.exists(address.getPath()), "file");
  }

  @Test
  void aSocketThatSomebodyListensAtIsNotReplaced() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start()) {
      UnixListener.bind(loop.proactor(), address, DEFAULTS, connection -> NoHandler.INSTANCE);
      Object before = Files.getAttribute(address.getPath(), "unix:ino");
      UringException refusal =
          assertThrows(
              UringException.class, () -> bind(loop, address, DEFAULTS.withReplaceStale(true)));
      assertEquals(Errno.EADDRINUSE, refusal.errno());
      assertTrue(refusal.getMessage().endsWith("another program listens there"));
      assertEquals(before, Files.getAttribute(address.getPath(), "unix:ino"));
      new UnixSocket(address).close();
    }
  }

  @Test
  void aFileThatIsNoSocketIsNotReplaced() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    Files.writeString(address.getPath(), "precious");
    try (LoopFixture loop = LoopFixture.start()) {
      UringException refusal = refused(loop, address, DEFAULTS.withReplaceStale(true));
      assertEquals(Errno.EADDRINUSE, refusal.errno());
      assertTrue(refusal.getMessage().endsWith("the file is no socket"), refusal.getMessage());
    }
    assertEquals("precious", Files.readString(address.getPath()));
    Files.delete(address.getPath());
  }

  @Test
  void theFileIsRemovedHoweverTheLoopEnds() throws Exception {
    for (Duration drain : List.of(Duration.ZERO, Duration.ofSeconds(20))) {
      UnixDomainSocketAddress address = Peers.anyPath();
      UnixDomainSocketAddress kept = Peers.anyPath();
      try (LoopFixture loop = LoopFixture.start()) {
        bind(loop, address, DEFAULTS);
        bind(loop, kept, DEFAULTS.withUnlinkOnClose(false));
        ShutdownReport report = loop.shutdown(drain);
        assertEquals(0, report.operationsAbandoned());
        assertEquals(0, report.buffersOutstanding());
      }
      assertFalse(Files.exists(address.getPath()), "removed, drain " + drain);
      assertTrue(Files.exists(kept.getPath()), "kept, drain " + drain);
      Files.delete(kept.getPath());
    }
  }

  @Test
  void aFileThatHasTakenItsPlaceIsLeftAlone() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start()) {
      UnixListener listener = bind(loop, address, DEFAULTS);
      // Kept under another name, so that its inode is not used again.
      Path aside = address.getPath().resolveSibling("aside");
      Files.move(address.getPath(), aside);
      try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        other.bind(address);
        loop.await(listener.close());
        assertTrue(Files.exists(address.getPath()), "the other's file");
        SocketChannel.open(address).close();
      }
      Files.delete(aside);
      Files.delete(address.getPath());
    }
  }

  @Test
  void aFileThatIsGoneIsNoTrouble() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start()) {
      UnixListener listener = bind(loop, address, DEFAULTS);
      Files.delete(address.getPath());
      loop.await(listener.close());
    }
  }

  @Test
  void aFileThatCannotBeRemovedIsReportedAndTheListenerClosedAllTheSame() throws Exception {
    Path directory = Files.createDirectory(Peers.anyPath().getPath());
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      UnixListener listener = bind(loop, address, DEFAULTS);
      Path moved = directory.resolveSibling("moved");
      Files.move(directory, moved);
      // Its path now leads through a file: ENOTDIR.
      Files.writeString(directory, "");
      loop.await(listener.close());
      assertEquals(1, failures.size(), failures::toString);
      UringException failure = (UringException) failures.get(0);
      assertEquals(Errno.ENOTDIR, failure.errno());
      assertEquals("statx", failure.operation());
      Files.delete(directory);
      Files.delete(moved.resolve("s"));
      Files.delete(moved);
    }
  }

  @Test
  void theFileHasThePermissionsThatWereAskedFor() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      for (String permissions : List.of("rw-rw-rw-", "rw-------", "rwxrwxrwx", "--x-w-r--")) {
        UnixDomainSocketAddress address = Peers.anyPath();
        bind(loop, address, DEFAULTS.withPermissions(PosixFilePermissions.fromString(permissions)));
        assertEquals(
            permissions,
            PosixFilePermissions.toString(Files.getPosixFilePermissions(address.getPath())));
      }
    }
  }

  @Test
  void aPathThatIsTooLongIsRefusedBeforeTheKernelIsAsked() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      String directory = Peers.anyPath().getPath().getParent().toString();
      String name = "x".repeat(107 - directory.length() - 1);
      UnixDomainSocketAddress longest = UnixDomainSocketAddress.of(Path.of(directory, name));
      UnixListener listener =
          UnixListener.bind(loop.proactor(), longest, DEFAULTS, connection -> NoHandler.INSTANCE);
      // The JDK itself would refuse the path, one byte too early.
      StreamConnection connection =
          loop.await(Peers.open(loop, listener, accepted -> NoHandler.INSTANCE));
      assertEquals(longest, loop.call(connection::remoteAddress));
      UnixDomainSocketAddress tooLong = UnixDomainSocketAddress.of(Path.of(directory, name + "x"));
      UringException refusal = refused(loop, tooLong, DEFAULTS);
      assertEquals(Errno.ENAMETOOLONG, refusal.errno());
      assertTrue(
          refusal.getMessage().contains("it has 108 bytes, must have at most 107"),
          refusal.getMessage());
      IllegalArgumentException unnamed =
          assertThrows(
              IllegalArgumentException.class,
              () -> bind(loop, UnixDomainSocketAddress.of(""), DEFAULTS));
      assertEquals("address: unnamed, must have a path", unnamed.getMessage());
    }
  }

  @Test
  void aMissingDirectoryIsToldWithAHint() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Path missing = Peers.anyPath().getPath().resolve("s");
      UringException refusal = refused(loop, UnixDomainSocketAddress.of(missing), DEFAULTS);
      assertEquals(Errno.ENOENT, refusal.errno());
      assertTrue(refusal.getMessage().endsWith("there is no such directory"));
    }
  }

  @Test
  void anAbstractNameNeedsNoFileAndIsFreeAfterTheClose() throws Exception {
    UnixAbstractAddress name = UnixAbstractAddress.of("millrace-test-" + Libc.getpid());
    try (LoopFixture loop = LoopFixture.start()) {
      for (int round = 0; round < 2; round++) {
        Recorder server = new Recorder();
        UnixListener listener = UnixListener.bind(loop.proactor(), name, DEFAULTS, server::accept);
        assertEquals(name, listener.localAddress());
        Recorder client = new Recorder();
        StreamConnection connection =
            loop.await(
                UnixConnector.connect(
                    loop.proactor(),
                    name,
                    Duration.ZERO,
                    ConnectionOptions.defaults(),
                    client::accept));
        loop.run(
            () -> {
              assertEquals(name, connection.remoteAddress());
              connection.write(Peers.slice("flume"));
              connection.close();
            });
        assertEquals(0, loop.await(server.closed));
        assertEquals("flume", server.text());
        UringException taken =
            assertThrows(
                UringException.class,
                () -> UnixListener.bind(loop.proactor(), name, DEFAULTS, server::accept));
        assertEquals(Errno.EADDRINUSE, taken.errno());
        assertTrue(taken.getMessage().startsWith("bind @millrace-test-"), taken.getMessage());
        loop.await(listener.close());
      }
    }
  }

  @Test
  void thePeerTellsWhoItIs() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        assertTrue(socket.getInputStream().available() == 0);
        StreamConnection connection = loop.await(recorder.opened);
        Path self = Path.of("/proc/self");
        PeerCredentials expected =
            new PeerCredentials(
                Libc.getpid(),
                (int) Files.getAttribute(self, "unix:uid"),
                (int) Files.getAttribute(self, "unix:gid"));
        assertEquals(expected, loop.call(connection::peerCredentials));
        loop.run(connection::close);
        loop.await(recorder.closed);
        assertNull(loop.call(connection::peerCredentials));
      }
    }
  }

  @Test
  void aTcpConnectionHasNoCredentials() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      TcpListener listener =
          TcpListener.bind(
              loop.proactor(), Peers.anyPort(), TcpListenerOptions.defaults(), recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        assertTrue(socket.isConnected());
        assertNull(loop.call(loop.await(recorder.opened)::peerCredentials));
      }
      assertEquals(0, loop.await(recorder.closed));
    }
  }

  @Test
  void anUnnamedPeerHasTheEmptyPathAndANamedOneItsOwn() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<CompletableFuture<SocketAddress>> seen = new ArrayList<>();
      seen.add(new CompletableFuture<>());
      seen.add(new CompletableFuture<>());
      UnixListener listener =
          UnixListener.bind(
              loop.proactor(),
              Peers.anyPath(),
              DEFAULTS,
              connection -> {
                CompletableFuture<SocketAddress> next = seen.get(seen.get(0).isDone() ? 1 : 0);
                next.complete(connection.remoteAddress());
                return NoHandler.INSTANCE;
              });
      try (SocketChannel unnamed = SocketChannel.open(listener.localAddress());
          SocketChannel named = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        assertTrue(unnamed.isConnected());
        assertEquals(UnixDomainSocketAddress.of(""), loop.await(seen.get(0)));
        UnixDomainSocketAddress own = Peers.anyPath();
        named.bind(own);
        named.connect(listener.localAddress());
        assertEquals(own, loop.await(seen.get(1)));
        Files.delete(own.getPath());
      }
    }
  }

  @Test
  void beyondTheLimitOfConnectionsPeersWaitUntilOneCloses() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Recorder> recorders = new ArrayList<>();
      StreamListener listener =
          Peers.listen(
              loop,
              2,
              ConnectionOptions.defaults(),
              connection -> {
                Recorder recorder = new Recorder();
                recorders.add(recorder);
                return recorder.accept(connection);
              });
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        sockets.add(Peers.connect(listener));
        sockets.get(i).getOutputStream().write('a' + i);
      }
      for (int i = 0; i < 5; i++) {
        int current = i;
        loop.until(
            "served " + i,
            () -> recorders.size() > current && recorders.get(current).text().length() == 1);
        assertEquals("" + (char) ('a' + i), loop.call(() -> recorders.get(current).text()));
        assertTrue(listener.liveConnections() <= 2, "live " + listener.liveConnections());
        assertTrue(loop.call(recorders::size) <= i + 2, "accepted beyond the limit");
        sockets.get(i).close();
        assertEquals(0, loop.await(recorders.get(i).closed));
      }
    }
  }

  @Test
  void aLoopAtItsCapRefusesTheListenerAndLeavesNoFile() throws Exception {
    UnixDomainSocketAddress address = Peers.anyPath();
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(16))) {
      for (int i = 0; i < 8; i++) {
        bind(loop, Peers.anyPath(), DEFAULTS);
      }
      UringException refusal = refused(loop, address, DEFAULTS);
      assertEquals(Errno.EAGAIN, refusal.errno());
    }
    assertFalse(Files.exists(address.getPath()));
  }

  @Test
  void optionsAreCheckedAndKept() {
    ConnectionOptions connection = ConnectionOptions.defaults().withUnsentLimit(7);
    UnixListenerOptions options =
        DEFAULTS
            .withBacklog(5)
            .withMaxConnections(6)
            .withPermissions(PosixFilePermissions.fromString("rw-------"))
            .withReplaceStale(true)
            .withUnlinkOnClose(false)
            .withConnection(connection);
    UnixListenerOptions expected =
        new UnixListenerOptions(
            5, 6, PosixFilePermissions.fromString("rw-------"), true, false, connection);
    assertEquals(expected, options);
    assertNotEquals(DEFAULTS, options);
    assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withBacklog(0));
    assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withMaxConnections(0));
    assertThrows(NullPointerException.class, () -> DEFAULTS.withConnection(null));
    assertArrayEquals(new Object[] {null}, new Object[] {DEFAULTS.permissions()});
  }
}
