package millrace.proactor.net;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The other side, by java.nio: a bound datagram channel. Whoever waits for a datagram blocks. */
final class UdpPeer implements AutoCloseable {

  private static final int LIMIT_MILLIS = 60_000;

  private final DatagramChannel channel;
  private final DatagramSocket socket;
  private final byte[] buffer = new byte[1 << 16];

  UdpPeer() throws IOException {
    this(Peers.anyPort());
  }

  UdpPeer(InetSocketAddress address) throws IOException {
    channel = DatagramChannel.open();
    channel.bind(address);
    socket = channel.socket();
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.setReceiveBufferSize(1 << 22);
  }

  static UdpPeer at(String literal) throws IOException {
    return new UdpPeer(new InetSocketAddress(InetAddress.ofLiteral(literal), 0));
  }

  InetSocketAddress address() {
    return new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
  }

  void send(byte[] bytes, InetSocketAddress to) throws IOException {
    socket.send(new DatagramPacket(bytes, bytes.length, to));
  }

  void send(String text, InetSocketAddress to) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1), to);
  }

  /** The next datagram. */
  DatagramPacket receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    socket.receive(packet);
    return new DatagramPacket(
        Arrays.copyOf(buffer, packet.getLength()), packet.getLength(), packet.getSocketAddress());
  }

  String receiveText() throws IOException {
    return Peers.text(receive().getData());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
