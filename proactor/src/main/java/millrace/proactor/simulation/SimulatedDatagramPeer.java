package millrace.proactor.simulation;

import java.net.InetSocketAddress;
import millrace.proactor.backend.simulated.RemoteDatagrams;

/**
 * A UDP socket of another machine of the simulated network. Belongs to the thread of the
 * simulation.
 */
public final class SimulatedDatagramPeer {

  private final RemoteDatagrams socket;

  SimulatedDatagramPeer(RemoteDatagrams socket) {
    this.socket = socket;
  }

  /**
   * Sends one datagram, which may be lost.
   *
   * @param target where it goes
   * @param data its bytes, which are copied
   */
  public void send(InetSocketAddress target, byte[] data) {
    socket.send(target, data);
  }

  /** Closes: what arrives from now on is refused. */
  public void close() {
    socket.close();
  }

  /** {@return the address of this end} */
  public InetSocketAddress localAddress() {
    return socket.address();
  }
}
