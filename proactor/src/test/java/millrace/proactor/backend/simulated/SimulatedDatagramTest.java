package millrace.proactor.backend.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** The rules of udp(7) that the simulated network keeps, and its faults. */
class SimulatedDatagramTest {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
  private static final int COUNT = 100;

  /** What arrives of {@link #COUNT} datagrams that are numbered from 0. */
  private static List<Integer> arrivals(FaultPlan faults) {
    World world = new World(3, faults);
    world.faults().enable(true);
    RemoteHost host = new SimulatedBackend(world, new OperationTable(16), 8).remoteHost();
    List<Integer> arrived = new ArrayList<>();
    RemoteDatagrams receiver =
        host.datagrams(ANY, (socket, source, data) -> arrived.add((int) data[0]));
    RemoteDatagrams sender = host.datagrams(ANY, (socket, source, data) -> {});
    for (int number = 0; number < COUNT; number++) {
      sender.send(receiver.address(), new byte[] {(byte) number});
    }
    while (world.step(Long.MAX_VALUE)) {}
    return arrived;
  }

  private static List<Integer> all() {
    return IntStream.range(0, COUNT).boxed().toList();
  }

  @Test
  void withoutFaultsTheDatagramsOfASenderArriveOnceAndInTheirOrder() {
    assertEquals(all(), arrivals(FaultPlan.none()));
  }

  @Test
  void aLostDatagramDoesNotArrive() {
    assertEquals(List.of(), arrivals(FaultPlan.none().with(Fault.DATAGRAM_LOST, 1)));
    List<Integer> half = arrivals(FaultPlan.none().with(Fault.DATAGRAM_LOST, 0.5));
    assertTrue(!half.isEmpty() && half.size() < COUNT, () -> "arrived: " + half);
    assertEquals(half.stream().distinct().sorted().toList(), half);
  }

  @Test
  void aDuplicatedDatagramArrivesTwice() {
    List<Integer> arrived = arrivals(FaultPlan.none().with(Fault.DATAGRAM_DUPLICATED, 1));
    assertEquals(2 * COUNT, arrived.size());
    all().forEach(number -> assertEquals(2, Collections.frequency(arrived, number)));
  }

  @Test
  void aLateDatagramIsOvertaken() {
    List<Integer> arrived = arrivals(FaultPlan.none().with(Fault.DATAGRAM_LATE, 0.3));
    assertNotEquals(all(), arrived);
    assertEquals(all(), arrived.stream().sorted().toList());
  }

  private static BufferSlice bytes(int count) {
    return BufferSlice.unpooled(count);
  }

  @Test
  void whatFindsAFullBufferIsLost() {
    SimulatedSurroundings surroundings = new SimulatedSurroundings();
    surroundings.open(new OperationTable(1));
    int receiver = surroundings.socket(Libc.AF_INET, Libc.SOCK_DGRAM);
    assertEquals(0, surroundings.bind(receiver, ANY));
    int sender = surroundings.socket(Libc.AF_INET, Libc.SOCK_DGRAM);
    assertEquals(0, surroundings.connect(sender, surroundings.localAddress(receiver)));
    for (int number = 0; number < COUNT; number++) {
      assertEquals(1000, surroundings.send(sender, bytes(1000), 0));
    }
    assertEquals(0, surroundings.poll(sender, 0, 1000), "nobody is told");
    int received = 0;
    while (surroundings.receive(receiver, bytes(1000), Libc.MSG_DONTWAIT) == 1000) {
      received++;
    }
    assertTrue(received > 0 && received < COUNT, "received " + received);
    surroundings.close();
  }

  @Test
  void emptyDatagramsFillABufferToo() {
    SimulatedSurroundings surroundings = new SimulatedSurroundings();
    surroundings.open(new OperationTable(1));
    int receiver = surroundings.socket(Libc.AF_INET, Libc.SOCK_DGRAM);
    assertEquals(0, surroundings.bind(receiver, ANY));
    int sender = surroundings.socket(Libc.AF_INET, Libc.SOCK_DGRAM);
    assertEquals(0, surroundings.connect(sender, surroundings.localAddress(receiver)));
    for (int number = 0; number < 10 * COUNT; number++) {
      assertEquals(0, surroundings.send(sender, bytes(1).range(0, 0), 0));
    }
    assertEquals(0, surroundings.poll(sender, 0, 1000), "nobody is told");
    int received = 0;
    while (surroundings.receive(receiver, bytes(1), Libc.MSG_DONTWAIT) == 0) {
      received++;
    }
    assertTrue(received > 0 && received < 10 * COUNT, "received " + received);
    surroundings.close();
  }

  @Test
  void onlyAConnectedSocketIsToldOfARefusal() {
    SimulatedSurroundings surroundings = new SimulatedSurroundings();
    SimulatedBackend backend = (SimulatedBackend) surroundings.open(new OperationTable(1));
    Sockets sockets = backend.sockets();
    int gone = surroundings.socket(Libc.AF_INET, Libc.SOCK_DGRAM);
    assertEquals(0, surroundings.bind(gone, ANY));
    InetSocketAddress nobody = (InetSocketAddress) surroundings.localAddress(gone);
    surroundings.close(gone);
    int connected = sockets.datagram(nobody);
    assertEquals(0, sockets.connectDatagram(connected, nobody));
    assertEquals(1, surroundings.send(connected, bytes(1), 0));
    assertEquals(Libc.POLLERR, surroundings.poll(connected, 0, 1000));
    assertEquals(-Errno.ECONNREFUSED, surroundings.send(connected, bytes(1), 0));
    assertEquals(1, surroundings.send(connected, bytes(1), 0), "told once");
    RemoteDatagrams unconnected = backend.remoteHost().datagrams(ANY, (socket, source, data) -> {});
    unconnected.send(nobody, new byte[1]);
    assertEquals(Libc.POLLERR, surroundings.poll(connected, 0, 1000), "of its own datagram");
    surroundings.close();
  }
}
