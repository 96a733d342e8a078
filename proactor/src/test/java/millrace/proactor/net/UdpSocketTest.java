package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.proactor.LoopFixture;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.UdpRecorder.Datagram;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Datagrams with their senders, sizes and families; sockets with their options. */
@OnEveryBackend
class UdpSocketTest {

  private static final UdpSocketOptions DEFAULTS = UdpSocketOptions.defaults();

  private LoopFixture loop;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  private UdpSocket bind(UdpHandler handler) throws IOException {
    return UdpSocket.bind(loop.proactor(), Peers.anyPort(), DEFAULTS, handler);
  }

  private UdpSocket bind(String literal, UdpHandler handler) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral(literal), 0);
    return UdpSocket.bind(loop.proactor(), address, DEFAULTS, handler);
  }

  private void restart(int receiveBufferBytes) throws IOException {
    loop.close();
    loop = LoopFixture.start(options -> options.receiveBuffers(64, receiveBufferBytes));
  }

  @Test
  void datagramsComeWithTheirSendersAndAreAnswered() throws Exception {
    UdpRecorder recorder = UdpRecorder.echo();
    UdpSocket socket = bind(recorder);
    try (UdpPeer one = new UdpPeer();
        UdpPeer two = new UdpPeer()) {
      for (int round = 0; round < 50; round++) {
        UdpPeer peer = round % 3 == 0 ? two : one;
        String text = "datagram " + round;
        peer.send(text, socket.localAddress());
        assertEquals(new Datagram(text, peer.address(), false, text.length()), recorder.next());
        DatagramPacket answer = peer.receive();
        assertEquals(text, Peers.text(answer.getData()));
        assertEquals(socket.localAddress(), answer.getSocketAddress());
      }
    }
    loop.until("all sent", () -> socket.queuedDatagrams() == 0);
    assertEquals(new UdpMetrics(50, 0, 0, 50, 0, 0, 0), socket.metrics());
    assertNull(socket.remoteAddress());
  }

  @Test
  void emptyDatagramsAreDatagrams() throws Exception {
    UdpRecorder recorder = UdpRecorder.echo();
    UdpSocket socket = bind(recorder);
    try (UdpPeer peer = new UdpPeer()) {
      for (String text : new String[] {"", "", "a", "", "bc", ""}) {
        peer.send(text, socket.localAddress());
        assertEquals(new Datagram(text, peer.address(), false, text.length()), recorder.next());
        assertEquals(text, peer.receiveText());
      }
    }
  }

  @Test
  void theLargestDatagramGoesBothWays() throws Exception {
    restart(65_507 + UdpSocket.RECEIVE_OVERHEAD_BYTES);
    UdpRecorder recorder = UdpRecorder.echo();
    UdpSocket socket = bind(recorder);
    byte[] content = Peers.randomBytes(new Random(1), 65_507);
    try (UdpPeer peer = new UdpPeer()) {
      peer.send(content, socket.localAddress());
      Datagram datagram = recorder.next();
      assertTrue(Peers.text(content).equals(datagram.text()), "content");
      assertTrue(!datagram.truncated(), "truncated");
      assertTrue(Peers.text(content).equals(peer.receiveText()), "the answer's content");
    }
  }

  @Test
  void aDatagramLongerThanAReceiveBufferIsToldAsCut() throws Exception {
    // No multiple of anything: most buffers are not aligned.
    restart(1021);
    UdpRecorder recorder = new UdpRecorder();
    UdpSocket socket = bind(recorder);
    int room = 1021 - UdpSocket.RECEIVE_OVERHEAD_BYTES;
    try (UdpPeer peer = new UdpPeer()) {
      for (int length : new int[] {room, room + 1, 60_000, 10}) {
        String text = "x".repeat(length);
        peer.send(text, socket.localAddress());
        assertEquals(
            new Datagram("x".repeat(Math.min(room, length)), peer.address(), length > room, length),
            recorder.next());
      }
    }
    assertEquals(new UdpMetrics(4, 2, 0, 0, 0, 0, 0), socket.metrics());
  }

  @Test
  void ipv6WorksAsIpv4Does() throws Exception {
    UdpRecorder recorder = UdpRecorder.echo();
    UdpSocket socket = bind("::1", recorder);
    try (UdpPeer peer = UdpPeer.at("::1")) {
      peer.send("six", socket.localAddress());
      assertEquals(new Datagram("six", peer.address(), false, 3), recorder.next());
      assertEquals("six", peer.receiveText());
    }
  }

  @Test
  void anIpv6WildcardSocketTalksToIpv4PeersToo() throws Exception {
    DatagramAddress source = new DatagramAddress();
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            source.setSource(datagram);
            assertTrue(socket.reply(data.retain(), datagram));
          }
        };
    UdpSocket socket = bind("::", recorder);
    try (UdpPeer peer = UdpPeer.at("127.0.0.1")) {
      InetSocketAddress target =
          new InetSocketAddress(peer.address().getAddress(), socket.localAddress().getPort());
      peer.send("four", target);
      assertEquals(new Datagram("four", peer.address(), false, 4), recorder.next());
      assertEquals("four", peer.receiveText());
      loop.run(
          () -> {
            assertTrue(source.isIpv6());
            assertEquals(peer.address(), source.toInetSocketAddress());
            assertInstanceOf(Inet4Address.class, source.toInetSocketAddress().getAddress());
            assertTrue(socket.send(Peers.slice("by address"), peer.address()));
            assertTrue(socket.send(Peers.slice("by holder"), source));
          });
      assertEquals("by address", peer.receiveText());
      assertEquals("by holder", peer.receiveText());
    }
  }

  @Test
  void aConnectedSocketHearsItsPeerOnly() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    try (UdpPeer peer = new UdpPeer();
        UdpPeer stranger = new UdpPeer()) {
      UdpSocket socket = UdpSocket.connect(loop.proactor(), peer.address(), DEFAULTS, recorder);
      assertEquals(peer.address(), socket.remoteAddress());
      loop.run(() -> assertTrue(socket.send(Peers.slice("hello"))));
      DatagramPacket hello = peer.receive();
      assertEquals("hello", Peers.text(hello.getData()));
      assertEquals(socket.localAddress(), hello.getSocketAddress());
      stranger.send("from a stranger", socket.localAddress());
      peer.send("from the peer", socket.localAddress());
      assertEquals(new Datagram("from the peer", peer.address(), false, 13), recorder.next());
      assertEquals(0, recorder.received.size());
      loop.run(() -> assertTrue(socket.send(Peers.slice("elsewhere"), stranger.address())));
      assertEquals("elsewhere", stranger.receiveText());
    }
  }

  @Test
  void socketsMayShareAPort() throws Exception {
    UdpSocketOptions shared = DEFAULTS.withReusePort(true);
    UdpRecorder first = new UdpRecorder();
    UdpRecorder second = new UdpRecorder();
    UdpSocket one = UdpSocket.bind(loop.proactor(), Peers.anyPort(), shared, first);
    UdpSocket two = UdpSocket.bind(loop.proactor(), one.localAddress(), shared, second);
    Set<String> sent = new HashSet<>();
    Set<String> received = new HashSet<>();
    for (int i = 0; i < 64; i++) {
      try (UdpPeer peer = new UdpPeer()) {
        sent.add("d" + i);
        peer.send("d" + i, one.localAddress());
      }
    }
    loop.until("all", () -> one.metrics().received() + two.metrics().received() == 64);
    first.received.forEach(datagram -> received.add(datagram.text()));
    second.received.forEach(datagram -> received.add(datagram.text()));
    assertEquals(sent, received);
    // By a hash of the peer's address: all 64 on one side would be one chance in 2^63.
    assertTrue(one.metrics().received() > 0 && two.metrics().received() > 0);
  }

  @Test
  void socketOptionsReachTheSocket() throws Exception {
    UdpSocketOptions options =
        DEFAULTS.withSocketBuffers(20_000, 30_000).withBroadcast(true).withReusePort(true);
    UdpSocket socket = UdpSocket.bind(loop.proactor(), Peers.anyPort(), options, new UdpRecorder());
    Matcher descriptor = Pattern.compile("fd=(\\d+)").matcher(socket.toString());
    assertTrue(descriptor.find());
    int fd = Integer.parseInt(descriptor.group(1));
    assertEquals(40_000, Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_RCVBUF));
    assertEquals(60_000, Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF));
    assertEquals(1, Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_BROADCAST));
    assertEquals(1, Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_REUSEPORT));
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(fd, Libc.F_GETFD, 0));
  }

  @Test
  void broadcastsNeedTheirOption() throws Exception {
    try (UdpPeer peer = UdpPeer.at("0.0.0.0")) {
      InetSocketAddress everybody =
          new InetSocketAddress(InetAddress.ofLiteral("127.255.255.255"), peer.address().getPort());
      UdpRecorder recorder = new UdpRecorder();
      UdpSocket without = bind(recorder);
      loop.run(() -> assertTrue(without.send(Peers.slice("no"), everybody)));
      assertEquals(Errno.EACCES, UdpRecorder.next(recorder.failures).errno());
      UdpSocket with =
          UdpSocket.bind(
              loop.proactor(), Peers.anyPort(), DEFAULTS.withBroadcast(true), new UdpRecorder());
      loop.run(() -> assertTrue(with.send(Peers.slice("yes"), everybody)));
      assertEquals("yes", peer.receiveText());
    }
  }

  @Test
  void bindTellsWhyItCannot() throws Exception {
    UdpSocket socket = bind(new UdpRecorder());
    int descriptors = Peers.openDescriptors();
    UringException inUse =
        assertThrows(
            UringException.class,
            () ->
                UdpSocket.bind(
                    loop.proactor(), socket.localAddress(), DEFAULTS, new UdpRecorder()));
    assertEquals(Errno.EADDRINUSE, inUse.errno());
    assertEquals("127.0.0.1:" + socket.localAddress().getPort(), inUse.subject());
    UringException foreign =
        assertThrows(UringException.class, () -> bind("192.0.2.1", new UdpRecorder()));
    assertEquals(Errno.EADDRNOTAVAIL, foreign.errno());
    InetSocketAddress unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
    assertThrows(
        UnknownHostException.class,
        () -> UdpSocket.bind(loop.proactor(), unknown, DEFAULTS, new UdpRecorder()));
    assertThrows(
        UnknownHostException.class,
        () -> UdpSocket.connect(loop.proactor(), unknown, DEFAULTS, new UdpRecorder()));
    assertEquals(descriptors, Peers.openDescriptors());
  }

  @Test
  void aSocketForWhichTheLoopHasNoOperationsIsRefused() throws Exception {
    loop.close();
    loop = LoopFixture.start(options -> options.maxOperationsInFlight(64));
    UdpSocket first = bind(new UdpRecorder());
    int descriptors = Peers.openDescriptors();
    UringException refused = assertThrows(UringException.class, () -> bind(new UdpRecorder()));
    assertEquals(Errno.EAGAIN, refused.errno());
    assertEquals(descriptors, Peers.openDescriptors());
    loop.await(first.closeAsync());
    bind(new UdpRecorder());
  }
}
