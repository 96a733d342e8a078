package millrace.proactor.net;

import millrace.proactor.buffer.BufferSlice;

/**
 * What happens on a connection. All methods are called on the loop thread, one at a time; one that
 * throws aborts its connection, and no other.
 */
public interface ConnectionHandler {

  /**
   * Bytes have arrived.
   *
   * @param connection the connection
   * @param data lent for the call: {@link BufferSlice#retain()} it to keep it, and release it soon,
   *     as it is one of the loop's receive buffers
   */
  void received(StreamConnection connection, BufferSlice data);

  /**
   * The peer will send no more; it may still receive. Closes by default.
   *
   * @param connection the connection
   */
  default void endOfStream(StreamConnection connection) {
    connection.close();
  }

  /**
   * The write queue has fallen to its low watermark after {@code write} had returned false.
   *
   * @param connection the connection
   */
  default void writable(StreamConnection connection) {}

  /**
   * The loop is shutting down: finish what is under way, then close. Closes by default.
   *
   * @param connection the connection
   */
  default void draining(StreamConnection connection) {
    connection.close();
  }

  /**
   * The last call, exactly once: the descriptor is closed and no operation is in flight.
   *
   * @param connection the connection
   * @param errno 0 after an orderly close; else why it ended: ECONNRESET, EPIPE, ETIMEDOUT, ENOBUFS
   *     (write queue beyond its limit), ECANCELED (aborted here) ...
   */
  default void closed(StreamConnection connection, int errno) {}
}
