package millrace.proactor.backend.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** The rules of tcp(7) that the simulated network keeps. */
class SimulatedNetworkTest {

  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1234);

  /** One end, which writes down what happens to it. */
  private static class End implements RemoteSocket.Handler {
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final List<String> events = new ArrayList<>();
    RemoteSocket socket;

    @Override
    public void connected(RemoteSocket connected) {
      socket = connected;
      events.add("connected");
    }

    @Override
    public void received(RemoteSocket from, byte[] data) {
      received.writeBytes(data);
    }

    @Override
    public void ended(RemoteSocket from) {
      events.add("end");
    }

    @Override
    public void failed(RemoteSocket from, int errno) {
      events.add(Errno.name(errno));
    }

    @Override
    public void sent(RemoteSocket from) {}
  }

  private final End client = new End();
  private final End server = new End();
  private World world;

  private RemoteHost world(FaultPlan faults) {
    world = new World(1, faults);
    world.faults().enable(true);
    return new SimulatedBackend(world, new OperationTable(16), 8).remoteHost();
  }

  private void connect(FaultPlan faults) {
    RemoteHost host = world(faults);
    assertEquals(0, host.listen(ADDRESS, () -> server));
    host.connect(ADDRESS, client);
    settle();
    assertEquals(List.of("connected"), client.events);
    assertEquals(List.of("connected"), server.events);
  }

  private void settle() {
    while (world.step(Long.MAX_VALUE)) {}
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new SplittableRandom(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void connectToNobodyIsRefused() {
    world(FaultPlan.none()).connect(ADDRESS, client);
    settle();
    assertEquals(List.of("ECONNREFUSED"), client.events);
  }

  @Test
  void aConnectThatIsLostTimesOut() {
    RemoteHost host = world(FaultPlan.none().with(Fault.CONNECT_LOST, 1));
    host.listen(ADDRESS, () -> server);
    host.connect(ADDRESS, client);
    settle();
    assertEquals(List.of("ETIMEDOUT"), client.events);
    assertEquals(List.of(), server.events);
  }

  @Test
  void bytesArriveInOrderWhateverTheSegmentsAre() {
    connect(FaultPlan.none().with(Fault.TINY_SEGMENT, 0.5).with(Fault.SLOW_SEGMENT, 0.1));
    client.socket.write(bytes(50_000));
    server.socket.write(bytes(30_000));
    settle();
    assertArrayEquals(bytes(50_000), server.received.toByteArray());
    assertArrayEquals(bytes(30_000), client.received.toByteArray());
  }

  @Test
  void afterHalfCloseTheOtherDirectionGoesOn() {
    connect(FaultPlan.none());
    client.socket.write(bytes(10));
    client.socket.finish();
    settle();
    assertEquals(List.of("connected", "end"), server.events);
    server.socket.write(bytes(20_000));
    server.socket.finish();
    settle();
    assertArrayEquals(bytes(20_000), client.received.toByteArray());
    assertEquals(List.of("connected", "end"), client.events);
  }

  @Test
  void connectionsOvertakeEachOther() {
    RemoteHost host = world(FaultPlan.none());
    List<End> ends = new ArrayList<>();
    List<Integer> arrivals = new ArrayList<>();
    for (int number = 0; number < 20; number++) {
      int connection = number;
      InetSocketAddress address = new InetSocketAddress(ADDRESS.getAddress(), 1000 + number);
      End receiver =
          new End() {
            @Override
            public void received(RemoteSocket from, byte[] data) {
              arrivals.add(connection);
            }
          };
      assertEquals(0, host.listen(address, () -> receiver));
      ends.add(new End());
      host.connect(address, ends.get(number));
    }
    settle();
    ends.forEach(end -> end.socket.write(bytes(1)));
    settle();
    List<Integer> sent = IntStream.range(0, ends.size()).boxed().toList();
    assertEquals(sent, arrivals.stream().sorted().toList());
    assertNotEquals(sent, arrivals);
  }

  @Test
  void aReaderThatPausesStopsTheSender() {
    connect(FaultPlan.none());
    server.socket.pause();
    client.socket.write(bytes(100_000));
    settle();
    assertTrue(client.socket.unsentBytes() > 0, "everything was taken");
    assertEquals(0, server.received.size());
    server.socket.resume();
    settle();
    assertEquals(0, client.socket.unsentBytes());
    assertArrayEquals(bytes(100_000), server.received.toByteArray());
  }

  @Test
  void closeWithUnreadBytesResets() {
    connect(FaultPlan.none());
    server.socket.pause();
    client.socket.write(bytes(100));
    settle();
    server.socket.close();
    settle();
    assertEquals(List.of("connected", "ECONNRESET"), client.events);
  }

  @Test
  void dataForAClosedSocketIsAnsweredWithReset() {
    connect(FaultPlan.none());
    server.socket.close();
    settle();
    assertEquals(List.of("connected", "end"), client.events);
    client.socket.write(bytes(100));
    settle();
    client.socket.write(bytes(100));
    // CLOSE_WAIT: the peer had finished, so the reset is told as EPIPE.
    assertEquals(List.of("connected", "end", "EPIPE"), client.events);
  }

  @Test
  void aResetIsToldOnceAndThenPipesAreBroken() {
    connect(FaultPlan.none());
    server.socket.reset();
    settle();
    client.socket.write(bytes(1));
    assertEquals(List.of("connected", "ECONNRESET"), client.events);
  }

  @Test
  void dataThatArrivedBeforeAResetIsStillRead() {
    connect(FaultPlan.none());
    client.socket.pause();
    server.socket.write(bytes(100));
    settle();
    server.socket.reset();
    settle();
    client.socket.resume();
    settle();
    assertArrayEquals(bytes(100), client.received.toByteArray());
    assertEquals(List.of("connected", "ECONNRESET"), client.events);
  }
}
