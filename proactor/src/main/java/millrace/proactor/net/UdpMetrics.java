package millrace.proactor.net;

/**
 * Counters of a {@link UdpSocket} at one moment, read without stopping its loop. What the kernel
 * drops since its receive buffer is full is not among them: see {@code ss -um}.
 *
 * @param received datagrams received so far
 * @param truncated those of them that were longer than a receive buffer
 * @param dropped those of them that were dropped here: they had come with a pause, and the loop was
 *     short of receive buffers and had no memory left for copies
 * @param sent datagrams that the kernel took
 * @param refused datagrams dropped here, since the send queue was full, memory had run out or the
 *     socket was closed
 * @param failed datagrams that the kernel did not take
 * @param errors errors received, of the network or the kernel
 */
public record UdpMetrics(
    long received,
    long truncated,
    long dropped,
    long sent,
    long refused,
    long failed,
    long errors) {}
