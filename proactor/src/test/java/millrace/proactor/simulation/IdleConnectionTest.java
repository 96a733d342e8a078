package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import millrace.proactor.ProactorOptions;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** The idle timeout of connections in virtual time. */
class IdleConnectionTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final long TIMEOUT_NANOS = TIMEOUT.toNanos();
  private static final long TICK_NANOS = 1_000_000;

  /** A peer that sends bytes at random distances below the timeout, and then none. */
  private static final class Trickle implements Scenario, ConnectionHandler {
    private Simulation simulation;
    private SimulatedPeer peer;
    private int bytesLeft = 50;
    private long lastNanos;
    private boolean closed;

    @Override
    public String name() {
      return "trickle";
    }

    @Override
    public void configure(ProactorOptions.Builder options, Simulation run) {
      options.timerTickNanos(TICK_NANOS);
    }

    @Override
    public void start(Simulation run) throws IOException {
      simulation = run;
      ConnectionOptions options = ConnectionOptions.defaults().withIdleTimeout(TIMEOUT);
      TcpListener listener =
          TcpListener.bind(
              run.proactor(),
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults().withConnection(options),
              connection -> this);
      run.connect(
          listener.localAddress(),
          new PeerHandler() {
            @Override
            public void connected(SimulatedPeer connected) {
              peer = connected;
              planByte();
            }
          });
    }

    private void planByte() {
      if (bytesLeft > 0) {
        // Less than the timeout by more than the network takes.
        simulation.after(simulation.random().nextLong(TIMEOUT_NANOS * 9 / 10), this::sendByte);
      }
    }

    private void sendByte() {
      bytesLeft--;
      peer.write(new byte[1]);
      planByte();
    }

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      lastNanos = connection.proactor().nanoTime();
    }

    @Override
    public void closed(StreamConnection connection, int errno) {
      assertEquals(Errno.ETIMEDOUT, errno);
      assertEquals(0, bytesLeft);
      long lateNanos = connection.proactor().nanoTime() - lastNanos - TIMEOUT_NANOS;
      // A tick, and what the turns took that ended the connection.
      assertTrue(lateNanos >= 0 && lateNanos < 10 * TICK_NANOS, "late by " + lateNanos);
      closed = true;
      simulation.end();
    }
  }

  @Test
  void aConnectionEndsATimeoutAfterItsLastByte() {
    for (long seed = 1; seed <= 20; seed++) {
      Trickle trickle = new Trickle();
      SimulationResult result = Simulation.run(() -> trickle, seed, FaultPlan.none());
      assertTrue(!result.failed(), result::describe);
      assertTrue(trickle.closed, "seed " + seed);
    }
  }

  /**
   * Peers that send below the timeout, read what comes, and a loop that is held up now and then for
   * longer than every limit of a connection.
   */
  private static final class HeldUp implements Scenario {
    private static final Duration LIMIT = Duration.ofMillis(100);
    private static final int PEERS = 50;
    private static final int ROUNDS = 20;
    private static final int BYTES = 3000;
    private int open = PEERS;
    private int received;
    private int closed;
    private int heldUp;
    private long nextHoldUpNanos;

    @Override
    public String name() {
      return "held-up";
    }

    @Override
    public void start(Simulation run) throws IOException {
      ConnectionOptions options =
          ConnectionOptions.defaults()
              .withIdleTimeout(LIMIT)
              .withSendStallLimit(LIMIT)
              .withCloseLimit(LIMIT);
      TcpListener listener =
          TcpListener.bind(
              run.proactor(),
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults().withConnection(options),
              connection -> new Answerer(run));
      for (int i = 0; i < PEERS; i++) {
        run.connect(listener.localAddress(), new Asker(run));
      }
    }

    /** Answers each byte with many, and now and then holds the loop up meanwhile. */
    private final class Answerer implements ConnectionHandler {
      private final Simulation run;
      private int rounds;

      Answerer(Simulation run) {
        this.run = run;
      }

      @Override
      public void received(StreamConnection connection, BufferSlice data) {
        connection.write(BufferSlice.copyOf(new byte[BYTES]));
        if (run.nanoTime() > nextHoldUpNanos) {
          run.holdUp(3 * LIMIT.toNanos());
          nextHoldUpNanos = run.nanoTime() + run.random().nextLong(2, 10) * LIMIT.toNanos();
          heldUp++;
        }
        if (++rounds == ROUNDS) {
          connection.close();
        }
      }

      @Override
      public void closed(StreamConnection connection, int errno) {
        assertEquals(0, errno);
        closed++;
        if (--open == 0) {
          run.end();
        }
      }
    }

    /** Asks again when the answer is there. */
    private final class Asker implements PeerHandler {
      private final Simulation run;
      private int left = BYTES;

      Asker(Simulation run) {
        this.run = run;
      }

      @Override
      public void connected(SimulatedPeer peer) {
        peer.write(new byte[1]);
      }

      @Override
      public void received(SimulatedPeer peer, byte[] data) {
        received += data.length;
        left -= data.length;
        if (left == 0) {
          left = BYTES;
          run.after(LIMIT.toNanos() / 4, () -> peer.write(new byte[1]));
        }
      }

      @Override
      public void ended(SimulatedPeer peer) {
        peer.close();
      }
    }
  }

  @Test
  void nobodyIsEndedForWhatTheLoopIsLateToSee() {
    for (long seed = 1; seed <= 20; seed++) {
      HeldUp heldUp = new HeldUp();
      SimulationResult result = Simulation.run(() -> heldUp, seed, FaultPlan.none());
      assertTrue(!result.failed(), result::describe);
      assertTrue(heldUp.heldUp > 0);
      assertEquals(HeldUp.PEERS, heldUp.closed, "seed " + seed);
      assertEquals(HeldUp.PEERS * HeldUp.ROUNDS * HeldUp.BYTES, heldUp.received, "seed " + seed);
    }
  }
}
