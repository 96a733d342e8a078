package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.Sockets;
import millrace.proactor.backend.contract.BackendFixture.Completion;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import millrace.uring.RecvmsgOut;
import org.junit.jupiter.api.Test;

/** Messages with their senders, and datagram sockets: the same on every backend. */
@BackendContract
class DatagramContractTest extends DatagramContract {

  @Test
  void receiveMessageTellsBytesAndSender() throws Exception {
    peers.write(sender, "there");
    Message message = messageOf(10);
    assertEquals(5, fixture.await(receive(receiver, message, 0)));
    assertEquals("there", Peers.text(message.payload(), 5));
    assertEquals(peers.address(sender), message.source());
    assertEquals(0, MessageHeader.flags(message.header().segment()));

    Message next = messageOf(10);
    long waiting = receive(receiver, next, 0);
    fixture.letWait(waiting);
    int other = sender();
    peers.write(other, "comes");
    assertEquals(5, fixture.await(waiting));
    assertEquals("comes", Peers.text(next.payload(), 5));
    assertEquals(peers.address(other), next.source());
  }

  @Test
  void receiveMessageOfAnEmptyDatagramIsNoEnd() throws Exception {
    peers.write(sender, "");
    peers.write(sender, "next");
    Message message = messageOf(10);
    assertEquals(0, fixture.await(receive(receiver, message, 0)));
    assertEquals(peers.address(sender), message.source());
    assertEquals(4, fixture.await(receive(receiver, messageOf(10), 0)));
  }

  @Test
  void receiveMessageSaysThatADatagramWasCut() throws Exception {
    for (int flags : new int[] {0, Libc.MSG_TRUNC}) {
      peers.write(sender, "longer than that");
      peers.write(sender, "next");
      Message message = messageOf(6);
      assertEquals(flags == 0 ? 6 : 16, fixture.await(receive(receiver, message, flags)));
      assertEquals("longer", Peers.text(message.payload(), 6));
      assertEquals(
          Libc.MSG_TRUNC, MessageHeader.flags(message.header().segment()) & Libc.MSG_TRUNC);
      Message next = messageOf(6);
      assertEquals(4, fixture.await(receive(receiver, next, flags)));
      assertEquals("next", Peers.text(next.payload(), 4), "the rest is gone");
    }
  }

  @Test
  void receiveMessageTellsWhyItCannot() throws Exception {
    Message message = messageOf(10);
    assertEquals("EBADF", fixture.error(receive(999_999, message, 0)));
    assertEquals("ENOTSOCK", fixture.error(receive(peers.pipe()[0], message, 0)));
    assertEquals("EAGAIN", fixture.error(receive(receiver, message, Libc.MSG_DONTWAIT)));
    long late = receive(receiver, message, 0, BackendFixture.MOMENT_NANOS);
    assertEquals("ETIME", fixture.error(late));
    int socket = senderToNobody();
    long waiting = receive(socket, message, 0);
    fixture.letWait(waiting);
    peers.write(socket, "?");
    assertEquals("ECONNREFUSED", fixture.error(waiting));
  }

  @Test
  void cancelBeforeTheTurnEndsIt() throws Exception {
    provide(1);
    long once = receive(receiver, messageOf(10), 0);
    long again = receiveMultishot(receiver);
    fixture.cancel(once);
    fixture.cancel(again);
    assertEquals("ECANCELED", fixture.error(once));
    assertEquals("ECANCELED", fixture.error(again));
  }

  @Test
  void cancelWhileItWaitsEndsItAndTheNextDatagramIsForTheNextOne() throws Exception {
    provide(1);
    long once = receive(receiver, messageOf(10), 0);
    long again = receiveMultishot(receiver);
    fixture.letWait(once, again);
    fixture.backend.cancelDescriptor(receiver);
    assertEquals("ECANCELED", fixture.error(once));
    assertEquals("ECANCELED", fixture.error(again));
    peers.write(sender, "kept");
    assertEquals(4, fixture.await(receive(receiver, messageOf(10), 0)));
  }

  @Test
  void aCancelledReceiveStillReportsADatagramThatArrived() throws Exception {
    provide(1);
    peers.write(sender, "one");
    Message message = messageOf(10);
    long once = receive(receiver, message, 0);
    fixture.turnUntil("the end", () -> fixture.hasEnded(once));
    fixture.cancel(once);
    assertEquals(3, fixture.last(once).result());

    long again = receiveMultishot(receiver);
    fixture.letWait(again);
    peers.write(sender, "two");
    fixture.cancel(again);
    fixture.await(again);
    // Whichever came first: the datagram is reported, or it is still there.
    List<Completion> all = fixture.completions(again);
    if (all.size() > 1 || all.get(0).result() > 0) {
      assertEquals("two", take(all.get(0)));
    } else {
      assertEquals(-Errno.ECANCELED, all.get(0).result());
      Message late = messageOf(10);
      assertEquals(3, fixture.await(receive(receiver, late, 0)));
      assertEquals("two", Peers.text(late.payload(), 3));
    }
  }

