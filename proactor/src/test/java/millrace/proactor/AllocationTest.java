package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.DatagramAddress;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpConnector;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.net.UdpHandler;
import millrace.proactor.net.UdpSocket;
import millrace.proactor.net.UdpSocketOptions;
import millrace.timers.Timer;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Steady state allocates nothing on the loop thread. Counted by the JVM per thread, so other
 * threads do not disturb; the warm-up lets the compiler remove what only the interpreter allocates.
 */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class AllocationTest {

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** For a whole measurement, not for each operation: a compiled method may be thrown away once. */
  private static final long MOST_BYTES = 64 << 10;

  /** The compiler works in the background: steady state is what some measurement shows. */
  private static final int ATTEMPTS = 20;

  private LoopFixture loop;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  /** Rounds that run on the loop by themselves and end in {@code done}. */
  private abstract static class Rounds {
    CompletableFuture<Void> done;
    int left;

    /** Loop thread. */
    void start(int count, CompletableFuture<Void> newDone) {
      left = count;
      done = newDone;
      next();
    }

    final void roundEnded() {
      if (--left > 0) {
        next();
      } else {
        done.complete(null);
      }
    }

    abstract void next();
  }

  private static long measure(Proactor proactor, Rounds rounds, int count) throws Exception {
    CompletableFuture<Long> id = new CompletableFuture<>();
    proactor.execute(() -> id.complete(Thread.currentThread().threadId()));
    long threadId = FaultyLoop.await(id);
    long before = THREADS.getThreadAllocatedBytes(threadId);
    CompletableFuture<Void> done = new CompletableFuture<>();
    proactor.execute(() -> rounds.start(count, done));
    FaultyLoop.await(done);
    return THREADS.getThreadAllocatedBytes(threadId) - before;
  }

  /** At most {@link #MOST_BYTES} for {@code count} rounds, and no more than one wait a turn. */
  private void assertAllocatesNothing(Rounds rounds, int count) throws Exception {
    assertAllocatesNothing(loop.proactor(), rounds, count);
  }

  private static void assertAllocatesNothing(Proactor proactor, Rounds rounds, int count)
      throws Exception {
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < ATTEMPTS && least > MOST_BYTES; attempt++) {
      least = Math.min(least, measure(proactor, rounds, count));
    }
    assertTrue(least <= MOST_BYTES, least + " bytes in " + count + " rounds");
    ProactorMetrics metrics = proactor.metrics();
    // The counters are read while the loop may be between the two. On epoll a turn that has results
    // does without.
    long saved = metrics.turns() - metrics.systemCalls();
    boolean epoll = BackendUnderTest.current().isEpoll();
    assertTrue(saved >= -1 && (epoll || saved <= 1), metrics.toString());
  }

  @Test
  void nopsAllocateNothing() throws Exception {
    Operations operations = loop.proactor().operations();
    OperationHandler[] handler = new OperationHandler[1];
    Rounds rounds =
        new Rounds() {
          @Override
          void next() {
            operations.nop(handler[0], 0, this);
          }
        };
    handler[0] = (context, attachment, result, flags) -> ((Rounds) attachment).roundEnded();
    assertAllocatesNothing(rounds, 200_000);
  }

  @Test
  void readsWithADeadlineAndPoolBuffersAllocateNothing() throws Exception {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    Operations operations = loop.proactor().operations();
    BufferSlice byteToSend = BufferSlice.unpooled(1);
    OperationHandler[] handler = new OperationHandler[1];
    long hour = Duration.ofHours(1).toNanos();
    Rounds rounds =
        new Rounds() {
          @Override
          void next() {
            BufferSlice buffer = loop.proactor().buffers().acquire(1000);
            operations.read(pipe[0], buffer, -1, hour, handler[0], 1, this);
            buffer.release();
            operations.write(pipe[1], byteToSend, -1, 0, handler[0], 0, null);
          }
        };
    handler[0] =
        (context, attachment, result, flags) -> {
          if (context == 1) {
            ((Rounds) attachment).roundEnded();
          }
        };
    assertAllocatesNothing(rounds, 20_000);
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  @Test
  void chainsAllocateNothing() throws Exception {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    Operations operations = loop.proactor().operations();
    BufferSlice buffer = BufferSlice.unpooled(8);
    OperationHandler[] handler = new OperationHandler[1];
    long hour = Duration.ofHours(1).toNanos();
    Rounds rounds =
        new Rounds() {
          @Override
          void next() {
            // The second half is cancelled: the read behind the short one never begins.
            try (OperationChain chain = operations.beginChain(6)) {
              chain.link().write(pipe[1], buffer, -1, hour, handler[0], 0, null);
              chain.link().read(pipe[0], buffer, -1, hour, handler[0], 0, null);
              chain.hardLink().sync(pipe[0], true, handler[0], 0, null);
              chain.link().sync(pipe[0], true, handler[0], 0, null);
              chain.link().read(pipe[0], buffer, -1, 0, handler[0], 0, null);
              chain.link().nop(handler[0], 1, this);
              chain.submit();
            }
          }
        };
    handler[0] =
        (context, attachment, result, flags) -> {
          if (context == 1) {
            ((Rounds) attachment).roundEnded();
          }
        };
    assertAllocatesNothing(rounds, 5_000);
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  @ParameterizedTest
  @EnumSource
  void timersStartedCancelledAndFiredAllocateNothing(TimerPolicy policy) throws Exception {
    loop.close();
    loop = LoopFixture.start(options -> options.timerPolicy(policy));
    Rounds[] self = new Rounds[1];
    Timer cancelled = Timer.of((timer, now) -> {});
    Timer fired = Timer.of((timer, now) -> self[0].roundEnded());
    self[0] =
        new Rounds() {
          @Override
          void next() {
            loop.proactor().startTimer(cancelled, Duration.ofHours(1).toNanos());
            loop.proactor().startTimer(cancelled, Duration.ofSeconds(1).toNanos(), 5_000_000);
            loop.proactor().cancelTimer(cancelled);
            loop.proactor().startTimer(fired, 100_000);
          }
        };
    // Each waits for the next tick of a millisecond.
    assertAllocatesNothing(self[0], 500);
  }

  @Test
  void echoAllocatesNothing() throws Exception {
    Client client = new Client();
    connect(loop.proactor(), ConnectionOptions.defaults(), client);
    assertAllocatesNothing(client.rounds, 20_000);
    assertEquals(0, client.wrong);
  }

  /** The clock makes a step each round, so that all limits of time are looked at every few. */
  @Test
  void limitsOfTimeAllocateNothing() throws Exception {
    Duration limit = Duration.ofSeconds(10);
    long stepNanos = limit.toNanos() / 5;
    try (FaultyLoop limited = new FaultyLoop(64)) {
      limited.backend.freezeClock();
      Deadline[] deadline = new Deadline[1];
      Client client =
          new Client() {
            @Override
            void next() {
              deadline[0].setAfter(limit.toNanos());
              limited.backend.advance(stepNanos);
              super.next();
            }
          };
      limited.run(() -> deadline[0] = new Deadline(limited.proactor, () -> client.wrong++));
      ConnectionOptions options =
          ConnectionOptions.defaults().withIdleTimeout(limit).withSendStallLimit(limit);
      connect(limited.proactor, options, client);
      int rounds = 20_000;
      assertAllocatesNothing(limited.proactor, client.rounds, rounds);
      assertEquals(0, client.wrong);
      // Of two limits at each end, and the deadline.
      assertTrue(limited.proactor.metrics().timersFired() > 5L * rounds / 5);
    }
  }

  /** A connection of {@code client} to an echo server, both on {@code proactor}. */
  private static void connect(Proactor proactor, ConnectionOptions options, Client client)
      throws Exception {
    TcpListener listener =
        TcpListener.bind(
            proactor,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TcpListenerOptions.defaults().withConnection(options),
            connection -> (c, data) -> c.write(data.retain()));
    FaultyLoop.await(
        TcpConnector.connect(
            proactor,
            listener.localAddress(),
            Duration.ZERO,
            options,
            connection -> {
              client.connection = connection;
              return client;
            }));
  }

  @Test
  void datagramsAllocateNothing() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    UdpSocketOptions options = UdpSocketOptions.defaults();
    UdpSocket server =
        UdpSocket.bind(
            loop.proactor(),
            any,
            options,
            (socket, data, datagram) -> socket.reply(data.retain(), datagram));
    DatagramClient client = new DatagramClient(server.localAddress());
    client.socket = UdpSocket.bind(loop.proactor(), any, options, client);
    assertAllocatesNothing(client.rounds, 20_000);
    assertEquals(0, client.wrong);
  }

  /** Sends a burst of datagrams when the one before has come back. */
  private static final class DatagramClient implements UdpHandler {
    private static final int BURST = 5;
    private final BufferSlice message = BufferSlice.copyOf(new byte[100]);
    private final DatagramAddress server;
    private final DatagramAddress source = new DatagramAddress();
    private UdpSocket socket;
    private int received;
    private int wrong;

    private final Rounds rounds =
        new Rounds() {
          @Override
          void next() {
            message.put(0, (byte) left);
            for (int i = 0; i < BURST; i++) {
              socket.send(message.retain(), server);
            }
          }
        };

    DatagramClient(InetSocketAddress server) {
      this.server = DatagramAddress.of(server);
    }

    @Override
    public void received(UdpSocket from, BufferSlice data, ReceivedMessage datagram) {
      source.setSource(datagram);
      boolean right =
          data.get(0) == (byte) rounds.left
              && data.length() == message.length()
              && source.equals(server)
              && source.port() == server.port()
              && !datagram.isTruncated();
      wrong += right ? 0 : 1;
      if (++received == BURST) {
        received = 0;
        rounds.roundEnded();
      }
    }
  }

  /** Sends a message when the one before has come back. */
  private static class Client implements ConnectionHandler {
    private static final int BYTES = 100;
    private final BufferSlice message = BufferSlice.copyOf(new byte[BYTES]);
    StreamConnection connection;
    int received;
    int wrong;

    final Rounds rounds =
        new Rounds() {
          @Override
          void next() {
            Client.this.next();
          }
        };

    void next() {
      message.put(0, (byte) rounds.left);
      connection.write(message.retain());
    }

    @Override
    public void received(StreamConnection from, BufferSlice data) {
      wrong += received == 0 && data.get(0) != (byte) rounds.left ? 1 : 0;
      received += data.length();
      if (received == BYTES) {
        received = 0;
        rounds.roundEnded();
      }
    }
  }
}
