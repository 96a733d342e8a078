package millrace.proactor.simulation.scenario;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpConnector;
import millrace.proactor.simulation.PeerHandler;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.SimulatedPeer;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.UringException;

/**
 * The proactor connects to other machines: some listen, some refuse, some never answer. Each
 * connect ends once, in its deadline, with a connection or with a reason.
 */
final class ClientScenario implements Scenario {

  private static final int ECHO_PORT = 7;
  private static final int CLOSED_PORT = 9;
  private static final int MOST_CONNECTS = 12;
  private static final int MOST_BYTES = 10_000;
  private static final long LONGEST_START_NANOS = 10_000_000;
  private static final long LONGEST_DEADLINE_NANOS = 2_000_000_000;

  /** How late a completion and the loop may be, besides the deadline. */
  private static final long TOLERANCE_NANOS = 500_000_000;

  private static final Set<Integer> REASONS =
      Set.of(
          Errno.ECONNREFUSED,
          Errno.ETIMEDOUT,
          Errno.ETIME,
          Errno.EAGAIN,
          Errno.EMFILE,
          Errno.ENOBUFS);

  private final Pattern pattern = new Pattern(5);
  private Simulation simulation;
  private int left;
  private int stages;
  private int connectionsOpen;

  @Override
  public String name() {
    return "clients";
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    InetAddress host = InetAddress.getLoopbackAddress();
    simulation.listen(new InetSocketAddress(host, ECHO_PORT), EchoPeer::new);
    SplittableRandom random = simulation.random();
    left = random.nextInt(1, MOST_CONNECTS);
    for (int count = left; count > 0; count--) {
      int port = random.nextInt(4) == 0 ? CLOSED_PORT : ECHO_PORT;
      long deadline = random.nextInt(3) == 0 ? random.nextLong(LONGEST_DEADLINE_NANOS) : 0;
      simulation.after(
          random.nextLong(LONGEST_START_NANOS),
          () ->
              simulation
                  .proactor()
                  .execute(() -> connect(new InetSocketAddress(host, port), deadline)));
    }
  }

  private void connect(InetSocketAddress address, long deadlineNanos) {
    long beganNanos = simulation.nanoTime();
    stages++;
    TcpConnector.connect(
            simulation.proactor(),
            address,
            Duration.ofNanos(deadlineNanos),
            ConnectionOptions.defaults().withCloseLimit(Duration.ofHours(1)),
            simulation.checked(
                connection -> new Client(connection),
                ConnectionOptions.defaults().writeQueueLimitBytes()))
        .whenComplete(
            (connection, failure) -> {
              stages--;
              if (failure != null) {
                failed(failure, simulation.nanoTime() - beganNanos, deadlineNanos);
              }
            });
  }

  private void failed(Throwable failure, long tookNanos, long deadlineNanos) {
    int errno = failure instanceof UringException uring ? uring.errno() : 0;
    if (!REASONS.contains(errno)) {
      simulation.violated("connect failed with " + failure);
    }
    if (errno == Errno.ETIME
        && (deadlineNanos == 0
            || tookNanos < deadlineNanos
            || tookNanos > deadlineNanos + TOLERANCE_NANOS)) {
      simulation.violated("ETIME after " + tookNanos + " ns, deadline " + deadlineNanos);
    }
    oneEnded();
  }

  private void oneEnded() {
    if (--left == 0) {
      simulation.end();
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    if (stages != 0 || connectionsOpen != 0) {
      run.violated(stages + " connects and " + connectionsOpen + " connections did not end");
    }
  }

  /** Sends a pattern, and expects it back. */
  private final class Client implements ConnectionHandler {
    private final long totalBytes = simulation.random().nextInt(1, MOST_BYTES);
    private long receivedBytes;

    Client(StreamConnection connection) {
      connectionsOpen++;
      connection.write(BufferSlice.copyOf(pattern.bytes(0, (int) totalBytes)));
      if (simulation.random().nextBoolean()) {
        connection.shutdownOutput();
      }
    }

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (pattern.difference(data.toByteArray(), receivedBytes) >= 0) {
        simulation.violated("a wrong byte came back after " + receivedBytes);
      }
      receivedBytes += data.length();
      if (receivedBytes == totalBytes) {
        connection.close();
      }
    }

    @Override
    public void endOfStream(StreamConnection connection) {
      if (receivedBytes < totalBytes) {
        simulation.violated("an end after " + receivedBytes + " of " + totalBytes);
      }
      connection.close();
    }

    @Override
    public void closed(StreamConnection connection, int errno) {
      connectionsOpen--;
      oneEnded();
    }
  }

  /** Another machine that sends everything back. */
  private static final class EchoPeer implements PeerHandler {
    @Override
    public void received(SimulatedPeer peer, byte[] data) {
      peer.write(data);
    }
  }
}
