package millrace.proactor.net;

import java.time.Duration;
import java.util.Objects;

/**
 * Limits of a connection. When the loop was held up, those of time are longer by as much, twice as
 * long at most, and it hears of what has come meanwhile before it ends a connection.
 *
 * @param lowWatermarkBytes at or below it a full write queue is writable again
 * @param highWatermarkBytes above it {@code write} returns false
 * @param writeQueueLimitBytes a write beyond it aborts the connection with ENOBUFS
 * @param closeLimit how long {@code close} waits for the peer to take what is queued
 * @param sendStallLimit a peer that takes nothing of what is being sent for this long, and at most
 *     for twice as long, loses its connection: ETIMEDOUT; zero: never. A peer that does not read
 *     holds memory that others could use
 * @param unsentLimitBytes how much the kernel takes that it has not sent yet (TCP_NOTSENT_LOWAT);
 *     zero: as much as its send buffer holds. Without a limit that is megabytes, of which a slow
 *     peer must read a third before the kernel takes more: for that long it looks as if it took
 *     nothing
 * @param idleTimeout a connection on which nothing is received, and of which the kernel takes
 *     nothing to send, for this long is ended: {@code closed} is told ETIMEDOUT, and the peer sees
 *     an end, or a reset if bytes were queued for it; zero: never, the default. It counts from the
 *     opening to the application's {@code close}, also after either side has finished sending and
 *     during a shutdown. It does not count while nothing is queued and receiving is paused, or the
 *     loop has no receive buffer left: the peer is not waited for then. Never early, and late by a
 *     tick of the loop's timers and a few turns
 */
public record ConnectionOptions(
    long lowWatermarkBytes,
    long highWatermarkBytes,
    long writeQueueLimitBytes,
    Duration closeLimit,
    Duration sendStallLimit,
    int unsentLimitBytes,
    Duration idleTimeout) {

  /** Checks all values. */
  public ConnectionOptions {
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
    if (unsentLimitBytes < 0) {
      throw new IllegalArgumentException(
          "unsentLimitBytes: " + unsentLimitBytes + ", must be >= 0");
    }
    checkNotNegative("closeLimit", closeLimit);
    checkNotNegative("sendStallLimit", sendStallLimit);
    checkNotNegative("idleTimeout", idleTimeout);
  }

  private static void checkNotNegative(String name, Duration limit) {
    Objects.requireNonNull(limit, name);
    if (limit.isNegative()) {
      throw new IllegalArgumentException(name + ": " + limit + ", must not be negative");
    }
  }

  /** {@return 32 KiB, 128 KiB, 64 MiB, 30 s, 60 s, 128 KiB, no idle timeout} */
  public static ConnectionOptions defaults() {
    return new ConnectionOptions(
        32 << 10,
        128 << 10,
        64 << 20,
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        128 << 10,
        Duration.ZERO);
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
    return new ConnectionOptions(
        lowBytes, highBytes, limitBytes, closeLimit, sendStallLimit, unsentLimitBytes, idleTimeout);
  }

  /**
   * Another limit for {@code close}.
   *
   * @param limit the limit
   * @return a copy with that change
   */
  public ConnectionOptions withCloseLimit(Duration limit) {
    return new ConnectionOptions(
        lowWatermarkBytes,
        highWatermarkBytes,
        writeQueueLimitBytes,
        limit,
        sendStallLimit,
        unsentLimitBytes,
        idleTimeout);
  }

  /**
   * Another limit for peers that do not read.
   *
   * @param limit the limit; zero for none
   * @return a copy with that change
   */
  public ConnectionOptions withSendStallLimit(Duration limit) {
    return new ConnectionOptions(
        lowWatermarkBytes,
        highWatermarkBytes,
        writeQueueLimitBytes,
        closeLimit,
        limit,
        unsentLimitBytes,
        idleTimeout);
  }

  /**
   * Another limit for what the kernel takes ahead of sending it.
   *
   * @param bytes the limit in bytes; zero for none
   * @return a copy with that change
   */
  public ConnectionOptions withUnsentLimit(int bytes) {
    return new ConnectionOptions(
        lowWatermarkBytes,
        highWatermarkBytes,
        writeQueueLimitBytes,
        closeLimit,
        sendStallLimit,
        bytes,
        idleTimeout);
  }

  /**
   * Another limit for connections on which nothing moves.
   *
   * @param timeout the limit; zero for none
   * @return a copy with that change
   */
  public ConnectionOptions withIdleTimeout(Duration timeout) {
    return new ConnectionOptions(
        lowWatermarkBytes,
        highWatermarkBytes,
        writeQueueLimitBytes,
        closeLimit,
        sendStallLimit,
        unsentLimitBytes,
        timeout);
  }
}
