package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** UNIX stream sockets: pairs, accept and connect, and the removal of their names. */
@BackendContract
class UnixContractTest {

  private static final int FLAGS = Libc.SOCK_CLOEXEC;

  private final Peers peers = new Peers();
  private BackendFixture fixture;
  private Path directory;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers);
    directory = peers.surroundings.directory();
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  private int[] pair() {
    int[] two = new int[2];
    assertEquals(0, fixture.backend.sockets().pair(Libc.SOCK_STREAM, two));
    peers.keep(two[0]);
    peers.keep(two[1]);
    return two;
  }

  private int socket() {
    return peers.socket(Libc.AF_UNIX, Libc.SOCK_STREAM);
  }

  private SocketAddress address(String name) {
    return UnixDomainSocketAddress.of(directory.resolve(name));
  }

  private int listener(SocketAddress address, int backlog) {
    int listener = socket();
    assertEquals(0, peers.surroundings.bind(listener, address));
    assertEquals(0, peers.surroundings.listen(listener, backlog));
    return listener;
  }

  private long connect(int socket, SocketAddress address, long timeoutNanos) {
    BufferSlice target = fixture.keep(Peers.sockaddr(address));
    return fixture.submit(
        OperationKind.CONNECT,
        socket,
        op -> {
          op.address = target.address() + target.offset();
          op.length = target.length();
          op.timeoutNanos = timeoutNanos;
        });
  }

  private long receive(int socket, BufferSlice buffer) {
    return fixture.transfer(OperationKind.RECEIVE, socket, buffer, 0);
  }

  private long unlink(Path path) {
    return fixture.submit(
        OperationKind.UNLINK, Libc.AT_FDCWD, op -> op.address = fixture.path(path.toString()));
  }

  @Test
  void aPairCarriesBytesBothWaysAndTellsTheEnd() throws Exception {
    int[] two = pair();
    for (int side = 0; side < 2; side++) {
      BufferSlice buffer = BufferSlice.unpooled(10);
      long waiting = receive(two[side], buffer);
      fixture.letWait(waiting);
      long sent = fixture.transfer(OperationKind.SEND, two[1 - side], Peers.slice("flume"), 0);
      assertEquals(5, fixture.await(sent));
      assertEquals(5, fixture.await(waiting));
      assertEquals("flume", Peers.text(buffer, 5));
    }
    peers.finish(two[0]);
    assertEquals(0, fixture.await(receive(two[1], BufferSlice.unpooled(10))));
  }

  @Test
  void aReceiveOnAPairIsCancelledWhileItWaits() throws Exception {
    int[] two = pair();
    long waiting = receive(two[0], BufferSlice.unpooled(10));
    fixture.letWait(waiting);
    fixture.cancel(waiting);
    assertEquals("ECANCELED", fixture.error(waiting));
    long again = receive(two[0], BufferSlice.unpooled(10));
    fixture.letWait(again);
    fixture.backend.cancelDescriptor(two[0]);
    assertEquals("ECANCELED", fixture.error(again));
  }

  @Test
  void acceptGivesAConnectionThatIsThereOrComes() throws Exception {
    int listener = listener(address("a"), 8);
    int early = socket();
    assertEquals(0, fixture.await(connect(early, address("a"), 0)));
    long first = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = FLAGS);
    int server = peers.keep(fixture.await(first));
    peers.write(early, "one");
    assertEquals("one", peers.read(server, 10));

    long second = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = FLAGS);
    fixture.letWait(second);
    int late = socket();
    long connecting = connect(late, address("a"), 0);
    int other = peers.keep(fixture.await(second));
    assertEquals(0, fixture.await(connecting));
    peers.write(other, "two");
    assertEquals("two", peers.read(late, 10));
  }

  @Test
  void connectTellsWhyItCannot() throws Exception {
    assertEquals("ENOENT", fixture.error(connect(socket(), address("none"), 0)));
    peers.close(listener(address("left"), 8));
    assertEquals("ECONNREFUSED", fixture.error(connect(socket(), address("left"), 0)));
  }

  /** Connections that stand, as many as the queue takes. */
  private void fillQueue(SocketAddress address) throws Exception {
    // The kernel takes one more than it was told (unix(7) says nothing of it, nor does POSIX).
    for (int i = 0; i < 2; i++) {
      assertEquals(0, fixture.await(connect(socket(), address, 0)));
    }
  }

  @Test
  void connectWaitsForRoomInTheQueue() throws Exception {
    int listener = listener(address("full"), 1);
    fillQueue(address("full"));
    int waiting = socket();
    long connect = connect(waiting, address("full"), BackendFixture.HOUR_NANOS);
    fixture.letWait(connect);
    peers.accept(listener);
    assertEquals(0, fixture.await(connect));
  }

  @Test
  void connectToAFullQueueEndsByItsDeadline() throws Exception {
    listener(address("full"), 1);
    fillQueue(address("full"));
    assertEquals(
        "ETIME", fixture.error(connect(socket(), address("full"), BackendFixture.MOMENT_NANOS)));
  }

  @Test
  void connectToAFullQueueIsCancelledAtAnyTime() throws Exception {
    listener(address("full"), 1);
    fillQueue(address("full"));
    for (int turns = 0; turns < 30; turns++) {
      int socket = socket();
      long connect = connect(socket, address("full"), 0);
      for (int turn = 0; turn < turns % 10; turn++) {
        fixture.turn(0, 100);
      }
      if (turns % 2 == 0) {
        fixture.cancel(connect);
        assertEquals("ECANCELED", fixture.error(connect), "after turns: " + turns);
      } else {
        fixture.backend.cancelAll();
        assertEquals("ECANCELED", fixture.error(connect), "after turns: " + turns);
      }
      peers.close(socket);
    }
  }

  @Test
  void unlinkRemovesANameAndTellsWhyItCannot() throws Exception {
    listener(address("gone"), 8);
    assertEquals(0, fixture.await(unlink(directory.resolve("gone"))));
    assertEquals("ENOENT", fixture.error(unlink(directory.resolve("gone"))));
    assertEquals("ENOENT", fixture.error(connect(socket(), address("gone"), 0)));
    Path file = directory.resolve("file");
    peers.surroundings.writeFile(file, new byte[] {1});
    assertEquals(0, fixture.await(unlink(file)));
    assertEquals("ENOENT", fixture.error(unlink(file)));
    assertEquals("EISDIR", fixture.error(unlink(directory)));
  }

  @Test
  void socketFilesAreToldApartAndReplacedOnlyWhenStale() throws Exception {
    UnixDomainSocketAddress address = (UnixDomainSocketAddress) address("file");
    int listener = listener(address, 8);
    long[] first = new long[2];
    assertEquals(0, fixture.backend.socketFiles().identify(address.getPath(), first));
    assertEquals(-Errno.EADDRINUSE, fixture.backend.socketFiles().removeStale(address));
    peers.close(listener);
    long[] same = new long[2];
    assertEquals(0, fixture.backend.socketFiles().identify(address.getPath(), same));
    assertEquals(first[1], same[1]);
    assertEquals(0, fixture.backend.socketFiles().removeStale(address));
    assertEquals(-Errno.ENOENT, fixture.backend.socketFiles().identify(address.getPath(), same));
    assertEquals(-Errno.ENOENT, fixture.backend.socketFiles().removeStale(address));
    Path file = directory.resolve("plain");
    peers.surroundings.writeFile(file, new byte[] {1});
    assertEquals(
        -Errno.ENOTSOCK,
        fixture.backend.socketFiles().removeStale(UnixDomainSocketAddress.of(file)));
    assertTrue(peers.surroundings.readFile(file).length == 1);
    assertFalse(first[1] == 0);
  }
}
