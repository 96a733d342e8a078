package millrace.proactor.backend.simulated;

import java.net.InetSocketAddress;
import java.util.TreeMap;
import millrace.proactor.fault.Fault;

/**
 * UDP: datagrams on their way. Those of one sender arrive in their order, unless a fault delays
 * one; what finds nobody, or a full buffer, is lost.
 */
final class DatagramNetwork {

  /** One end: a socket of this machine or of another one. */
  interface Station {
    InetSocketAddress address();

    /** Whether datagrams from {@code source} are for it: a connected socket has one peer. */
    boolean accepts(InetSocketAddress source);

    void arrived(byte[] data, InetSocketAddress source);

    /** A datagram has left, or is lost: there is room for others. */
    void left(int bytes);

    /** ICMP says that nobody is at {@code target}. */
    void refused(InetSocketAddress target);

    /** When the latest datagram of it arrives. */
    long latestArrivalNanos();

    void setLatestArrival(long nanos);
  }

  private static final long LONGEST_DELAY_NANOS = 50_000_000;

  private final World world;
  private final SimulatedNetwork network;
  private final TreeMap<Integer, Station> stations = new TreeMap<>();

  DatagramNetwork(World world, SimulatedNetwork network) {
    this.world = world;
    this.network = network;
  }

  /** The address with a port of its own, or null: EADDRINUSE. */
  InetSocketAddress bind(InetSocketAddress address, Station station) {
    int port = address.getPort() == 0 ? network.freePort() : address.getPort();
    return stations.putIfAbsent(port, station) == null
        ? new InetSocketAddress(address.getAddress(), port)
        : null;
  }

  void unbind(InetSocketAddress address, Station station) {
    stations.remove(address.getPort(), station);
  }

  void send(Station from, InetSocketAddress source, InetSocketAddress target, byte[] data) {
    world.trace().line("udp").add("from", source.getPort()).add("to", target.getPort());
    world.trace().add("bytes", data.length);
    long now = world.nowNanos();
    long arrival = Math.max(from.latestArrivalNanos(), now + network.latencyNanos());
    if (world.faults().strikes(Fault.DATAGRAM_LATE)) {
      arrival += world.faults().nanos(1_000, LONGEST_DELAY_NANOS);
    } else {
      from.setLatestArrival(arrival);
    }
    world.after(arrival - now, () -> arrives(from, source, target, data));
    if (world.faults().strikes(Fault.DATAGRAM_DUPLICATED)) {
      long again = arrival - now + world.faults().nanos(0, LONGEST_DELAY_NANOS);
      world.after(again, () -> deliver(from, source, target, data));
    }
  }

  private void arrives(
      Station from, InetSocketAddress source, InetSocketAddress target, byte[] data) {
    from.left(data.length);
    if (world.faults().strikes(Fault.DATAGRAM_LOST)) {
      return;
    }
    if (world.faults().strikes(Fault.DATAGRAM_REFUSED)) {
      refuse(from, target);
      return;
    }
    deliver(from, source, target, data);
  }

  private void deliver(
      Station from, InetSocketAddress source, InetSocketAddress target, byte[] data) {
    Station station = stations.get(target.getPort());
    if (station == null || !station.accepts(source)) {
      refuse(from, target);
    } else {
      station.arrived(data, source);
    }
  }

  private void refuse(Station from, InetSocketAddress target) {
    world.trace().line("icmp").add("to", target.getPort());
    world.after(network.latencyNanos(), () -> from.refused(target));
  }
}
