package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import millrace.proactor.LoopFixture;
import millrace.proactor.ProactorMetrics;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Datagrams of random sizes from many peers, in bursts and floods, against a socket that answers,
 * pauses, keeps slices and ends at random. Datagrams may be lost; none may come twice, changed, or
 * to somebody else.
 */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class UdpFuzzTest {

  private static final int SEEDS = 40;
  private static final int STEPS = 60;
  private static final int PEERS = 4;
  private static final int BUFFER_BYTES = 2048;
  private static final int ROOM_BYTES = BUFFER_BYTES - UdpSocket.RECEIVE_OVERHEAD_BYTES;
  private static final int LARGEST_BYTES = 3000;
  private static final int BUFFERS = 16;
  private static final long POOL_BYTES = 1 << 20;

  /** A length, the sender's number and its count of datagrams, and bytes that follow from them. */
  private static byte[] content(int peer, int number, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    if (length >= 12) {
      bytes.putInt(length).putInt(peer).putInt(number);
    }
    while (bytes.hasRemaining()) {
      bytes.put((byte) (31 * peer + 7 * number + bytes.position()));
    }
    return bytes.array();
  }

  private static final class Peer implements AutoCloseable {
    private final int index;
    private final DatagramChannel channel = DatagramChannel.open();
    private final List<Integer> sentLengths = new ArrayList<>();
    private final Set<Integer> answered = new HashSet<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);

    Peer(int index) throws IOException {
      this.index = index;
      channel.bind(Peers.anyPort());
      channel.configureBlocking(false);
    }

    void send(int length, InetSocketAddress to) throws IOException {
      byte[] bytes = content(index, sentLengths.size(), length);
      // A full buffer loses it as well as a full receiver does.
      channel.send(ByteBuffer.wrap(bytes), to);
      sentLengths.add(length);
    }

    /** Takes all answers that are there. */
    void receiveAnswers(InetSocketAddress from) throws IOException {
      while (true) {
        buffer.clear();
        InetSocketAddress source = (InetSocketAddress) channel.receive(buffer);
        if (source == null) {
          return;
        }
        assertEquals(from, source);
        buffer.flip();
        if (buffer.remaining() < 12) {
          continue;
        }
        int length = buffer.getInt(0);
        int number = buffer.getInt(8);
        assertEquals(index, buffer.getInt(4), "an answer to somebody else");
        assertEquals(sentLengths.get(number), length);
        assertTrue(answered.add(number), "answered twice: " + number);
        byte[] bytes = content(index, number, length);
        int kept = Math.min(length, ROOM_BYTES);
        assertEquals(ByteBuffer.wrap(bytes, 0, kept), buffer);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** The socket's side. */
  private static final class Side implements UdpHandler {
    private final Random random;
    private final ArrayDeque<BufferSlice> hoard = new ArrayDeque<>();
    private final List<InetSocketAddress> peers;
    private final List<Set<Integer>> seen = new ArrayList<>();
    private UdpSocket socket;
    private int closes;
    private long most;

    Side(long seed, List<InetSocketAddress> peers) {
      this.random = new Random(seed);
      this.peers = peers;
      peers.forEach(peer -> seen.add(new HashSet<>()));
    }

    @Override
    public void received(UdpSocket from, BufferSlice data, ReceivedMessage datagram) {
      assertEquals(0, closes);
      int peer = peers.indexOf(datagram.source());
      assertTrue(peer >= 0, "from nobody");
      int length = datagram.lengthBytes();
      assertEquals(length > ROOM_BYTES, datagram.isTruncated());
      assertEquals(Math.min(length, ROOM_BYTES), data.length());
      if (length >= 12) {
        ByteBuffer bytes = ByteBuffer.wrap(data.toByteArray());
        assertEquals(length, bytes.getInt(0));
        assertEquals(peer, bytes.getInt(4));
        int number = bytes.getInt(8);
        assertTrue(seen.get(peer).add(number), "received twice: " + number);
        byte[] whole = content(peer, number, length);
        assertEquals(ByteBuffer.wrap(whole, 0, data.length()), bytes);
      }
      from.reply(data.retain(), datagram);
      most = Math.max(most, from.queuedBytes());
      if (random.nextInt(8) == 0) {
        hoard.add(data.retain());
      }
      if (hoard.size() > BUFFERS / 2 || random.nextInt(8) == 0) {
        drop();
      }
      act();
    }

    void drop() {
      while (!hoard.isEmpty()) {
        hoard.poll().release();
      }
    }

    /** One random call; now and then one that ends the socket. */
    void act() {
      switch (random.nextInt(60)) {
        case 0, 1, 2, 3 -> socket.pauseReceive();
        case 4, 5, 6, 7, 8, 9, 10, 11 -> socket.resumeReceive();
        case 12 -> socket.send(BufferSlice.unpooled(65_508), peers.get(0));
        case 13 -> socket.sendAsync(BufferSlice.unpooled(1).range(0, 0), peers.get(1));
        case 14 -> {
          if (random.nextInt(20) == 0) {
            socket.close();
          }
        }
        case 15 -> {
          if (random.nextInt(20) == 0) {
            socket.abort();
          }
        }
        default -> {
          // Nothing.
        }
      }
    }

    @Override
    public void closed(UdpSocket from, int errno) {
      closes++;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0x5eed_1001L, 0x5eed_1002L})
  void datagramsAreWholeAndMemoryIsBounded(long firstSeed) throws Exception {
    UdpSocketOptions options =
        UdpSocketOptions.defaults()
            .withWatermarks(4, 64, 1 << 14, 1 << 16)
            .withSendsInFlight(8)
            .withSocketBuffers(1 << 18, 0);
    try (LoopFixture loop =
        LoopFixture.start(
            builder -> builder.receiveBuffers(BUFFERS, BUFFER_BYTES).bufferPoolBytes(POOL_BYTES))) {
      for (long seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
        run(loop, seed, options);
      }
      ProactorMetrics metrics = loop.proactor().metrics();
      assertTrue(metrics.receiveStarvations() > 0, metrics.toString());
      assertTrue(metrics.copiedReceives() > 0, metrics.toString());
      long allocated = loop.call(() -> loop.proactor().buffers().allocatedBytes());
      assertTrue(allocated <= POOL_BYTES, "pool of " + allocated);
    }
  }

  private static void run(LoopFixture loop, long seed, UdpSocketOptions options)
      throws IOException {
    Random random = new Random(seed);
    List<Peer> peers = new ArrayList<>();
    try {
      for (int index = 0; index < PEERS; index++) {
        peers.add(new Peer(index));
      }
      List<InetSocketAddress> addresses = new ArrayList<>();
      for (Peer peer : peers) {
        addresses.add((InetSocketAddress) peer.channel.getLocalAddress());
      }
      Side side = new Side(seed, addresses);
      UdpSocket socket = UdpSocket.bind(loop.proactor(), Peers.anyPort(), options, side);
      loop.run(() -> side.socket = socket);
      for (int step = 0; step < STEPS; step++) {
        Peer peer = peers.get(random.nextInt(PEERS));
        int burst = 1 + random.nextInt(1 << random.nextInt(7));
        for (int i = 0; i < burst; i++) {
          peer.send(
              random.nextInt(10) == 0 ? 0 : random.nextInt(LARGEST_BYTES), socket.localAddress());
        }
        loop.run(side::act);
        for (Peer each : peers) {
          each.receiveAnswers(socket.localAddress());
        }
      }
      loop.run(side::drop);
      loop.await(socket.closeAsync());
      for (Peer each : peers) {
        each.receiveAnswers(socket.localAddress());
      }
      loop.run(
          () -> {
            side.drop();
            assertEquals(1, side.closes);
            assertFalse(socket.isWritable());
            assertEquals(0, socket.queuedDatagrams());
            assertTrue(side.most <= 65_508 + ROOM_BYTES, "queued " + side.most);
            UdpMetrics metrics = socket.metrics();
            int answers = peers.stream().mapToInt(peer -> peer.answered.size()).sum();
            assertTrue(answers <= metrics.sent(), metrics.toString());
          });
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
  }
}
