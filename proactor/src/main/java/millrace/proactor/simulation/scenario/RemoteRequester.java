package millrace.proactor.simulation.scenario;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import millrace.proactor.simulation.DatagramPeerHandler;
import millrace.proactor.simulation.SimulatedDatagramPeer;
import millrace.proactor.simulation.Simulation;

/** A client on another machine. */
final class RemoteRequester extends DatagramRequester implements DatagramPeerHandler {

  private static final byte[] EMPTY = {};

  private final DatagramLedger ledger;
  private final InetSocketAddress server;
  private final Runnable over;
  private final SimulatedDatagramPeer peer;

  RemoteRequester(
      Simulation simulation,
      DatagramLedger ledger,
      InetSocketAddress server,
      int longestBytes,
      Runnable over) {
    super(simulation, longestBytes);
    this.ledger = ledger;
    this.over = over;
    this.server = server;
    peer =
        simulation.datagramPeer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), this);
  }

  @Override
  long send(int lengthBytes) {
    if (random.nextInt(10) == 0) {
      peer.send(server, EMPTY);
    }
    PatternDatagram request = ledger.next(peer.localAddress(), 0, lengthBytes);
    peer.send(server, request.bytes());
    return request.transmission();
  }

  @Override
  void later(long nanos, Runnable action) {
    simulation.after(nanos, action);
  }

  @Override
  void done() {
    over.run();
  }

  @Override
  public void received(SimulatedDatagramPeer to, InetSocketAddress source, byte[] data) {
    PatternDatagram datagram = ledger.arrived(data, source, peer.localAddress());
    if (datagram == null) {
      return;
    }
    if (datagram.lengthBytes() != data.length) {
      simulation.violated("a client received " + data.length + " bytes of " + datagram);
    }
    answer(datagram);
  }
}