  @Test
  void aSocketIsClosedOnceItsReceivesAreCancelled() throws Exception {
    provide(1);
    InetSocketAddress address = peers.address(receiver);
    long once = receive(receiver, messageOf(10), 0);
    long again = receiveMultishot(receiver);
    fixture.letWait(once, again);
    fixture.backend.cancelDescriptor(receiver);
    assertEquals("ECANCELED", fixture.error(once));
    assertEquals("ECANCELED", fixture.error(again));
    int closed = peers.forget(receiver);
    assertEquals(0, fixture.await(fixture.submit(OperationKind.CLOSE, closed)));
    assertFalse(peers.surroundings.isOpen(closed));
    assertEquals("EBADF", fixture.error(receive(closed, messageOf(10), 0)));
    assertEquals("EBADF", fixture.error(receiveMultishot(closed)));
    Sockets sockets = fixture.backend.sockets();
    int successor = peers.keep(sockets.datagram(address));
    assertEquals(0, sockets.bind(successor, address), "the port is free");
    peers.write(sender, "to the next");
    assertEquals(11, fixture.await(receive(successor, messageOf(20), 0)));
  }

  @Test
  void sendMessageGoesWhereItsNameSays() throws Exception {
    int socket = peers.socket(Libc.SOCK_DGRAM);
    Message message = message(peers.address(receiver), Peers.slice("by name"));
    assertEquals(7, fixture.await(send(socket, message)));
    assertEquals("by name", peers.read(receiver, 20));
    assertEquals(
        0,
        fixture.await(send(socket, message(peers.address(receiver), Peers.slice("").range(0, 0)))));
    assertEquals("", peers.read(receiver, 20));
  }

  @Test
  void sendMessageOfADatagramTellsWhyItCannot() throws Exception {
    int socket = peers.socket(Libc.SOCK_DGRAM);
    InetSocketAddress address = peers.address(receiver);
    BufferSlice tooLong = BufferSlice.unpooled(65_508);
    assertEquals("EMSGSIZE", fixture.error(send(socket, message(address, tooLong))));
    Message unnamed = message(address, Peers.slice("x"));
    MessageHeader.setName(unnamed.header().segment(), 0, 0);
    assertEquals("EDESTADDRREQ", fixture.error(send(socket, unnamed)));
    InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("::1"), address.getPort());
    assertEquals("EAFNOSUPPORT", fixture.error(send(socket, message(six, Peers.slice("x")))));
    int refused = senderToNobody();
    assertEquals(
        1, fixture.await(fixture.transfer(OperationKind.SEND, refused, Peers.slice("?"), 0)));
    assertEquals(Libc.POLLERR, peers.surroundings.poll(refused, 0, 60_000), "the answer has come");
    assertEquals(
        "ECONNREFUSED",
        fixture.error(fixture.transfer(OperationKind.SEND, refused, Peers.slice("?"), 0)));
  }

  @Test
  void datagramSocketsAreOfTheirAddressesFamily() throws Exception {
    Sockets sockets = fixture.backend.sockets();
    List<InetSocketAddress> addresses =
        List.of(
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
    for (InetSocketAddress any : addresses) {
      int one = peers.keep(sockets.datagram(any));
      int two = peers.keep(sockets.datagram(any));
      assertEquals(0, sockets.bind(one, any));
      InetSocketAddress address = (InetSocketAddress) sockets.localAddress(one);
      assertEquals(any.getAddress(), address.getAddress());
      assertEquals(-Errno.EADDRINUSE, sockets.bind(two, address));
      assertNull(sockets.remoteAddress(two));
      assertEquals(0, sockets.connectDatagram(two, address));
      assertEquals(address, sockets.remoteAddress(two));
      Message message = messageOf(10);
      long receive = receive(one, message, 0);
      fixture.letWait(receive);
      long send = fixture.transfer(OperationKind.SEND, two, Peers.slice("hello"), 0);
      assertEquals(5, fixture.await(send));
      assertEquals(5, fixture.await(receive));
      assertEquals(sockets.localAddress(two), message.source());
    }
    assertEquals(-Errno.EBADF, sockets.connectDatagram(999_999, addresses.get(0)));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "descriptors have no flags there")
  void datagramSocketsAreClosedOnExec() {
    int socket = peers.keep(fixture.backend.sockets().datagram(Peers.anyPort()));
    assertTrue(peers.surroundings.isCloseOnExec(socket));
  }

  @Test
  void unixDatagramsHaveTheirSendersName() throws Exception {
    Sockets sockets = fixture.backend.sockets();
    Path directory = peers.surroundings.directory();
    var address = UnixDomainSocketAddress.of(directory.resolve("one"));
    int one = peers.keep(sockets.datagram(address));
    assertEquals(0, sockets.bind(one, address));
    int two = peers.keep(sockets.datagram(address));
    assertEquals(
        -Errno.ENOENT,
        sockets.connectDatagram(two, UnixDomainSocketAddress.of(directory.resolve("none"))));
    assertEquals(0, sockets.connectDatagram(two, address));
    provide(1);
    long receive = receiveMultishot(one);
    fixture.letWait(receive);
    peers.write(two, "nameless");
    awaitMessages(receive, 1);
    Completion first = fixture.completions(receive).get(0);
    assertEquals(0, RecvmsgOut.nameLengthBytes(bufferOf(first)));
    assertEquals("nameless", take(first));
    fixture.cancel(receive);
    fixture.await(receive);
    var name = UnixDomainSocketAddress.of(directory.resolve("two"));
    assertEquals(0, sockets.bind(two, name));
    Message message = messageOf(10);
    peers.write(two, "named");
    assertEquals(5, fixture.await(receive(one, message, 0)));
    assertEquals(name, message.source());
  }
}
