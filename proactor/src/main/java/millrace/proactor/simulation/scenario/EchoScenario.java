package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/**
 * An echo server with backpressure, and clients of all manners. Whoever gets an orderly end has got
 * back every byte; with nobody to blame there is no other end.
 */
class EchoScenario implements Scenario {

  private static final int MOST_CLIENTS = 8;
  private static final int MOST_BYTES = 30_000;
  private static final long LONGEST_START_NANOS = 5_000_000;

  final List<StreamPeer> clients = new ArrayList<>();

  /** How the server's end of each connection ended, by the client's port. */
  private final Map<Integer, Integer> errnos = new TreeMap<>();

  private Simulation simulation;
  private int clientsOver;

  @Override
  public String name() {
    return "echo";
  }

  @Override
  public void start(Simulation newSimulation) throws IOException {
    simulation = newSimulation;
    SplittableRandom random = simulation.random();
    TcpListenerOptions options = listenerOptions(random);
    TcpListener listener =
        TcpListener.bind(
            simulation.proactor(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            options,
            simulation.checked(
                connection -> new RememberingHandler(),
                options.connection().writeQueueLimitBytes()));
    int count = random.nextInt(1, MOST_CLIENTS + 1);
    for (int index = 0; index < count; index++) {
      addClient(listener.localAddress(), index);
    }
  }

  private static TcpListenerOptions listenerOptions(SplittableRandom random) {
    long high = random.nextInt(1, 8192);
    long low = random.nextLong(high);
    return TcpListenerOptions.defaults()
        .withBacklog(random.nextInt(1, 16))
        .withMaxConnections(random.nextInt(1, 12))
        .withConnection(
            ConnectionOptions.defaults()
                .withWatermarks(low, high, 256 << 10)
                .withCloseLimit(Duration.ofMinutes(30)));
  }

  private void addClient(InetSocketAddress address, int index) {
    SplittableRandom random = simulation.random();
    Pattern pattern = new Pattern(index);
    long bytes = random.nextInt(MOST_BYTES);
    StreamPeer client =
        new StreamPeer(simulation, pattern, bytes, pattern, bytes, this::clientOver);
    if (random.nextInt(5) == 0) {
      client.leaving();
    }
    clients.add(client);
    simulation.after(
        random.nextLong(LONGEST_START_NANOS), () -> simulation.connect(address, client));
  }

  private void clientOver() {
    if (++clientsOver == clients.size()) {
      allOver();
    }
  }

  /** All clients have ended. */
  void allOver() {
    simulation.end();
  }

  Simulation simulation() {
    return simulation;
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    for (StreamPeer client : clients) {
      checkClient(client);
    }
  }

  void checkClient(StreamPeer client) {
    client.check();
    Integer serverErrno = errnos.get(client.port());
    if (client.isInnocent() && serverErrno != null && serverErrno != 0) {
      simulation.violated("the server closed with " + Errno.name(serverErrno) + ": " + client);
    }
  }

  /** Remembers how the connection ended. */
  private final class RememberingHandler extends EchoHandler {
    private int port;

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (isPaused()) {
        simulation.violated("received while paused");
      }
      remember(connection);
      super.received(connection, data);
    }

    private void remember(StreamConnection connection) {
      if (port == 0 && connection.remoteAddress() instanceof InetSocketAddress address) {
        port = address.getPort();
      }
    }

    @Override
    public void closed(StreamConnection connection, int errno) {
      if (port != 0) {
        errnos.put(port, errno);
      }
    }
  }
}
