package millrace.proactor.net;

/**
 * Counters of a {@link UdpSocket} at one moment, read without stopping its loop. What the kernel
 * drops since its receive buffer is full is not among them: see {@code ss -um}.
 *
 * @param received datagrams received so far
 * @param truncated those of them that were longer than a receive buffer
 * @param sent datagrams that the kernel took
 * @param refused datagrams dropped here, since the send queue was full or the socket closed
 * @param failed datagrams that the kernel did not take
 * @param errors errors received, of the network or the kernel
 */
public record UdpMetrics(
    long received, long truncated, long sent, long refused, long failed, long errors) {}
