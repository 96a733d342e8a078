package millrace.proactor.simulation;

import java.net.InetSocketAddress;

/** What another machine does with datagrams; called between the turns of the loop. */
public interface DatagramPeerHandler {

  /**
   * A datagram has arrived.
   *
   * @param peer this end
   * @param source who sent it
   * @param data its bytes
   */
  void received(SimulatedDatagramPeer peer, InetSocketAddress source, byte[] data);
}
