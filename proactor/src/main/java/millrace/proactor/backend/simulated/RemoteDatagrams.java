package millrace.proactor.backend.simulated;

import java.net.InetSocketAddress;
import java.util.Objects;

/** A UDP socket of another machine, with room for all that arrives. */
public final class RemoteDatagrams implements DatagramNetwork.Station {

  /** Who uses the socket. */
  public interface Handler {
    /** A datagram has arrived. */
    void received(RemoteDatagrams socket, InetSocketAddress source, byte[] data);
  }

  private final DatagramNetwork network;
  private final Handler handler;
  private final InetSocketAddress address;
  private long latestArrivalNanos;

  RemoteDatagrams(DatagramNetwork network, InetSocketAddress address, Handler handler) {
    this.network = network;
    this.handler = Objects.requireNonNull(handler, "handler");
    this.address = network.bind(address, this);
    if (this.address == null) {
      throw new IllegalArgumentException("address: " + address + " is in use");
    }
  }

  /** Sends one datagram. */
  public void send(InetSocketAddress target, byte[] data) {
    network.send(this, address, target, data.clone());
  }

  /** Whoever sends to it from now on is refused. */
  public void close() {
    network.unbind(address, this);
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public boolean accepts(InetSocketAddress source) {
    return true;
  }

  @Override
  public void arrived(byte[] data, InetSocketAddress source) {
    handler.received(this, source, data);
  }

  @Override
  public void left(int bytes) {}

  @Override
  public void refused(InetSocketAddress target) {}

  @Override
  public long latestArrivalNanos() {
    return latestArrivalNanos;
  }

  @Override
  public void setLatestArrival(long nanos) {
    latestArrivalNanos = nanos;
  }
}
