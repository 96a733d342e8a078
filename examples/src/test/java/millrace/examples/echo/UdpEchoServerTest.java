package millrace.examples.echo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import millrace.proactor.BackendChoice;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(300)
class UdpEchoServerTest {
  private static final int LIMIT_MILLIS = 120_000;
  private static final int LARGEST = 65_507;

  private UdpEchoServer server;

  @BeforeEach
  void startServer() throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = UdpEchoServer.start(address, BackendChoice.ofProperty());
  }

  @AfterEach
  void stopServer() {
    ShutdownReport report =
        server.proactor().shutdown(Duration.ofSeconds(30)).toCompletableFuture().join();
    assertNull(report.failure());
    assertTrue(report.drained(), report::toString);
    assertEquals(0, report.buffersOutstanding(), report::toString);
  }

  private DatagramSocket peer() throws IOException {
    DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    socket.setSoTimeout(LIMIT_MILLIS);
    return socket;
  }

  private void exchange(DatagramSocket peer, byte[] message) throws IOException {
    peer.send(new DatagramPacket(message, message.length, server.localAddress()));
    byte[] buffer = new byte[1 << 16];
    DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
    peer.receive(answer);
    assertArrayEquals(message, Arrays.copyOf(buffer, answer.getLength()));
    assertEquals(server.localAddress(), answer.getSocketAddress());
  }

  @Test
  void eachPeerGetsBackWhatItSentFromNothingToTheLargestDatagram() throws IOException {
    Random random = new Random(5);
    try (DatagramSocket one = peer();
        DatagramSocket two = peer()) {
      for (int length : new int[] {0, 1, 100, 1472, 1473, 9000, LARGEST}) {
        byte[] message = new byte[length];
        random.nextBytes(message);
        exchange(one, message);
        exchange(two, message);
      }
    }
  }

  @Test
  void aFloodHarmsNobodyAndIsBounded() throws IOException {
    byte[] message = new byte[LARGEST];
    try (DatagramSocket flooder = peer();
        DatagramSocket other = peer()) {
      for (int i = 0; i < 2000; i++) {
        flooder.send(new DatagramPacket(message, message.length, server.localAddress()));
      }
      // Whatever was lost: an answer is there once the flood is over.
      other.setSoTimeout(100);
      boolean answered = false;
      while (!answered) {
        try {
          exchange(other, new byte[] {1, 2, 3});
          answered = true;
        } catch (SocketTimeoutException lost) {
          answered = false;
        }
      }
    }
  }
}
