package millrace.proactor.pipe;

/**
 * What happens at a writing end. All methods are called on the loop thread, one at a time; one that
 * throws aborts its writer, and no other.
 */
public interface PipeWriteHandler {

  /**
   * The write queue has fallen to its low watermark after {@link PipeWriter#write} had returned
   * false.
   *
   * @param writer the writer
   */
  default void writable(PipeWriter writer) {}

  /**
   * The loop is shutting down: finish what is under way, then close. Closes by default.
   *
   * @param writer the writer
   */
  default void draining(PipeWriter writer) {
    writer.close();
  }

  /**
   * The last call, exactly once: the descriptor is closed and no operation is in flight.
   *
   * @param writer the writer
   * @param errno 0 when all was written; else why it ended: EPIPE (nobody reads any more),
   *     ETIMEDOUT (the close limit was reached), ENOBUFS (write queue beyond its limit), ECANCELED
   *     (aborted here) ...
   */
  default void closed(PipeWriter writer, int errno) {}
}
