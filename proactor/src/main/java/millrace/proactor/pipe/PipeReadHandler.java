package millrace.proactor.pipe;

import millrace.proactor.buffer.BufferSlice;

/**
 * What happens at a reading end. All methods are called on the loop thread, one at a time; one that
 * throws closes its reader, and no other.
 */
@FunctionalInterface
public interface PipeReadHandler {

  /**
   * Bytes have arrived.
   *
   * @param reader the reader
   * @param data lent for the call: {@link BufferSlice#retain()} it to keep it
   */
  void received(PipeReader reader, BufferSlice data);

  /**
   * Nobody has the other end open any more. Closes by default.
   *
   * @param reader the reader
   */
  default void endOfStream(PipeReader reader) {
    reader.close();
  }

  /**
   * The loop is shutting down: finish what is under way, then close. Closes by default.
   *
   * @param reader the reader
   */
  default void draining(PipeReader reader) {
    reader.close();
  }

  /**
   * The last call, exactly once: the descriptor is closed and no operation is in flight.
   *
   * @param reader the reader
   * @param errno 0 after an orderly close; else why it ended: EBADF, EIO, ECANCELED (the handler
   *     has thrown, or the loop has ended) ...
   */
  default void closed(PipeReader reader, int errno) {}
}
