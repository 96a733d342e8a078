package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.simulated.RemoteSocket;
import millrace.proactor.backend.simulated.SimulatedBackend;
import millrace.proactor.backend.simulated.World;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.proactor.fault.FaultPlan;
import millrace.uring.CqeFlags;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@code Backend} on the simulated one. The suite of the others opens descriptors
 * of the operating system, which this kernel does not know; these are its sentences with other
 * machines of the simulation as peers.
 */
class SimulatedContractTest {

  private static final long MILLISECOND_NANOS = 1_000_000;

  private final Peer peer = new Peer();
  private World world;
  private SimulatedBackend backend;
  private BackendFixture fixture;

  /** Another machine. */
  private static final class Peer implements RemoteSocket.Handler {
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private RemoteSocket socket;
    private boolean ended;

    @Override
    public void connected(RemoteSocket connected) {
      socket = connected;
    }

    @Override
    public void received(RemoteSocket from, byte[] data) {
      received.writeBytes(data);
    }

    @Override
    public void ended(RemoteSocket from) {
      ended = true;
    }

    @Override
    public void failed(RemoteSocket from, int errno) {}

    @Override
    public void sent(RemoteSocket from) {}

    void write(String text) {
      socket.write(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  @BeforeEach
  void start() throws Exception {
    world = new World(7, FaultPlan.none());
    OperationTable table = new OperationTable(64);
    backend = new SimulatedBackend(world, table, 8);
    fixture = new BackendFixture(table, backend);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    assertEquals(List.of(), world.violations());
  }

  private int listen() {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    int listener = backend.sockets().stream(address);
    assertEquals(0, backend.sockets().bind(listener, address));
    assertEquals(0, backend.sockets().listen(listener, 8));
    return listener;
  }

  /** The descriptor of a connection to {@link #peer}. */
  private int connection() throws Exception {
    int listener = listen();
    long accept = fixture.submit(OperationKind.ACCEPT, listener);
    backend
        .remoteHost()
        .connect((InetSocketAddress) backend.sockets().localAddress(listener), peer);
    int accepted = fixture.await(accept);
    assertTrue(accepted > listener, "not the lowest free number: " + accepted);
    fixture.turnUntil("the peer's connect", () -> peer.socket != null);
    return accepted;
  }

  /** Lets virtual time pass. */
  private void pass(long nanos) throws Exception {
    long end = world.nowNanos() + nanos;
    while (world.nowNanos() < end) {
      fixture.turn(end - world.nowNanos(), 1000);
    }
  }

  private static BufferSlice slice(int bytes) {
    return BufferSlice.unpooled(bytes);
  }

  @Test
  void aNopEndsWithZeroAndNeverInsideSubmit() throws Exception {
    assertEquals(0, fixture.await(fixture.submit(OperationKind.NOP, -1)));
  }

  @Test
  void anUnknownDescriptorIsBad() throws Exception {
    assertEquals("EBADF", fixture.error(fixture.transfer(OperationKind.RECEIVE, 99, slice(10), 0)));
  }

  @Test
  void aReceiveWaitsForData() throws Exception {
    int descriptor = connection();
    BufferSlice buffer = slice(100);
    long receive = fixture.transfer(OperationKind.RECEIVE, descriptor, buffer, 0);
    pass(MILLISECOND_NANOS);
    fixture.letWait(receive);
    peer.write("hello");
    assertEquals(5, fixture.await(receive));
    assertEquals("hello", Peers.text(buffer, 5));
  }

  @Test
  void aCancelledReceiveEndsWithEcanceled() throws Exception {
    int descriptor = connection();
    long receive = fixture.transfer(OperationKind.RECEIVE, descriptor, slice(100), 0);
    fixture.letWait(receive);
    fixture.cancel(receive);
    assertEquals("ECANCELED", fixture.error(receive));
  }

  @Test
  void aCancelledReceiveStillReportsDataThatArrived() throws Exception {
    int descriptor = connection();
    BufferSlice buffer = slice(100);
    peer.write("first");
    pass(5 * MILLISECOND_NANOS);
    long receive = fixture.transfer(OperationKind.RECEIVE, descriptor, buffer, 0);
    fixture.cancel(receive);
    assertEquals(5, fixture.await(receive));
    assertEquals("first", Peers.text(buffer, 5));
  }

  @Test
  void aDeadlineEndsAReceiveWithEtimeAndNotBefore() throws Exception {
    int descriptor = connection();
    long began = world.nowNanos();
    long receive =
        fixture.transfer(OperationKind.RECEIVE, descriptor, slice(100), 0, 50 * MILLISECOND_NANOS);
    assertEquals("ETIME", fixture.error(receive));
    assertTrue(world.nowNanos() - began >= 50 * MILLISECOND_NANOS);
  }

  @Test
  void aDeadlineThatIsNotReachedChangesNothing() throws Exception {
    int descriptor = connection();
    long receive =
        fixture.transfer(OperationKind.RECEIVE, descriptor, slice(100), 0, 50 * MILLISECOND_NANOS);
    peer.write("x");
    assertEquals(1, fixture.await(receive));
    pass(100 * MILLISECOND_NANOS);
    assertEquals(1, fixture.completions(receive).size());
  }

  @Test
  void aMultishotReceiveGoesOnUntilItsBuffersAreGone() throws Exception {
    int descriptor = connection();
    ProvidedBufferGroup group = backend.provideBuffers(2);
    BufferSlice memory = fixture.keep(slice(8));
    for (int id = 0; id < 2; id++) {
      group.add(memory.address() + 4L * id, 4, id);
    }
    group.publish();
    long receive =
        fixture.submit(
            OperationKind.RECEIVE_MULTISHOT, descriptor, operation -> operation.bufferGroup = 0);
    peer.write("abcdefghij");
    assertEquals("ENOBUFS", fixture.error(receive));
    List<BackendFixture.Completion> all = fixture.completions(receive);
    assertEquals(3, all.size());
    assertEquals(List.of(4, 4), List.of(all.get(0).result(), all.get(1).result()));
    assertEquals(0, CqeFlags.bufferId(all.get(0).flags()));
    assertEquals(1, CqeFlags.bufferId(all.get(1).flags()));
    assertEquals("abcdefgh", Peers.text(memory, 8));
  }

  @Test
  void theEndOfTheStreamIsZero() throws Exception {
    int descriptor = connection();
    long receive = fixture.transfer(OperationKind.RECEIVE, descriptor, slice(100), 0);
    peer.socket.finish();
    assertEquals(0, fixture.await(receive));
  }

  @Test
  void aResetIsToldOnceAndThenThePipeIsBroken() throws Exception {
    int descriptor = connection();
    peer.socket.reset();
    pass(5 * MILLISECOND_NANOS);
    assertEquals("ECONNRESET", fixture.error(send(descriptor, "x")));
    assertEquals("EPIPE", fixture.error(send(descriptor, "x")));
    assertEquals(
        0, fixture.await(fixture.transfer(OperationKind.RECEIVE, descriptor, slice(10), 0)));
  }

  private long send(int descriptor, String text) {
    return fixture.transfer(OperationKind.SEND, descriptor, Peers.slice(text), 0);
  }

  @Test
  void aSendIsPartialWhenTheBuffersAreFullAndTheNextOneWaits() throws Exception {
    int descriptor = connection();
    peer.socket.pause();
    int length = 1 << 17;
    int sent = fixture.await(fixture.transfer(OperationKind.SEND, descriptor, slice(length), 0));
    assertTrue(sent > 0 && sent < length, "sent " + sent);
    pass(5 * MILLISECOND_NANOS);
    long waiting = fixture.transfer(OperationKind.SEND, descriptor, slice(length), 0);
    while (fixture.await(waiting) > 0) {
      pass(5 * MILLISECOND_NANOS);
      waiting = fixture.transfer(OperationKind.SEND, descriptor, slice(length), 0);
      fixture.turn(0, 1000);
      fixture.turn(0, 1000);
      if (!fixture.hasEnded(waiting)) {
        break;
      }
    }
    fixture.letWait(waiting);
    peer.socket.resume();
    assertTrue(fixture.await(waiting) > 0);
  }

  @Test
  void aShutDownListenerEndsItsAcceptWithEinval() throws Exception {
    int listener = listen();
    long accept = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    fixture.letWait(accept);
    backend.sockets().shutdown(listener, Libc.SHUT_RDWR);
    assertEquals("EINVAL", fixture.error(accept));
  }

  @Test
  void cancelByDescriptorEndsAllOnItAndNoOthers() throws Exception {
    int first = listen();
    int second = listen();
    long cancelled = fixture.submit(OperationKind.ACCEPT, first);
    long also = fixture.submit(OperationKind.ACCEPT_MULTISHOT, first);
    long other = fixture.submit(OperationKind.ACCEPT, second);
    fixture.letWait(cancelled, also, other);
    backend.cancelDescriptor(first);
    assertEquals("ECANCELED", fixture.error(cancelled));
    assertEquals("ECANCELED", fixture.error(also));
    fixture.letWait(other);
  }

  @Test
  void aTurnDeliversNoMoreThanItsLimit() throws Exception {
    for (int count = 0; count < 20; count++) {
      fixture.submit(OperationKind.NOP, -1);
    }
    pass(MILLISECOND_NANOS / 10);
    for (int count = 0; count < 3; count++) {
      fixture.submit(OperationKind.NOP, -1);
    }
    pass(1);
    assertTrue(fixture.turn(0, 2) <= 2);
    fixture.turnUntil("all have ended", () -> fixture.table.inFlight() == 0);
  }

  @Test
  void aWakeUpEndsTheWait() throws Exception {
    long before = backend.statistics().wakeUps.get();
    backend.wake();
    assertEquals(0, fixture.turn(-1, 1000));
    assertEquals(before + 1, backend.statistics().wakeUps.get());
  }

  @Test
  void whatIsSentArrivesInOrder() throws Exception {
    int descriptor = connection();
    assertEquals(5, fixture.await(send(descriptor, "hello")));
    assertEquals(6, fixture.await(send(descriptor, " world")));
    backend.sockets().shutdown(descriptor, Libc.SHUT_WR);
    pass(5 * MILLISECOND_NANOS);
    assertEquals("hello world", peer.received.toString(StandardCharsets.US_ASCII));
    assertTrue(peer.ended);
  }
}
