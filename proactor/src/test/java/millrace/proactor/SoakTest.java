package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpConnector;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import org.junit.jupiter.api.Test;

/**
 * Connect, echo, close, with aborts at random places, thousands of times; then nothing may be left.
 * {@code -Dmillrace.soak.cycles=10000000} for a long one.
 */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class SoakTest {

  private static final int CYCLES = Integer.getInteger("millrace.soak.cycles", 20_000);
  private static final int CYCLES_AT_ONCE = 20_000;
  private static final int WARM_UP_CYCLES = 4_000;
  private static final int CONCURRENT = 32;

  /** Native memory beyond the heap: code of the compiler, arenas of malloc. */
  private static final long MOST_GROWTH_BYTES = 64L << 20;

  /** Loop thread. */
  private final Random random = new Random(5);

  private int echoed;
  private int aborted;

  @Test
  void nothingIsLeftOfManyConnectionsThatEndInManyWays() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(64, 2048))) {
      TcpListener listener =
          TcpListener.bind(
              loop.proactor(),
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults(),
              connection -> (c, data) -> c.write(data.retain()));
      run(loop, listener, WARM_UP_CYCLES);
      long descriptors = descriptors();
      long residentBytes = residentBytes();
      long poolBytes = loop.call(() -> loop.proactor().buffers().allocatedBytes());
      for (int left = CYCLES; left > 0; left -= CYCLES_AT_ONCE) {
        run(loop, listener, Math.min(left, CYCLES_AT_ONCE));
      }
      assertEquals(descriptors, descriptors());
      long grownBytes = residentBytes() - residentBytes;
      // All of the heap may have been touched meanwhile.
      long heapBytes = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
      assertTrue(
          grownBytes < heapBytes + MOST_GROWTH_BYTES, "resident bytes grown by " + grownBytes);
      assertTrue(
          loop.call(() -> loop.proactor().buffers().allocatedBytes()) <= poolBytes + (1 << 20));
      assertTrue(echoed > CYCLES / 4, "echoed " + echoed);
      assertTrue(aborted > CYCLES / 16, "aborted " + aborted);
      assertEquals(0, listener.liveConnections());
      loop.await(listener.close());
      loop.until("slots free", () -> loop.proactor().metrics().operationsInFlight() == 0);
      ProactorMetrics metrics = loop.proactor().metrics();
      assertEquals(metrics.connectionsOpened(), metrics.connectionsClosed());
      assertEquals(0, metrics.timersLive());
      assertEquals(0, metrics.poolBuffersOutstanding());
      assertEquals(0, metrics.receiveBuffersOutstanding());
      assertEquals(0, metrics.staleCompletions());
      assertEquals(0, metrics.acceptFailures());
      assertEquals(0, metrics.connectionsRefused());
    }
  }

  private void run(LoopFixture loop, TcpListener listener, int cycles) {
    CompletableFuture<Void> allEnded = new CompletableFuture<>();
    Cycles all = new Cycles(loop, listener, cycles, allEnded);
    loop.run(
        () -> {
          for (int i = 0; i < CONCURRENT; i++) {
            all.next();
          }
        });
    loop.await(allEnded);
    loop.until(
        "the server's sides have ended",
        () -> listener.liveConnections() == 0 && loop.proactor().metrics().timersLive() == 0);
  }

  private static long descriptors() {
    return new java.io.File("/proc/self/fd").list().length;
  }

  private static long residentBytes() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[1];
    return Long.parseLong(pages) * millrace.uring.Libc.pageSize();
  }

  /** A number of connections, {@link #CONCURRENT} at a time. Loop thread. */
  private final class Cycles {
    private final LoopFixture loop;
    private final TcpListener listener;
    private final CompletableFuture<Void> allEnded;
    private int toStart;
    private int toEnd;

    Cycles(LoopFixture loop, TcpListener listener, int cycles, CompletableFuture<Void> allEnded) {
      this.loop = loop;
      this.listener = listener;
      this.allEnded = allEnded;
      this.toStart = cycles;
      this.toEnd = cycles;
    }

    void next() {
      if (toStart > 0) {
        toStart--;
        // Some deadlines fire, most do not.
        Duration deadline =
            switch (random.nextInt(4)) {
              case 0 -> Duration.ZERO;
              case 1 -> Duration.ofNanos(1 + random.nextInt(100_000));
              default -> Duration.ofMinutes(1);
            };
        CompletionStage<StreamConnection> connecting =
            TcpConnector.connect(
                loop.proactor(),
                listener.localAddress(),
                deadline,
                ConnectionOptions.defaults(),
                connection -> new Client(this, connection));
        connecting.exceptionally(
            failure -> {
              cycleEnded();
              return null;
            });
      }
    }

    void cycleEnded() {
      if (--toEnd == 0) {
        allEnded.complete(null);
      }
      next();
    }
  }

  /** One connection: writes, compares what comes back, and ends in one of many ways. */
  private final class Client implements ConnectionHandler {
    private final Cycles cycles;
    private final byte[] message =
        new byte[1 + random.nextInt(random.nextInt(8) == 0 ? 20_000 : 200)];
    private final int abortAt = random.nextInt(3) == 0 ? random.nextInt(message.length) : -1;
    private final int ending = random.nextInt(4);
    private int received;

    Client(Cycles cycles, StreamConnection connection) {
      this.cycles = cycles;
      random.nextBytes(message);
      write(connection);
      if (abortAt == 0) {
        abort(connection);
      }
    }

    private void write(StreamConnection connection) {
      BufferSlice slice = connection.proactor().buffers().acquire(message.length);
      slice.range(0, message.length).copyFrom(message, 0, 0, message.length);
      connection.write(slice);
    }

    private void abort(StreamConnection connection) {
      aborted++;
      connection.abort();
    }

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      for (int i = 0; i < data.length(); i++) {
        if (data.get(i) != message[received + i]) {
          throw new IllegalStateException("byte " + (received + i) + " came back wrong");
        }
      }
      received += data.length();
      if (abortAt >= 0 && received >= abortAt) {
        abort(connection);
      } else if (received == message.length) {
        echoed++;
        end(connection);
      }
    }

    private void end(StreamConnection connection) {
      switch (ending) {
        case 0 -> connection.close();
        case 1 -> connection.closeLingering(Duration.ofSeconds(10).toNanos());
        case 2 -> connection.shutdownOutput();
        default -> {
          // Closed with bytes on their way: the server's echo of them meets a reset.
          write(connection);
          connection.close();
        }
      }
    }

    @Override
    public void closed(StreamConnection connection, int errno) {
      cycles.cycleEnded();
    }
  }
}
