package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Random;
import millrace.proactor.LoopFixture;
import millrace.proactor.ProactorMetrics;
import millrace.proactor.Transport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random calls on a connection, from tasks and from inside its callbacks, against random acts of
 * its peer. Both directions carry a pattern in which each byte tells its position.
 */
@OnEveryBackend(
    value = {BackendUnderTest.IO_URING, BackendUnderTest.EPOLL},
    transports = {Transport.TCP, Transport.UNIX})
class ConnectionFuzzTest {

  private static final int SEEDS = 150;
  private static final int STEPS = 40;
  private static final int LARGEST_PIECE = 30_000;

  private static byte patternAt(long seed, long position) {
    long mixed = (position + 1) * 0x9E3779B97F4A7C15L + seed;
    return (byte) (mixed >>> 56);
  }

  private static byte[] pattern(long seed, long position, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = patternAt(seed, position + i);
    }
    return bytes;
  }

  /** The connection's side. */
  private static final class Side extends Recorder {
    private final long seed;
    private final Random inCallbacks;
    private final BufferSlice[] hoard = new BufferSlice[2];
    private long written;

    Side(long seed) {
      this.seed = seed;
      this.inCallbacks = new Random(~seed);
    }

    /** One random call; most of them leave the connection open. */
    void act(Random random) {
      switch (random.nextInt(40)) {
        case 0 -> connection.close();
        case 1 -> connection.closeLingering(random.nextInt(1_000_000_000));
        case 2 -> connection.abort();
        case 3 -> connection.shutdownOutput();
        case 4, 5, 6, 7, 8, 9 -> connection.pauseReceive();
        case 10, 11, 12, 13, 14, 15, 16, 17 -> connection.resumeReceive();
        default -> write(1 + random.nextInt(LARGEST_PIECE));
      }
    }

    private void write(int length) {
      BufferSlice slice = connection.proactor().buffers().acquire(length).range(0, length);
      slice.copyFrom(pattern(seed, written, length), 0, 0, length);
      long before = connection.queuedBytes();
      connection.write(slice);
      if (connection.queuedBytes() == before + length) {
        written += length;
      }
    }

    @Override
    void onReceived(StreamConnection from, BufferSlice data) {
      int slot = inCallbacks.nextInt(8);
      if (slot < hoard.length && from.isOpen()) {
        releaseHoard(slot);
        hoard[slot] = data.retain();
      }
      sometimesAct();
    }

    @Override
    void onEnd(StreamConnection from) {
      sometimesAct();
      if (inCallbacks.nextBoolean()) {
        from.close();
      }
    }

    @Override
    void onWritable(StreamConnection to) {
      sometimesAct();
    }

    @Override
    void onClosed(StreamConnection from, int errno) {
      act(inCallbacks);
      for (int slot = 0; slot < hoard.length; slot++) {
        releaseHoard(slot);
      }
    }

    private void sometimesAct() {
      if (inCallbacks.nextInt(3) == 0) {
        act(inCallbacks);
      }
    }

    private void releaseHoard(int slot) {
      if (hoard[slot] != null) {
        hoard[slot].release();
        hoard[slot] = null;
      }
    }
  }

  /** The peer's side: a channel that does not block until the end. */
  private static final class Peer implements AutoCloseable {
    private final long seed;
    private final SocketChannel channel;
    private long written;
    private long read;
    private boolean outputEnded;
    private boolean left;
    private boolean sawEnd;

    Peer(long seed, StreamListener listener) throws IOException {
      this.seed = seed;
      if (listener instanceof UnixListener) {
        channel = SocketChannel.open(listener.localAddress());
      } else {
        channel = SocketChannel.open();
        if (seed % 2 == 0) {
          channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
        }
        channel.connect(listener.localAddress());
      }
      channel.configureBlocking(false);
    }

    void act(Random random) {
      if (left) {
        return;
      }
      try {
        switch (random.nextInt(60)) {
          case 0 -> endOutput();
          case 1 -> {
            left = true;
            channel.close();
          }
          case 2 -> {
            left = true;
            if (!Transport.isUnix()) {
              channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            channel.close();
          }
          default -> {
            if (random.nextBoolean() && !outputEnded) {
              byte[] bytes = pattern(seed, written, 1 + random.nextInt(LARGEST_PIECE));
              written += channel.write(ByteBuffer.wrap(bytes));
            } else {
              read(1 + random.nextInt(LARGEST_PIECE));
            }
          }
        }
      } catch (IOException e) {
        // The connection has been reset, which the other side's record must explain.
        left = true;
      }
    }

    private void endOutput() throws IOException {
      outputEnded = true;
      channel.shutdownOutput();
    }

    private int read(int most) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(most);
      int count = channel.read(bytes);
      for (int i = 0; i < count; i++) {
        assertEquals(patternAt(seed, read + i), bytes.get(i), "peer's byte " + (read + i));
      }
      read += Math.max(0, count);
      sawEnd |= count < 0;
      return count;
    }

    /** Reads to the end, blocking. */
    Void finish() {
      try {
        if (!left) {
          channel.configureBlocking(true);
          endOutput();
          while (read(65536) >= 0) {}
        }
      } catch (IOException e) {
        left = true;
      }
      return null;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 128, 1", "16, 256, 10001", "256, 4096, 20001"})
  void whateverHappensTheConnectionEndsOnceAndItsBytesStayInOrder(
      int buffers, int bufferBytes, long firstSeed) throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(buffers, bufferBytes))) {
      Side[] next = new Side[1];
      ConnectionOptions options =
          ConnectionOptions.defaults().withWatermarks(1000, 50_000, 400_000);
      StreamListener listener =
          Peers.listen(loop, options, connection -> next[0].accept(connection));
      for (long seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
        try {
          Side side = new Side(seed);
          loop.run(() -> next[0] = side);
          play(loop, listener, side, seed);
        } catch (Throwable t) {
          throw new AssertionError("seed " + seed + ": " + t.getMessage(), t);
        }
      }
    }
  }

  private static void play(LoopFixture loop, StreamListener listener, Side side, long seed)
      throws Exception {
    try (Peer peer = new Peer(seed, listener)) {
      loop.await(side.opened);
      Random random = new Random(seed);
      for (int step = 0; step < STEPS; step++) {
        if (random.nextBoolean()) {
          peer.act(random);
        } else {
          long actSeed = random.nextLong();
          loop.run(
              () -> {
                if (side.closes == 0) {
                  side.act(new Random(actSeed));
                }
              });
        }
      }
      loop.run(
          () -> {
            if (random.nextBoolean()) {
              side.connection.resumeReceive();
            }
            side.connection.close();
          });
      loop.await(Peers.start(peer::finish));
      int errno = loop.await(side.closed);
      check(side, peer, errno);
    }
    loop.until("all given back", () -> isQuiet(loop));
  }

  private static void check(Side side, Peer peer, int errno) {
    assertEquals(1, side.closes);
    assertTrue(side.ends <= 1);
    byte[] received = side.input.toByteArray();
    assertTrue(received.length <= peer.written, received.length + " of " + peer.written);
    for (int i = 0; i < received.length; i++) {
      assertEquals(patternAt(side.seed, i), received[i], "byte " + i);
    }
    if (side.ends == 1) {
      assertEquals(peer.written, received.length, "told the end before the last byte");
    }
    assertTrue(peer.read <= side.written, peer.read + " of " + side.written);
    if (peer.sawEnd && (errno == 0 || !Transport.isUnix())) {
      // An end, not a reset, promises that nothing is missing, even if an abort followed it. A UNIX
      // socket knows no reset, and an abort looks like an end.
      assertEquals(side.written, peer.read, "an end before the last byte, errno " + errno);
    }
  }

  private static boolean isQuiet(LoopFixture loop) {
    ProactorMetrics metrics = loop.proactor().metrics();
    // The accept is what stays in flight.
    return metrics.operationsInFlight() == 1
        && metrics.poolBuffersOutstanding() == 0
        && metrics.receiveBuffersOutstanding() == 0;
  }
}
