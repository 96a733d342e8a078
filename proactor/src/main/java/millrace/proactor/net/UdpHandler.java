package millrace.proactor.net;

import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;

/**
 * What happens on a {@link UdpSocket}. All methods are called on the loop thread, one at a time.
 * What one throws is counted and goes to the loop's {@code failureHandler}; the socket lives on, as
 * it belongs to more than the peer whose datagram that was.
 */
public interface UdpHandler {

  /**
   * A datagram has arrived.
   *
   * @param socket the socket
   * @param data its bytes, of which there may be none; lent for the call: {@link
   *     BufferSlice#retain()} to keep them, and release them soon, as this is one of the loop's
   *     receive buffers
   * @param datagram its sender ({@link UdpSocket#reply}, {@link DatagramAddress#setSource}), and
   *     whether it was longer than a receive buffer; for the call only
   */
  void received(UdpSocket socket, BufferSlice data, ReceivedMessage datagram);

  /**
   * A datagram was not sent. EFAULT: its slice was released before, by whoever gave it away, which
   * goes to the {@code failureHandler} too.
   *
   * @param socket the socket
   * @param errno why: EMSGSIZE, ENETUNREACH, EACCES (a broadcast address, without the option),
   *     ECONNREFUSED (an earlier one met a closed port; connected sockets only) ...
   * @param lengthBytes its length
   * @param destination where it was to go, for the call only; empty for the peer of a connected
   *     socket
   */
  default void sendFailed(
      UdpSocket socket, int errno, int lengthBytes, DatagramAddress destination) {}

  /**
   * The network has told of an error, or the kernel has: the socket goes on. A connected socket
   * hears of closed ports and unreachable hosts (ICMP), once each; here or at a send.
   *
   * @param socket the socket
   * @param errno ECONNREFUSED, EHOSTUNREACH, ENOMEM ...
   */
  default void errorReceived(UdpSocket socket, int errno) {}

  /**
   * The send queue has fallen to its low watermark after it was full.
   *
   * @param socket the socket
   */
  default void writable(UdpSocket socket) {}

  /**
   * The loop is shutting down: finish what is under way, then close. Closes by default.
   *
   * @param socket the socket
   */
  default void draining(UdpSocket socket) {
    socket.close();
  }

  /**
   * The last call, exactly once: the descriptor is closed and no operation is in flight.
   *
   * @param socket the socket
   * @param errno 0 after an orderly close; else why it ended: ECANCELED (aborted here), ETIMEDOUT
   *     (what was queued could not be sent in time) ...
   */
  default void closed(UdpSocket socket, int errno) {}
}
