package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import millrace.proactor.LoopFixture;
import millrace.proactor.Operations;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;

@OnEveryBackend
class TcpListenerTest {

  private static final ConnectionHandler ECHO =
      (connection, data) -> connection.write(data.retain());

  private static TcpListener bind(LoopFixture loop, TcpListenerOptions options) throws IOException {
    return TcpListener.bind(loop.proactor(), Peers.anyPort(), options, connection -> ECHO);
  }

  private static String echo(Socket socket, String text) throws IOException {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    socket.getOutputStream().write(bytes);
    return Peers.text(socket.getInputStream().readNBytes(bytes.length));
  }

  private static String echoAndClose(Socket socket, String text) throws IOException {
    try (socket) {
      return echo(socket, text);
    }
  }

  /** Clients that have been answered, and stay. */
  private static List<Socket> servedClients(LoopFixture loop, TcpListener listener, int count)
      throws IOException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(Peers.connect(listener));
      Socket socket = sockets.get(i);
      assertEquals("here", loop.await(Peers.start(() -> echo(socket, "here"))));
    }
    return sockets;
  }

  @Test
  void clientsBeyondTheLimitWaitInTheBacklogAndAreServedLater() throws Exception {
    int limit = 3;
    int clients = 40;
    try (LoopFixture loop = LoopFixture.start()) {
      int[] most = new int[1];
      TcpListener[] listeners = new TcpListener[1];
      ConnectionHandler handler =
          (connection, data) -> {
            most[0] = Math.max(most[0], listeners[0].liveConnections());
            connection.write(data.retain());
          };
      listeners[0] =
          TcpListener.bind(
              loop.proactor(),
              Peers.anyPort(),
              TcpListenerOptions.defaults().withMaxConnections(limit),
              connection -> handler);
      // While the loop stands still all of them connect: to the kernel's backlog.
      CountDownLatch connected = new CountDownLatch(1);
      loop.proactor()
          .execute(
              () -> {
                try {
                  connected.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        sockets.add(Peers.connect(listeners[0]));
      }
      connected.countDown();
      List<CompletableFuture<String>> echoes = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        Socket socket = sockets.get(i);
        String text = "client " + i;
        echoes.add(Peers.start(() -> echoAndClose(socket, text)));
      }
      for (int i = 0; i < clients; i++) {
        assertEquals("client " + i, loop.await(echoes.get(i)));
      }
      assertEquals(limit, most[0]);
      assertEquals(0, loop.proactor().metrics().connectionsRefused());
      loop.until("all closed", () -> listeners[0].liveConnections() == 0);
    }
  }

  @Test
  void aLoopWithoutOperationsLeftLetsClientsWaitAndServesThemWhenConnectionsHaveClosed()
      throws Exception {
    // 3 operations a connection, 2 the listener: room for 10.
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(32))) {
      TcpListener listener = bind(loop, TcpListenerOptions.defaults());
      List<Socket> sockets = servedClients(loop, listener, 10);
      List<CompletableFuture<String>> waiting = new ArrayList<>();
      for (int i = 0; i < 15; i++) {
        Socket socket = Peers.connect(listener);
        String text = "waited " + i;
        waiting.add(Peers.start(() -> echoAndClose(socket, text)));
      }
      loop.run(() -> assertEquals(10, loop.proactor().metrics().connectionsOpened()));
      for (Socket socket : sockets) {
        socket.close();
      }
      for (int i = 0; i < 15; i++) {
        assertEquals("waited " + i, loop.await(waiting.get(i)));
      }
      assertEquals(0, loop.proactor().metrics().connectionsRefused());
      loop.until("all closed", () -> listener.liveConnections() == 0);
    }
  }

  @Test
  void whatAMultishotAcceptBringsBeyondTheOperationsLeftIsKeptAndServed() throws Exception {
    int clients = 300;
    int held = 202;
    // Room for 66 connections when the accept is armed, for a multishot one, and then for none.
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(held))) {
      TcpListenerOptions options = TcpListenerOptions.defaults().withBacklog(clients);
      TcpListener listener = bind(loop, options);
      int[] pipe = new int[2];
      assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
      List<Long> polls = new ArrayList<>();
      loop.run(
          () -> {
            Operations operations = loop.proactor().operations();
            long poll = pollIn(operations, pipe[0]);
            for (; poll != Operations.REFUSED; poll = pollIn(operations, pipe[0])) {
              polls.add(poll);
            }
          });
      assertTrue(polls.size() > 190, "operations: " + polls.size());
      List<CompletableFuture<String>> echoes = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        Socket socket = Peers.connect(listener);
        String text = "client " + i;
        echoes.add(Peers.start(() -> echoAndClose(socket, text)));
      }
      loop.run(() -> assertEquals(0, loop.proactor().metrics().connectionsOpened()));
      loop.run(() -> polls.forEach(loop.proactor().operations()::cancel));
      for (int i = 0; i < clients; i++) {
        assertEquals("client " + i, loop.await(echoes.get(i)));
      }
      assertEquals(0, loop.proactor().metrics().connectionsRefused());
      loop.until("all closed", () -> listener.liveConnections() == 0);
      assertEquals(clients, loop.proactor().metrics().connectionsOpened());
      Libc.close(pipe[0]);
      Libc.close(pipe[1]);
    }
  }

  private static long pollIn(Operations operations, int descriptor) {
    return operations.poll(
        descriptor, Libc.POLLIN, Operations.NO_TIMEOUT, (c, a, result, flags) -> {}, 0, null);
  }

  @Test
  void closingAListenerEndsThoseWhoWaitForOperations() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(32))) {
      TcpListener listener = bind(loop, TcpListenerOptions.defaults());
      List<Socket> sockets = servedClients(loop, listener, 10);
      try (Socket waiting = Peers.connect(listener)) {
        loop.await(listener.close());
        assertEquals("", loop.await(Peers.start(() -> Peers.readAll(waiting))).text());
      }
      for (Socket socket : sockets) {
        assertEquals("still", loop.await(Peers.start(() -> echo(socket, "still"))));
        socket.close();
      }
    }
  }

  @Test
  void aFullTaskQueueIsToldAsSuchByBind() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.name("full").taskQueueCapacity(2))) {
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch holding = new CountDownLatch(1);
      loop.proactor()
          .execute(
              () -> {
                holding.countDown();
                try {
                  held.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      holding.await();
      loop.proactor().execute(() -> {});
      loop.proactor().execute(() -> {});
      int before = Peers.openDescriptors();
      IOException e =
          assertThrows(IOException.class, () -> bind(loop, TcpListenerOptions.defaults()));
      held.countDown();
      assertTrue(e.getMessage().startsWith("listen 127.0.0.1:0: full: 2 tasks"), e.getMessage());
      assertEquals(before, Peers.openDescriptors());
    }
  }

  @Test
  void closeWhileClientsConnectEndsEachOfThem() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (LoopFixture loop = LoopFixture.start()) {
        TcpListener listener = bind(loop, TcpListenerOptions.defaults());
        List<CompletableFuture<Boolean>> clients = new ArrayList<>();
        CountDownLatch some = new CountDownLatch(5);
        for (int i = 0; i < 30; i++) {
          clients.add(
              Peers.start(
                  () -> {
                    try (Socket socket = Peers.connect(listener)) {
                      return "served".equals(echo(socket, "served"));
                    } catch (IOException e) {
                      // Refused, or reset out of the backlog.
                      return false;
                    } finally {
                      some.countDown();
                    }
                  }));
        }
        some.await();
        loop.await(listener.close());
        for (CompletableFuture<Boolean> client : clients) {
          loop.await(client);
        }
        assertThrows(IOException.class, () -> Peers.connect(listener).close());
        loop.await(listener.close());
        loop.until("all closed", () -> listener.liveConnections() == 0);
        loop.until("all over", () -> loop.proactor().metrics().operationsInFlight() == 0);
      }
    }
  }

  @Test
  void connectionsOutliveTheirListener() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      TcpListener listener = bind(loop, TcpListenerOptions.defaults());
      try (Socket socket = Peers.connect(listener)) {
        assertEquals("one", loop.await(Peers.start(() -> echo(socket, "one"))));
        loop.await(listener.close());
        assertEquals("two", loop.await(Peers.start(() -> echo(socket, "two"))));
      }
    }
  }

  @Test
  void aPortInUseIsToldWithAddressAndHint() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      int before = Peers.openDescriptors();
      TcpListener listener = bind(loop, TcpListenerOptions.defaults());
      InetSocketAddress address = listener.localAddress();
      UringException e =
          assertThrows(
              UringException.class,
              () ->
                  TcpListener.bind(
                      loop.proactor(), address, TcpListenerOptions.defaults(), c -> ECHO));
      assertEquals(Errno.EADDRINUSE, e.errno());
      assertTrue(e.getMessage().contains("127.0.0.1:" + address.getPort()), e.getMessage());
      assertTrue(e.getMessage().contains("EADDRINUSE (98)"), e.getMessage());
      assertTrue(e.hint().contains("another port"), e.getMessage());
      assertEquals(before + 1, Peers.openDescriptors());
    }
  }

  @Test
  void anAddressThatIsNotOfThisMachineIsToldSo() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      // TEST-NET-1 (RFC 5737): nobody's address.
      InetSocketAddress foreign =
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 0);
      UringException e =
          assertThrows(
              UringException.class,
              () ->
                  TcpListener.bind(
                      loop.proactor(), foreign, TcpListenerOptions.defaults(), c -> ECHO));
      assertEquals(Errno.EADDRNOTAVAIL, e.errno());
      assertEquals("192.0.2.1:0", e.subject());
      assertEquals("this machine has no such address", e.hint());
      InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
      assertThrows(
          UnknownHostException.class,
          () ->
              TcpListener.bind(
                  loop.proactor(), unresolved, TcpListenerOptions.defaults(), c -> ECHO));
    }
  }

  @Test
  void aPortIsFreeAgainAfterCloseAndMayBeSharedOnRequest() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      TcpListenerOptions options = TcpListenerOptions.defaults();
      TcpListener first = bind(loop, options);
      try (Socket socket = Peers.connect(first)) {
        assertEquals("one", loop.await(Peers.start(() -> echo(socket, "one"))));
        loop.await(first.close());
        // The connection still has the port.
        TcpListener second =
            TcpListener.bind(loop.proactor(), first.localAddress(), options, c -> ECHO);
        try (Socket other = Peers.connect(second)) {
          assertEquals("two", loop.await(Peers.start(() -> echo(other, "two"))));
        }
      }
      TcpListenerOptions sharing = options.withReusePort(true);
      TcpListener shared = bind(loop, sharing);
      TcpListener twin =
          TcpListener.bind(loop.proactor(), shared.localAddress(), sharing, c -> ECHO);
      assertEquals(shared.localAddress(), twin.localAddress());
    }
  }

  @Test
  void listensOnVersionSixWithBracketsInItsText() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getAllByName("::1")[0], 0);
      TcpListener listener;
      try {
        listener = TcpListener.bind(loop.proactor(), any, TcpListenerOptions.defaults(), c -> ECHO);
      } catch (UringException e) {
        org.junit.jupiter.api.Assumptions.abort("no IPv6 here: " + e.getMessage());
        return;
      }
      assertTrue(listener.toString().contains("[0:0:0:0:0:0:0:1]:"), listener.toString());
      try (Socket socket = Peers.connect(listener)) {
        assertEquals("six", loop.await(Peers.start(() -> echo(socket, "six"))));
      }
    }
  }

  @Test
  void bindAfterTheEndOfTheLoopFailsAndLeavesNoDescriptor() throws Exception {
    LoopFixture loop = LoopFixture.start();
    loop.close();
    int before = Peers.openDescriptors();
    assertThrows(IOException.class, () -> bind(loop, TcpListenerOptions.defaults()));
    assertEquals(before, Peers.openDescriptors());
  }

  @Test
  void theAcceptorSeesTheAddressOfThePeer() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      CompletableFuture<SocketAddress> seen = new CompletableFuture<>();
      Recorder recorder =
          new Recorder() {
            @Override
            void onAccepted(StreamConnection accepted) {
              seen.complete(accepted.remoteAddress());
            }

            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              throw new AssertionError("nothing was sent");
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        assertEquals(socket.getLocalSocketAddress(), loop.await(seen));
      }
      assertEquals(0, loop.await(recorder.closed));
    }
  }

  @Test
  void optionsThatAreMissingCostNoDescriptor() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      int descriptors = Peers.openDescriptors();
      assertThrows(NullPointerException.class, () -> bind(loop, null));
      assertThrows(
          NullPointerException.class,
          () -> UnixListener.bind(loop.proactor(), Peers.anyPath(), null, connection -> ECHO));
      assertEquals(descriptors, Peers.openDescriptors());
    }
  }
}
