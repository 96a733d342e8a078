package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UnixAbstractAddress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** UNIX sockets, named and in pairs: unix(7), the same on every backend. */
@BackendContract
class LocalSocketContractTest extends SocketContract {

  private Sockets sockets;
  private UnixDomainSocketAddress path;

  @BeforeEach
  void startLocal() {
    sockets = fixture.backend.sockets();
    path = UnixDomainSocketAddress.of(peers.surroundings.directory().resolve("socket"));
  }

  private int[] pair(int type) {
    int[] two = new int[2];
    assertEquals(0, sockets.pair(type, two));
    peers.keep(two[0]);
    peers.keep(two[1]);
    return two;
  }

  private int listener(SocketAddress address) {
    int listener = peers.keep(sockets.stream(address));
    assertEquals(0, sockets.bind(listener, address));
    assertEquals(0, sockets.listen(listener, 8));
    return listener;
  }

  private long connect(int socket, SocketAddress address) {
    return fixture.transfer(OperationKind.CONNECT, socket, Peers.sockaddr(address), 0);
  }

  private long receive(int socket, BufferSlice buffer) {
    return fixture.transfer(OperationKind.RECEIVE, socket, buffer, 0);
  }

  private long send(int socket, String text) {
    return send(socket, Peers.slice(text));
  }

  @Test
  void aPairOfStreamsCarriesBytesBothWaysAndTellsTheEnd() throws Exception {
    int[] pair = pair(Libc.SOCK_STREAM);
    BufferSlice buffer = BufferSlice.unpooled(10);
    for (int from = 0; from < 2; from++) {
      long receive = receive(pair[1 - from], buffer);
      fixture.letWait(receive);
      assertEquals(5, fixture.await(send(pair[from], "hello")));
      assertEquals(5, fixture.await(receive));
      assertEquals("hello", Peers.text(buffer, 5));
    }
    long atEnd = receive(pair[1], buffer);
    fixture.letWait(atEnd);
    peers.finish(pair[0]);
    assertEquals(0, fixture.await(atEnd));
    assertEquals("EPIPE", fixture.error(send(pair[0], "x")));
    assertEquals(1, fixture.await(send(pair[1], "x")), "the other way is open");
  }

  @Test
  void aCloseWithUnreadBytesIsToldAsAResetOnce() throws Exception {
    int[] pair = pair(Libc.SOCK_STREAM);
    peers.write(pair[0], "unread");
    peers.close(pair[1]);
    BufferSlice buffer = BufferSlice.unpooled(10);
    assertEquals("EPIPE", fixture.error(send(pair[0], "x")));
    assertEquals("ECONNRESET", fixture.error(receive(pair[0], buffer)));
    assertEquals(0, fixture.await(receive(pair[0], buffer)));
    int[] other = pair(Libc.SOCK_STREAM);
    peers.close(other[1]);
    assertEquals(0, fixture.await(receive(other[0], buffer)), "nothing was unread");
  }

  @Test
  void aConnectStandsBeforeItIsAccepted() throws Exception {
    for (SocketAddress address : new SocketAddress[] {path, UnixAbstractAddress.of("contract")}) {
      int listener = listener(address);
      int client = peers.keep(sockets.stream(address));
      assertEquals(0, fixture.await(connect(client, address)));
      assertEquals(address, sockets.remoteAddress(client));
      assertEquals("EISCONN", fixture.error(connect(client, address)));
      assertEquals(5, fixture.await(send(client, "early")));
      int server = peers.keep(fixture.await(fixture.submit(OperationKind.ACCEPT, listener)));
      assertEquals(address, sockets.localAddress(server));
      assertEquals("early", peers.read(server, 10));
    }
  }

  @Test
  void connectTellsWhyItCannot() throws Exception {
    int client = peers.keep(sockets.stream(path));
    assertEquals("ENOENT", fixture.error(connect(client, path)));
    UnixAbstractAddress nobody = UnixAbstractAddress.of("contract, nobody");
    assertEquals("ECONNREFUSED", fixture.error(connect(client, nobody)));
    assertEquals("EINVAL", fixture.error(receiveOf(client)));
    int deaf = peers.keep(sockets.stream(path));
    assertEquals(0, sockets.bind(deaf, path));
    assertEquals("ECONNREFUSED", fixture.error(connect(client, path)));
    var datagrams = UnixDomainSocketAddress.of(path.getPath().resolveSibling("datagrams"));
    assertEquals(0, sockets.bind(peers.keep(sockets.datagram(datagrams)), datagrams));
    assertEquals("EPROTOTYPE", fixture.error(connect(client, datagrams)));
  }

  private long receiveOf(int socket) {
    return fixture.submit(
        OperationKind.RECEIVE,
        socket,
        operation -> {
          operation.address = fixture.keep(BufferSlice.unpooled(8)).address();
          operation.length = 8;
        });
  }

  @Test
  void aPathStaysTakenWhenItsSocketIsClosedAndLeadsNowhere() throws Exception {
    peers.close(listener(path));
    int other = peers.keep(sockets.stream(path));
    assertEquals(-Errno.EADDRINUSE, sockets.bind(other, path));
    assertEquals("ECONNREFUSED", fixture.error(connect(other, path)));
  }

  @Test
  void aPairOfDatagramSocketsKeepsBoundariesAndWaitsForRoom() throws Exception {
    int[] pair = pair(Libc.SOCK_DGRAM);
    BufferSlice buffer = BufferSlice.unpooled(10);
    assertEquals(3, fixture.await(send(pair[0], "one")));
    assertEquals(5, fixture.await(send(pair[0], "three")));
    assertEquals(3, fixture.await(receive(pair[1], buffer)));
    assertEquals("one", Peers.text(buffer, 3));
    assertEquals(5, fixture.await(receive(pair[1], buffer)));
    int filled = 0;
    while (peers.surroundings.send(pair[0], Peers.slice("x"), Libc.MSG_DONTWAIT) == 1) {
      filled++;
    }
    long waiting = send(pair[0], "last");
    fixture.letWait(waiting);
    for (int count = 0; count < filled; count++) {
      assertEquals(1, fixture.await(receive(pair[1], buffer)));
    }
    assertEquals(4, fixture.await(waiting));
    assertEquals(4, fixture.await(receive(pair[1], buffer)));
    assertEquals("last", Peers.text(buffer, 4));
  }
}
