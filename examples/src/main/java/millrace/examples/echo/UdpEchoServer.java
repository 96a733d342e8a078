package millrace.examples.echo;

import java.io.IOException;
import java.net.InetSocketAddress;
import millrace.proactor.BackendChoice;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.net.UdpSocket;
import millrace.proactor.net.UdpSocketOptions;

/** A UDP echo server on one loop. Any thread. */
final class UdpEchoServer implements AutoCloseable {
  private static final int LARGEST_DATAGRAM_BYTES = 65_527;
  private static final int RECEIVE_BUFFERS = 256;

  /** What the kernel keeps while the loop is busy; it gives as much of it as net.core allows. */
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;

  private final Proactor proactor;
  private final UdpSocket socket;

  private UdpEchoServer(Proactor proactor, UdpSocket socket) {
    this.proactor = proactor;
    this.socket = socket;
  }

  /**
   * Starts to serve.
   *
   * @throws IOException when the backend is not to be had or the address cannot be bound
   */
  static UdpEchoServer start(InetSocketAddress address, BackendChoice backend) throws IOException {
    Proactor proactor =
        Proactor.start(
            ProactorOptions.builder()
                .name("millrace-udp-echo")
                .backend(backend)
                .receiveBuffers(
                    RECEIVE_BUFFERS, LARGEST_DATAGRAM_BYTES + UdpSocket.RECEIVE_OVERHEAD_BYTES)
                .build());
    try {
      UdpSocketOptions options =
          UdpSocketOptions.defaults().withSocketBuffers(SOCKET_BUFFER_BYTES, 0);
      return new UdpEchoServer(
          proactor, UdpSocket.bind(proactor, address, options, new UdpEchoHandler()));
    } catch (Throwable t) {
      proactor.close();
      throw t;
    }
  }

  InetSocketAddress localAddress() {
    return socket.localAddress();
  }

  Proactor proactor() {
    return proactor;
  }

  @Override
  public void close() {
    proactor.close();
  }
}
