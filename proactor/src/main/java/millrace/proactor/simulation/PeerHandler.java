package millrace.proactor.simulation;

/** What another machine does on a connection; called between the turns of the loop. */
public interface PeerHandler {

  /**
   * The connection stands.
   *
   * @param peer this end
   */
  default void connected(SimulatedPeer peer) {}

  /**
   * Bytes have arrived.
   *
   * @param peer this end
   * @param data the bytes
   */
  default void received(SimulatedPeer peer, byte[] data) {}

  /**
   * The proactor's end will send no more. Finishes too by default.
   *
   * @param peer this end
   */
  default void ended(SimulatedPeer peer) {
    peer.finish();
  }

  /**
   * The connection could not be made, or is broken.
   *
   * @param peer this end
   * @param errno ECONNREFUSED, ETIMEDOUT, ECONNRESET, EPIPE
   */
  default void failed(SimulatedPeer peer, int errno) {}

  /**
   * The network has taken all that was written.
   *
   * @param peer this end
   */
  default void sent(SimulatedPeer peer) {}
}
