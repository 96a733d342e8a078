package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Accepting and connecting. */
class AcceptSemanticsTest {

  /** Mirrors liburing test/accept.c. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void acceptTakesAConnectionThatWaitsOrWaitsForOne(boolean connectFirst) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      int client = connectFirst ? fixture.own(SocketPairs.connect(listener)) : -1;
      fixture.next(1).accept(listener, 0, 0, Libc.SOCK_CLOEXEC);
      assertEquals(1, fixture.ring.submit());
      if (!connectFirst) {
        assertEquals(0, fixture.drain());
        client = fixture.own(SocketPairs.connect(listener));
      }
      int accepted = fixture.own(fixture.await(1L).result());
      assertEquals(SocketPairs.name(client), SocketPairs.peer(accepted));
      assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(accepted, Libc.F_GETFD, 0));
      assertEquals(0, Libc.fcntl(accepted, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    }
  }

  /** Mirrors liburing test/accept.c (pending accepts, cancelled). */
  @Test
  void acceptsOfOneListenerShareItsConnectionsAndTheRestIsCancelled() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      for (int i = 1; i <= 4; i++) {
        fixture.next(i).accept(listener, 0, 0, 0);
      }
      assertEquals(4, fixture.ring.submit());
      Set<InetSocketAddress> clients = new HashSet<>();
      clients.add(SocketPairs.name(fixture.own(SocketPairs.connect(listener))));
      clients.add(SocketPairs.name(fixture.own(SocketPairs.connect(listener))));
      Set<InetSocketAddress> peers = new HashSet<>();
      for (Completion completion : fixture.await(2)) {
        peers.add(SocketPairs.peer(fixture.own(completion.result())));
      }
      assertEquals(clients, peers);
      fixture.forget();
      fixture.next(9).cancelFd(listener, SqeFlags.ASYNC_CANCEL_ALL);
      fixture.await(3);
      assertEquals(new Completion(9, 2, 0), fixture.await(9L));
      assertEquals(2, fixture.seen.stream().filter(c -> c.result() == -Errno.ECANCELED).count());
    }
  }

  /** Mirrors liburing test/accept.c (multishot): what waits already comes in one go. */
  @Test
  void multishotAcceptTakesTheWholeBacklog() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      Set<InetSocketAddress> clients = new HashSet<>();
      for (int i = 0; i < 8; i++) {
        clients.add(SocketPairs.name(fixture.own(SocketPairs.connect(listener))));
      }
      fixture.next(1).multishotAccept(listener, 0);
      Set<InetSocketAddress> peers = new HashSet<>();
      for (Completion completion : fixture.await(8)) {
        assertEquals(CqeFlags.F_MORE, completion.flags() & CqeFlags.F_MORE);
        peers.add(SocketPairs.peer(fixture.own(completion.result())));
      }
      assertEquals(clients, peers);
    }
  }

  /** Mirrors liburing test/accept.c (multishot, overflow): an end without F_MORE, nothing lost. */
  @Test
  void multishotAcceptIntoASmallQueueLosesNoConnection() throws Exception {
    int connections = 12;
    try (RingFixture fixture = RingFixture.open(2, 2)) {
      int listener = fixture.own(SocketPairs.listener());
      Set<InetSocketAddress> clients = new HashSet<>();
      for (int i = 0; i < connections; i++) {
        clients.add(SocketPairs.name(fixture.own(SocketPairs.connect(listener))));
      }
      fixture.next(1).multishotAccept(listener, 0);
      Set<InetSocketAddress> peers = new HashSet<>();
      int read = 0;
      while (peers.size() < connections) {
        fixture.await(read + 1);
        for (; read < fixture.seen.size(); read++) {
          Completion completion = fixture.seen.get(read);
          assertTrue(
              peers.add(SocketPairs.peer(fixture.own(completion.result()))), fixture::toString);
          if ((completion.flags() & CqeFlags.F_MORE) == 0 && peers.size() < connections) {
            fixture.next(1).multishotAccept(listener, 0);
          }
        }
      }
      assertEquals(clients, peers);
    }
  }

  /** Mirrors liburing test/accept-non-empty.c (since 6.10). */
  @Test
  void acceptTellsThatMoreConnectionsWait() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      fixture.own(SocketPairs.connect(listener));
      fixture.own(SocketPairs.connect(listener));
      fixture.next(1).accept(listener, 0, 0, 0);
      Completion first = fixture.await(1L);
      fixture.own(first.result());
      assertEquals(CqeFlags.F_SOCK_NONEMPTY, first.flags());
      fixture.next(2).accept(listener, 0, 0, 0);
      Completion second = fixture.await(2L);
      fixture.own(second.result());
      assertEquals(0, second.flags());
    }
  }

  /** Mirrors liburing test/accept.c (bad descriptors) and test/accept-test.c. */
  @Test
  void acceptOfWhatIsNoListenerFails() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int socket = fixture.own(Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM, 0));
      fixture.next(1).accept(-1, 0, 0, 0);
      fixture.next(2).accept(fixture.pipe()[0], 0, 0, 0);
      fixture.next(3).accept(socket, 0, 0, 0);
      fixture.next(4).multishotAccept(socket, 0);
      Outcomes.assertResults(fixture, -Errno.EBADF, -Errno.ENOTSOCK, -Errno.EINVAL, -Errno.EINVAL);
    }
  }

  /** Mirrors liburing test/shutdown.c for a listener. */
  @Test
  void shutdownOfAListenerEndsItsAccepts() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      fixture.next(1).accept(listener, 0, 0, 0);
      fixture.next(2).multishotAccept(listener, 0);
      fixture.next(3).shutdown(listener, Libc.SHUT_RDWR);
      Outcomes.assertResults(fixture, -Errno.EINVAL, -Errno.EINVAL, 0);
    }
  }

  /** Mirrors liburing test/connect.c (with a time limit, as in its connect with timeout). */
  @Test
  void connectUnderATimeLimitThatIsKept() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      MemorySegment target = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = Libc.getsockname(listener, target);
      int client = fixture.own(Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM, 0));
      fixture.next(1).connect(client, target.address(), length).link();
      fixture.next(2).linkTimeout(fixture.timespec(3_600_000_000_000L), 0);
      Outcomes.assertResults(fixture, 0, -Errno.ECANCELED);
      assertEquals(0, Libc.getsockopt(client, Libc.SOL_SOCKET, Libc.SO_ERROR));
      assertEquals(SocketPairs.name(listener), SocketPairs.peer(client));
    }
  }

  /** Mirrors liburing test/connect-rep.c and test/connect.c. */
  @Test
  void connectOfAConnectedSocketFails() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      int client = fixture.own(SocketPairs.connect(listener));
      MemorySegment target = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
      int length = Libc.getsockname(listener, target);
      fixture.next(1).connect(client, target.address(), length);
      fixture.next(2).connect(-1, target.address(), length);
      fixture.next(3).connect(fixture.pipe()[0], target.address(), length);
      Outcomes.assertResults(fixture, -Errno.EISCONN, -Errno.EBADF, -Errno.ENOTSOCK);
    }
  }
}
