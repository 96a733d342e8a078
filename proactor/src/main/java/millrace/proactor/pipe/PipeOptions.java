package millrace.proactor.pipe;

import java.time.Duration;
import java.util.Objects;
import millrace.proactor.buffer.BufferPool;

/**
 * Sizes and limits of the ends of pipes.
 *
 * @param readBytes most bytes of one read; a reader that waits holds a buffer of this size
 * @param lowWatermarkBytes at or below it a full write queue is writable again
 * @param highWatermarkBytes above it {@code write} returns false
 * @param writeQueueLimitBytes a write beyond it ends the writer with ENOBUFS
 * @param closeLimit how long {@code PipeWriter.close} waits for the other side to take what is
 *     queued
 */
public record PipeOptions(
    int readBytes,
    long lowWatermarkBytes,
    long highWatermarkBytes,
    long writeQueueLimitBytes,
    Duration closeLimit) {

  /** Checks all values. */
  public PipeOptions {
    if (readBytes < 1 || readBytes > BufferPool.LARGEST_BYTES) {
      throw new IllegalArgumentException(
          "readBytes: " + readBytes + ", must be 1.." + BufferPool.LARGEST_BYTES);
    }
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
    Objects.requireNonNull(closeLimit, "closeLimit");
    if (closeLimit.isNegative()) {
      throw new IllegalArgumentException("closeLimit: " + closeLimit + ", must not be negative");
    }
  }

  /** {@return reads of 16 KiB, watermarks of 32 and 128 KiB, a limit of 64 MiB, 30 s} */
  public static PipeOptions defaults() {
    return new PipeOptions(16 << 10, 32 << 10, 128 << 10, 64 << 20, Duration.ofSeconds(30));
  }

  /**
   * Another size of reads.
   *
   * @param bytes most bytes of one read, 1 to {@link BufferPool#LARGEST_BYTES}
   * @return a copy with that change
   */
  public PipeOptions withReadBytes(int bytes) {
    return new PipeOptions(
        bytes, lowWatermarkBytes, highWatermarkBytes, writeQueueLimitBytes, closeLimit);
  }

  /**
   * Other watermarks.
   *
   * @param lowBytes low watermark
   * @param highBytes high watermark
   * @param limitBytes limit of the queue
   * @return a copy with that change
   */
  public PipeOptions withWatermarks(long lowBytes, long highBytes, long limitBytes) {
    return new PipeOptions(readBytes, lowBytes, highBytes, limitBytes, closeLimit);
  }

  /**
   * Another limit for {@code PipeWriter.close}.
   *
   * @param limit the limit
   * @return a copy with that change
   */
  public PipeOptions withCloseLimit(Duration limit) {
    return new PipeOptions(
        readBytes, lowWatermarkBytes, highWatermarkBytes, writeQueueLimitBytes, limit);
  }
}
