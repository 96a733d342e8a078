package millrace.proactor.net;

import java.time.Duration;
import java.util.Objects;

/**
 * How a UDP socket is set up, and its limits.
 *
 * @param lowWatermarkDatagrams at or below it, and in bytes too, a full send queue is writable
 *     again
 * @param highWatermarkDatagrams most datagrams sent and not yet taken by the kernel
 * @param lowWatermarkBytes the same in bytes
 * @param highWatermarkBytes most bytes sent and not yet taken by the kernel, at least 64 KiB
 * @param sendsInFlight how many datagrams the kernel is given at once, 1 to 1024: so many
 *     operations of the loop are set aside for this socket. When the socket's send buffer is full
 *     those in flight may overtake each other; with 1 they never do
 * @param receiveBufferBytes SO_RCVBUF, which the kernel doubles and caps at net.core.rmem_max: what
 *     holds bursts while the loop is busy; 0 leaves it as it is
 * @param sendBufferBytes SO_SNDBUF, capped at net.core.wmem_max; 0 leaves it as it is
 * @param reusePort SO_REUSEPORT: several sockets, one for each loop, share a port, and the kernel
 *     spreads the peers over them
 * @param broadcast SO_BROADCAST: datagrams may go to broadcast addresses
 * @param closeLimit how long {@code close} waits for the kernel to take what is queued
 */
public record UdpSocketOptions(
    int lowWatermarkDatagrams,
    int highWatermarkDatagrams,
    long lowWatermarkBytes,
    long highWatermarkBytes,
    int sendsInFlight,
    int receiveBufferBytes,
    int sendBufferBytes,
    boolean reusePort,
    boolean broadcast,
    Duration closeLimit) {

  private static final int MOST_SENDS_IN_FLIGHT = 1024;
  private static final int LEAST_QUEUE_BYTES = 1 << 16;

  /** Checks all values. */
  public UdpSocketOptions {
    Objects.requireNonNull(closeLimit, "closeLimit");
    if (lowWatermarkDatagrams < 0
        || highWatermarkDatagrams < 1
        || lowWatermarkDatagrams >= highWatermarkDatagrams) {
      throw new IllegalArgumentException(
          "watermarks in datagrams must be 0 <= low < high: "
              + lowWatermarkDatagrams
              + ", "
              + highWatermarkDatagrams);
    }
    if (lowWatermarkBytes < 0
        || highWatermarkBytes < LEAST_QUEUE_BYTES
        || lowWatermarkBytes >= highWatermarkBytes) {
      throw new IllegalArgumentException(
          "watermarks in bytes must be 0 <= low < high and high >= 65536: "
              + lowWatermarkBytes
              + ", "
              + highWatermarkBytes);
    }
    if (sendsInFlight < 1 || sendsInFlight > MOST_SENDS_IN_FLIGHT) {
      throw new IllegalArgumentException(
          "sendsInFlight: " + sendsInFlight + ", must be 1.." + MOST_SENDS_IN_FLIGHT);
    }
    checkNotNegative("receiveBufferBytes", receiveBufferBytes);
    checkNotNegative("sendBufferBytes", sendBufferBytes);
    if (closeLimit.isNegative()) {
      throw new IllegalArgumentException("closeLimit: " + closeLimit + ", must not be negative");
    }
  }

  private static void checkNotNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + ": " + value + ", must be >= 0");
    }
  }

  /**
   * {@return 256 and 1024 datagrams, 256 KiB and 1 MiB, 32 in flight, the kernel's buffers, no port
   * sharing, no broadcast, 10 s}
   */
  public static UdpSocketOptions defaults() {
    return new UdpSocketOptions(
        256, 1024, 256 << 10, 1 << 20, 32, 0, 0, false, false, Duration.ofSeconds(10));
  }

  /**
   * Other watermarks of the send queue.
   *
   * @param lowDatagrams low watermark in datagrams
   * @param highDatagrams high watermark in datagrams
   * @param lowBytes low watermark in bytes
   * @param highBytes high watermark in bytes
   * @return a copy with that change
   */
  public UdpSocketOptions withWatermarks(
      int lowDatagrams, int highDatagrams, long lowBytes, long highBytes) {
    return new UdpSocketOptions(
        lowDatagrams,
        highDatagrams,
        lowBytes,
        highBytes,
        sendsInFlight,
        receiveBufferBytes,
        sendBufferBytes,
        reusePort,
        broadcast,
        closeLimit);
  }

  /**
   * Another number of datagrams that the kernel is given at once.
   *
   * @param count 1 to 1024
   * @return a copy with that change
   */
  public UdpSocketOptions withSendsInFlight(int count) {
    return new UdpSocketOptions(
        lowWatermarkDatagrams,
        highWatermarkDatagrams,
        lowWatermarkBytes,
        highWatermarkBytes,
        count,
        receiveBufferBytes,
        sendBufferBytes,
        reusePort,
        broadcast,
        closeLimit);
  }

  /**
   * Other buffers of the kernel's.
   *
   * @param receiveBytes SO_RCVBUF; 0 leaves it as it is
   * @param sendBytes SO_SNDBUF; 0 leaves it as it is
   * @return a copy with that change
   */
  public UdpSocketOptions withSocketBuffers(int receiveBytes, int sendBytes) {
    return new UdpSocketOptions(
        lowWatermarkDatagrams,
        highWatermarkDatagrams,
        lowWatermarkBytes,
        highWatermarkBytes,
        sendsInFlight,
        receiveBytes,
        sendBytes,
        reusePort,
        broadcast,
        closeLimit);
  }

  /**
   * With or without SO_REUSEPORT.
   *
   * @param share whether to share the port
   * @return a copy with that change
   */
  public UdpSocketOptions withReusePort(boolean share) {
    return new UdpSocketOptions(
        lowWatermarkDatagrams,
        highWatermarkDatagrams,
        lowWatermarkBytes,
        highWatermarkBytes,
        sendsInFlight,
        receiveBufferBytes,
        sendBufferBytes,
        share,
        broadcast,
        closeLimit);
  }

  /**
   * With or without SO_BROADCAST.
   *
   * @param allow whether datagrams may go to broadcast addresses
   * @return a copy with that change
   */
  public UdpSocketOptions withBroadcast(boolean allow) {
    return new UdpSocketOptions(
        lowWatermarkDatagrams,
        highWatermarkDatagrams,
        lowWatermarkBytes,
        highWatermarkBytes,
        sendsInFlight,
        receiveBufferBytes,
        sendBufferBytes,
        reusePort,
        allow,
        closeLimit);
  }

  /**
   * Another limit for {@code close}.
   *
   * @param limit the limit
   * @return a copy with that change
   */
  public UdpSocketOptions withCloseLimit(Duration limit) {
    return new UdpSocketOptions(
        lowWatermarkDatagrams,
        highWatermarkDatagrams,
        lowWatermarkBytes,
        highWatermarkBytes,
        sendsInFlight,
        receiveBufferBytes,
        sendBufferBytes,
        reusePort,
        broadcast,
        limit);
  }
}
