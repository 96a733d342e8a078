package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.simulation.PeerHandler;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.SimulatedPeer;
import millrace.proactor.simulation.Simulation;

/**
 * An echo server with few receive buffers; clients that send all the time and read nothing, and
 * clients that do nothing at all. Others are served all the same; and where there is a limit for
 * how long a send may stall, the greedy are told when it is over.
 */
final class GreedyClientsScenario implements Scenario {

  private static final int MOST_GREEDY = 4;
  private static final int MOST_MODEST = 3;
  private static final int GREEDY_BYTES = 200_000;
  private static final int MOST_BYTES = 4_000;
  private static final int MOST_IDLE = 3;
  private static final int BACKLOG = 16;
  private static final int LEAST_OPERATIONS = 48;
  private static final int MOST_OPERATIONS = 128;
  private static final int RECEIVE_BUFFER_BYTES = 64;
  private static final long LATEST_START_NANOS = 30_000_000;
  private static final Duration STALL_LIMIT = Duration.ofSeconds(1);
  private static final long QUEUE_LIMIT_BYTES = 64 << 10;

  private final List<StreamPeer> modest = new ArrayList<>();
  private final List<SimulatedPeer> greedy = new ArrayList<>();
  private final List<SimulatedPeer> idle = new ArrayList<>();
  private Simulation simulation;
  private boolean stallLimited;
  private int modestOver;
  private int greedyTold;

  @Override
  public String name() {
    return "greedy-clients";
  }

  @Override
  public void configure(ProactorOptions.Builder options, Simulation run) {
    // All have slots: the greedy never give theirs back.
    options.maxOperationsInFlight(run.random().nextInt(LEAST_OPERATIONS, MOST_OPERATIONS));
    options.receiveBuffers(2 << run.random().nextInt(4), RECEIVE_BUFFER_BYTES);
  }

  @Override
  public void start(Simulation newSimulation) throws IOException {
    simulation = newSimulation;
    SplittableRandom random = simulation.random();
    stallLimited = random.nextBoolean();
    TcpListener listener =
        TcpListener.bind(
            simulation.proactor(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TcpListenerOptions.defaults()
                .withBacklog(BACKLOG)
                .withConnection(
                    ConnectionOptions.defaults()
                        .withWatermarks(1024, 8192, QUEUE_LIMIT_BYTES)
                        .withSendStallLimit(stallLimited ? STALL_LIMIT : Duration.ZERO)
                        .withCloseLimit(Duration.ofHours(1))),
            simulation.checked(connection -> new EchoHandler(), QUEUE_LIMIT_BYTES));
    for (int count = random.nextInt(1, MOST_GREEDY + 1); count > 0; count--) {
      greedy.add(simulation.connect(listener.localAddress(), new GreedyPeer()));
    }
    for (int count = random.nextInt(MOST_IDLE + 1); count > 0; count--) {
      simulation.after(random.nextLong(LATEST_START_NANOS), () -> addIdle(listener.localAddress()));
    }
    int count = random.nextInt(1, MOST_MODEST + 1);
    for (int index = 0; index < count; index++) {
      addModest(listener.localAddress(), new Pattern(index), random.nextInt(MOST_BYTES));
    }
  }

  private void addIdle(InetSocketAddress address) {
    if (!simulation.isEnded()) {
      idle.add(simulation.connect(address, new PeerHandler() {}));
    }
  }

  private void addModest(InetSocketAddress address, Pattern pattern, int bytes) {
    StreamPeer client =
        new StreamPeer(simulation, pattern, bytes, pattern, bytes, this::oneModestOver);
    modest.add(client);
    simulation.after(
        simulation.random().nextLong(LATEST_START_NANOS),
        () -> simulation.connect(address, client));
  }

  private void oneModestOver() {
    modestOver++;
    endWhenDone();
  }

  private void endWhenDone() {
    if (modestOver == modest.size() && (!stallLimited || greedyTold == greedy.size())) {
      greedy.forEach(SimulatedPeer::close);
      idle.forEach(SimulatedPeer::close);
      simulation.end();
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    modest.forEach(StreamPeer::check);
  }

  /** Sends more than fits anywhere, and reads nothing. */
  private final class GreedyPeer implements PeerHandler {
    @Override
    public void connected(SimulatedPeer peer) {
      peer.pause();
      peer.write(new byte[GREEDY_BYTES]);
    }

    /** As its writes meet the reset. */
    @Override
    public void failed(SimulatedPeer peer, int errno) {
      greedyTold++;
      endWhenDone();
    }
  }
}
