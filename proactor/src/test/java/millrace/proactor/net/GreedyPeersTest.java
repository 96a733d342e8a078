package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.LoopFixture;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.api.Test;

/** Peers that send as fast as they can, all at once: none of them may be forgotten. */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class GreedyPeersTest {

  private static final int PEERS = 300;

  /** What each peer must get back; those that are ahead go on sending. */
  private static final long GOAL_BYTES = 256 << 10;

  private static final int PIECE_BYTES = 64 << 10;
  private static final long LIMIT_NANOS = Duration.ofMinutes(2).toNanos();

  /** A peer that sends a counted pattern without pause and checks what comes back. */
  private static final class Peer {
    private final SocketChannel channel;
    private final ByteBuffer outgoing = ByteBuffer.allocate(PIECE_BYTES);
    private final int seed;
    private long sent;
    private long received;

    Peer(SocketChannel channel, int seed) {
      this.channel = channel;
      this.seed = seed;
      outgoing.limit(0);
    }

    private byte at(long position) {
      return (byte) (position * 31 + (position >>> 8) + seed);
    }

    void write() throws IOException {
      if (!outgoing.hasRemaining()) {
        outgoing.clear();
        for (int index = 0; index < PIECE_BYTES; index++) {
          outgoing.put(at(sent + index));
        }
        outgoing.flip();
        sent += PIECE_BYTES;
      }
      channel.write(outgoing);
    }

    void read(ByteBuffer target) throws IOException {
      target.clear();
      int count = channel.read(target);
      assertTrue(count >= 0, "the server has ended connection " + seed);
      target.flip();
      while (target.hasRemaining()) {
        assertEquals(at(received), target.get(), "byte " + received + " of connection " + seed);
        received++;
      }
    }
  }

  private static final class Echo implements ConnectionHandler {
    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (!connection.write(data.retain())) {
        connection.pauseReceive();
      }
    }

    @Override
    public void writable(StreamConnection connection) {
      connection.resumeReceive();
    }
  }

  private static void pump(LoopFixture loop, TcpListener listener) throws IOException {
    List<Peer> peers = new ArrayList<>();
    ByteBuffer target = ByteBuffer.allocateDirect(PIECE_BYTES);
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < PEERS; i++) {
        SocketChannel channel = SocketChannel.open(listener.localAddress());
        channel.configureBlocking(false);
        Peer peer = new Peer(channel, i);
        channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, peer);
        peers.add(peer);
      }
      long began = System.nanoTime();
      while (peers.stream().anyMatch(peer -> peer.received < GOAL_BYTES)) {
        assertTrue(
            System.nanoTime() - began < LIMIT_NANOS,
            () ->
                "received: "
                    + peers.stream().map(peer -> peer.received).sorted().toList()
                    + "; "
                    + loop.state());
        selector.select(1000);
        for (SelectionKey key : selector.selectedKeys()) {
          Peer peer = (Peer) key.attachment();
          if (key.isReadable()) {
            peer.read(target);
          }
          if (key.isWritable()) {
            peer.write();
          }
        }
        selector.selectedKeys().clear();
      }
      for (Peer peer : peers) {
        peer.channel.close();
      }
    }
  }

  @Test
  void eachOfManyPeersThatSendWithoutPauseIsServed() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      TcpListener listener =
          TcpListener.bind(
              loop.proactor(), Peers.anyPort(), TcpListenerOptions.defaults(), c -> new Echo());
      pump(loop, listener);
      loop.until("all closed", () -> listener.liveConnections() == 0);
    }
  }

  @Test
  void eachIsServedAlsoWithFarFewerReceiveBuffersThanPeers() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(16, 4096))) {
      TcpListener listener =
          TcpListener.bind(
              loop.proactor(), Peers.anyPort(), TcpListenerOptions.defaults(), c -> new Echo());
      pump(loop, listener);
      assertTrue(loop.proactor().metrics().receiveStarvations() > 0);
      loop.until("all closed", () -> listener.liveConnections() == 0);
    }
  }
}
