package millrace.proactor.net;

import java.time.Duration;
import java.util.Objects;

/**
 * Limits of a connection.
 *
 * @param lowWatermarkBytes at or below it a full write queue is writable again
 * @param highWatermarkBytes above it {@code write} returns false
 * @param writeQueueLimitBytes a write beyond it aborts the connection with ENOBUFS
 * @param closeLimit how long {@code close} waits for the peer to take what is queued
 */
public record ConnectionOptions(
    long lowWatermarkBytes,
    long highWatermarkBytes,
    long writeQueueLimitBytes,
    Duration closeLimit) {

  /** Checks all values. */
  public ConnectionOptions {
    Objects.requireNonNull(closeLimit, "closeLimit");
    if (lowWatermarkBytes < 0
        || highWatermarkBytes < lowWatermarkBytes
        || writeQueueLimitBytes < highWatermarkBytes) {
      throw new IllegalArgumentException(
          "watermarks must be 0 <= low <= high <= limit: "
              + lowWatermarkBytes
              + ", "
              + highWatermarkBytes
              + ", "
              + writeQueueLimitBytes);
    }
    if (closeLimit.isNegative()) {
      throw new IllegalArgumentException("closeLimit: " + closeLimit + ", must not be negative");
    }
  }

  /** {@return 32 KiB, 128 KiB, 64 MiB, 30 s} */
  public static ConnectionOptions defaults() {
    return new ConnectionOptions(32 << 10, 128 << 10, 64 << 20, Duration.ofSeconds(30));
  }

  /**
   * Other watermarks.
   *
   * @param lowBytes low watermark
   * @param highBytes high watermark
   * @param limitBytes limit of the queue
   * @return a copy with that change
   */
  public ConnectionOptions withWatermarks(long lowBytes, long highBytes, long limitBytes) {
    return new ConnectionOptions(lowBytes, highBytes, limitBytes, closeLimit);
  }

  /**
   * Another limit for {@code close}.
   *
   * @param limit the limit
   * @return a copy with that change
   */
  public ConnectionOptions withCloseLimit(Duration limit) {
    return new ConnectionOptions(
        lowWatermarkBytes, highWatermarkBytes, writeQueueLimitBytes, limit);
  }
}
