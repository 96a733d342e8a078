package millrace.proactor.simulation;

import java.net.InetSocketAddress;
import millrace.proactor.backend.simulated.RemoteSocket;

/**
 * The other end of a connection of the proactor, on another machine of the simulated network. What
 * it writes is queued without limit; it reads as soon as something arrives, unless it pauses or has
 * a read rate. Belongs to the thread of the simulation.
 */
public final class SimulatedPeer {

  private RemoteSocket socket;

  SimulatedPeer() {}

  /** Calls {@code handler} for a socket. */
  RemoteSocket.Handler adapter(PeerHandler handler) {
    return new RemoteSocket.Handler() {
      @Override
      public void connected(RemoteSocket remote) {
        socket = remote;
        handler.connected(SimulatedPeer.this);
      }

      @Override
      public void received(RemoteSocket remote, byte[] data) {
        handler.received(SimulatedPeer.this, data);
      }

      @Override
      public void ended(RemoteSocket remote) {
        handler.ended(SimulatedPeer.this);
      }

      @Override
      public void failed(RemoteSocket remote, int errno) {
        socket = remote;
        handler.failed(SimulatedPeer.this, errno);
      }

      @Override
      public void sent(RemoteSocket remote) {
        handler.sent(SimulatedPeer.this);
      }
    };
  }

  void attach(RemoteSocket remote) {
    socket = remote;
  }

  /**
   * Sends {@code data} after what was written before.
   *
   * @param data the bytes, which are copied
   */
  public void write(byte[] data) {
    socket.write(data);
  }

  /** Sends FIN after what was written; the proactor's end may still send. */
  public void finish() {
    socket.finish();
  }

  /** Closes at once: what was not sent is lost, and bytes that were not read make it a reset. */
  public void close() {
    socket.close();
  }

  /** Closes at once with a reset. */
  public void reset() {
    socket.reset();
  }

  /** Reads nothing until {@link #resume}: the proactor's end feels a full receive buffer. */
  public void pause() {
    socket.pause();
  }

  /** Goes on reading. */
  public void resume() {
    socket.resume();
  }

  /**
   * Reads slowly.
   *
   * @param bytes most bytes of one read
   * @param intervalNanos time between two reads, in nanoseconds
   */
  public void setReadRate(int bytes, long intervalNanos) {
    socket.setReadRate(bytes, intervalNanos);
  }

  /** {@return bytes written that the network has not taken yet} */
  public int unsentBytes() {
    return socket.unsentBytes();
  }

  /** {@return the address of this end} */
  public InetSocketAddress localAddress() {
    return socket.localAddress();
  }

  /** {@return whether a fault has reset the connection, which neither end has done} */
  public boolean wasResetByNetwork() {
    return socket.wasResetByNetwork();
  }
}
