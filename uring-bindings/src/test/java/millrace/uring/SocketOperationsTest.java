package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import millrace.uring.abi.iovec;
import millrace.uring.abi.msghdr;
import org.junit.jupiter.api.Test;

/** Operations on sockets. */
class SocketOperationsTest {
  @Test
  void sendAndReceiveCarryTheBytes() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
      MemorySegment sent = fixture.arena.allocateFrom("hello, peer");
      MemorySegment received = fixture.arena.allocate(64);
      int length = (int) sent.byteSize();
      fixture.next(1).recv(pair[1], received.address(), 64, 0);
      assertEquals(1, fixture.ring.submit());
      fixture.next(2).send(pair[0], sent.address(), length, Libc.MSG_NOSIGNAL);
      assertEquals(length, fixture.await(2L).result());
      assertEquals(length, fixture.await(1L).result());
      assertEquals("hello, peer", received.getString(0));
    }
  }

  @Test
  void receiveThatPollsFirstWaitsForData() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
      MemorySegment received = fixture.arena.allocate(64);
      fixture.next(1).recv(pair[1], received.address(), 64, 0).pollFirst();
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, fixture.drain());
      assertEquals(3, Libc.send(pair[0], fixture.arena.allocateFrom("ab").address(), 3, 0));
      assertEquals(3, fixture.await(1L).result());
      assertEquals("ab", received.getString(0));
    }
  }

  @Test
  void receiveEndsWithZeroAfterThePeersShutdown() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
      fixture.next(1).recv(pair[1], fixture.buffer(8), 8, 0);
      fixture.next(2).shutdown(pair[0], Libc.SHUT_WR);
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertEquals(0, fixture.await(1L).result());
      fixture.next(3).send(pair[0], fixture.buffer(8), 8, Libc.MSG_NOSIGNAL);
      assertEquals(-Errno.EPIPE, fixture.await(3L).result());
    }
  }

  @Test
  void messagesAreSentAndReceivedThroughTheirHeaders() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_DGRAM);
      MemorySegment sent = fixture.arena.allocateFrom("datagram");
      MemorySegment received = fixture.arena.allocate(64);
      fixture.next(1).sendmsg(pair[0], header(fixture, sent), 0);
      fixture.next(2).recvmsg(pair[1], header(fixture, received), 0);
      assertEquals(new Completion(1, 9, 0), fixture.await(1L));
      assertEquals(9, fixture.await(2L).result());
      assertEquals("datagram", received.getString(0));
    }
  }

  @Test
  void multishotAcceptTakesEachConnectionUntilCancelled() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      fixture.next(1).multishotAccept(listener, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
      assertEquals(1, fixture.ring.submit());
      Set<InetSocketAddress> clients = new HashSet<>();
      Set<InetSocketAddress> accepted = new HashSet<>();
      for (int i = 0; i < 3; i++) {
        clients.add(SocketPairs.name(fixture.own(SocketPairs.connect(listener))));
        Completion completion = fixture.await(i + 1).get(i);
        assertEquals(1, completion.userData());
        assertEquals(CqeFlags.F_MORE, completion.flags() & CqeFlags.F_MORE);
        int fd = fixture.own(completion.result());
        accepted.add(SocketPairs.peer(fd));
        assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(fd, Libc.F_GETFD, 0));
        assertEquals(Libc.O_NONBLOCK, Libc.fcntl(fd, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
      }
      assertEquals(3, clients.size());
      assertEquals(clients, accepted);
      fixture.forget();
      fixture.next(2).cancel(1, 0);
      fixture.await(2);
      assertEquals(new Completion(1, -Errno.ECANCELED, 0), fixture.await(1L));
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
    }
  }

  @Test
  void socketConnectsAndIsAcceptedWithItsAddress() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      MemorySegment target = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int targetLength = Libc.getsockname(listener, target);
      MemorySegment peer = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
      MemorySegment peerLength =
          fixture.arena.allocateFrom(ValueLayout.JAVA_INT, SocketAddresses.MAX_BYTES);
      fixture.next(1).socket(Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
      int client = fixture.own(fixture.await(1L).result());
      fixture.next(2).accept(listener, peer.address(), peerLength.address(), Libc.SOCK_CLOEXEC);
      fixture.next(3).connect(client, target.address(), targetLength);
      assertEquals(new Completion(3, 0, 0), fixture.await(3L));
      int server = fixture.own(fixture.await(2L).result());
      assertEquals(
          SocketPairs.name(client),
          SocketAddresses.decode(peer, peerLength.get(ValueLayout.JAVA_INT, 0)));
      assertEquals(SocketPairs.name(client), SocketPairs.peer(server));
      fixture.next(4).accept(listener, 0, 0, 0).pollFirst();
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, fixture.drain());
    }
  }

  @Test
  void connectToAClosedPortIsRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = SocketPairs.listener();
      MemorySegment target = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int targetLength = Libc.getsockname(listener, target);
      Libc.close(listener);
      int client = fixture.own(Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM, 0));
      fixture.next(1).connect(client, target.address(), targetLength);
      assertEquals(new Completion(1, -Errno.ECONNREFUSED, 0), fixture.await(1L));
    }
  }

  @Test
  void zeroCopySendTellsTheResultAndThenThatTheMemoryIsFree() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      int client = fixture.own(SocketPairs.connect(listener));
      int server = fixture.own(Libc.accept(listener, Libc.SOCK_CLOEXEC));
      MemorySegment sent = fixture.arena.allocateFrom("not copied");
      int length = (int) sent.byteSize();
      fixture.next(1).sendZc(client, sent.address(), length, Libc.MSG_NOSIGNAL, 0);
      List<Completion> completions = fixture.await(2);
      assertEquals(new Completion(1, length, CqeFlags.F_MORE), completions.get(0));
      assertEquals(new Completion(1, 0, CqeFlags.F_NOTIF), completions.get(1));
      MemorySegment received = fixture.arena.allocate(64);
      assertEquals(length, Libc.recv(server, received.address(), 64, 0));
      assertEquals("not copied", received.getString(0));
      assertTrue(completions.size() == 2, fixture::toString);
    }
  }

  private static long header(RingFixture fixture, MemorySegment buffer) {
    MemorySegment vector = fixture.arena.allocate(iovec.layout());
    iovec.iov_base(vector, buffer);
    iovec.iov_len(vector, buffer.byteSize());
    MemorySegment header = fixture.arena.allocate(msghdr.layout());
    msghdr.msg_iov(header, vector);
    msghdr.msg_iovlen(header, 1);
    return header.address();
  }
}
