package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.contract.BackendFixture.Completion;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Accept and connect: results and errors, the same on every backend. */
@BackendContract
class ConnectionContractTest extends SocketContract {

  private static final int IPV6_ADDRESS_BYTES = 16;

  @Test
  void acceptGivesAConnectionThatIsThereOrComes() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    int early = peers.connect(address);
    int flags = Libc.SOCK_CLOEXEC;
    long first = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = flags);
    int server = peers.keep(fixture.await(first));
    peers.write(early, "one");
    assertEquals("one", peers.read(server, 10));

    long second = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = flags);
    fixture.letWait(second);
    int late = peers.connect(address);
    server = peers.keep(fixture.await(second));
    peers.write(late, "two");
    assertEquals("two", peers.read(server, 10));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "descriptors have no flags there")
  void acceptAndConnectLeaveTheFlagsOfDescriptorsAsTheyWere() throws Exception {
    int listener = peers.listener();
    int flags = Libc.SOCK_CLOEXEC;
    long accept = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = flags);
    fixture.letWait(accept);
    int client = peers.socket(Libc.SOCK_STREAM);
    assertEquals(0, fixture.await(connect(client, peers.address(listener), 0)));
    int server = peers.keep(fixture.await(accept));
    assertTrue(peers.surroundings.isCloseOnExec(server));
    for (int descriptor : new int[] {listener, client, server}) {
      assertFalse(peers.surroundings.isNonBlocking(descriptor));
    }
  }

  @Test
  void acceptMultishotGivesEachConnection() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    for (int i = 0; i < 20; i++) {
      peers.connect(address);
    }
    long accept = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    fixture.turnUntil("20", () -> fixture.completions(accept).size() == 20);
    for (int i = 0; i < 20; i++) {
      peers.connect(address);
      int count = 21 + i;
      fixture.turnUntil("one more", () -> fixture.completions(accept).size() == count);
    }
    fixture.cancel(accept);
    assertEquals("ECANCELED", fixture.error(accept));
    List<Completion> all = fixture.completions(accept);
    List<Integer> accepted =
        all.subList(0, 40).stream().map(Completion::result).map(peers::keep).toList();
    assertEquals(40, new HashSet<>(accepted).size());
    assertEquals(41, all.size());
  }

  @Test
  void acceptTellsWhyItCannot() throws Exception {
    int[] pipe = peers.pipe();
    assertEquals("ENOTSOCK", fixture.error(fixture.submit(OperationKind.ACCEPT, pipe[0])));
    assertEquals("EBADF", fixture.error(fixture.submit(OperationKind.ACCEPT, 999_999)));
    int unbound = peers.socket(Libc.SOCK_STREAM);
    assertEquals("EINVAL", fixture.error(fixture.submit(OperationKind.ACCEPT, unbound)));
    int listener = peers.listener();
    long waiting = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    fixture.letWait(waiting);
    assertEquals(0, peers.surroundings.shutdown(listener, Libc.SHUT_RDWR));
    assertEquals("EINVAL", fixture.error(waiting));
  }

  private long connect(int socket, InetSocketAddress address, long timeoutNanos) {
    return fixture.transfer(
        OperationKind.CONNECT, socket, Peers.sockaddr(address), 0, timeoutNanos);
  }

  @Test
  void connectEndsWhenTheConnectionStandsOrIsRefused() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    for (boolean backendsOwn : new boolean[] {false, true}) {
      int client =
          backendsOwn
              ? peers.keep(fixture.backend.sockets().stream(address))
              : peers.socket(Libc.SOCK_STREAM);
      assertEquals(0, fixture.await(connect(client, address, 0)));
      int server = peers.accept(listener);
      peers.write(client, "hello");
      assertEquals("hello", peers.read(server, 10));
      assertEquals("EISCONN", fixture.error(connect(client, address, 0)));
    }
    peers.close(listener);
    int client = peers.socket(Libc.SOCK_STREAM);
    assertEquals("ECONNREFUSED", fixture.error(connect(client, address, 0)));
    assertEquals("EBADF", fixture.error(connect(999_999, address, 0)));
  }

  @Test
  void connectTellsWhyItCannot() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    assertEquals("ENOTSOCK", fixture.error(connect(peers.pipe()[0], address, 0)));
    InetAddress any = InetAddress.getByAddress(new byte[IPV6_ADDRESS_BYTES]);
    InetSocketAddress ipv6 = new InetSocketAddress(any, address.getPort());
    assertEquals("EAFNOSUPPORT", fixture.error(connect(peers.socket(Libc.SOCK_STREAM), ipv6, 0)));
    assertEquals("EISCONN", fixture.error(connect(peers.listener(), address, 0)));
  }

  @Test
  void aSocketThatWasRefusedMayTryAgain() throws Exception {
    int gone = peers.listener();
    InetSocketAddress closed = peers.address(gone);
    peers.close(gone);
    int listener = peers.listener();
    int client = peers.socket(Libc.SOCK_STREAM);
    assertEquals("ECONNREFUSED", fixture.error(connect(client, closed, 0)));
    assertEquals(0, fixture.await(connect(client, peers.address(listener), 0)));
    int server = peers.accept(listener);
    peers.write(client, "again");
    assertEquals("again", peers.read(server, 10));
  }
}
