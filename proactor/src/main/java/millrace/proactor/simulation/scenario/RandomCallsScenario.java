package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.simulation.PeerHandler;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.SimulatedPeer;
import millrace.proactor.simulation.Simulation;

/**
 * Every call that a connection has, at any time: from inside its callbacks, from tasks, after its
 * end; against peers that do the same. What arrives is a prefix of what was sent, in both
 * directions; each future completes once; each connection is closed once.
 */
final class RandomCallsScenario implements Scenario {

  private static final int MOST_CLIENTS = 5;
  private static final int MOST_ACTS = 40;
  private static final int MOST_BYTES = 3000;
  private static final long LONGEST_STEP_NANOS = 1_500_000;
  private static final long QUEUE_LIMIT_BYTES = 16 << 10;

  private final Pattern fromServer = new Pattern(21);
  private final Pattern fromClient = new Pattern(22);
  private final List<Client> clients = new ArrayList<>();
  private Simulation simulation;
  private SplittableRandom random;
  private TcpListener listener;
  private int actorsLeft;
  private int serversOpen;
  private int futuresOpen;
  private boolean ending;
  private boolean throwing;

  @Override
  public String name() {
    return "random-calls";
  }

  @Override
  public void configure(ProactorOptions.Builder options, Simulation run) {
    options.receiveBuffers(1 << run.random().nextInt(5), 128).bufferPoolBytes(1 << 18);
  }

  @Override
  public void start(Simulation newSimulation) throws IOException {
    simulation = newSimulation;
    random = simulation.random();
    listener =
        TcpListener.bind(
            simulation.proactor(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TcpListenerOptions.defaults()
                .withBacklog(random.nextInt(1, 8))
                .withMaxConnections(random.nextInt(1, 8))
                .withConnection(
                    ConnectionOptions.defaults()
                        .withWatermarks(500, 2000, QUEUE_LIMIT_BYTES)
                        .withCloseLimit(Duration.ofMillis(random.nextInt(100)))),
            simulation.checked(Server::new, QUEUE_LIMIT_BYTES));
    throwing = random.nextInt(4) == 0;
    int count = random.nextInt(1, MOST_CLIENTS + 1);
    for (int index = 0; index < count; index++) {
      Client client = new Client();
      clients.add(client);
      actorsLeft++;
      simulation.after(
          random.nextLong(LONGEST_STEP_NANOS),
          () -> client.peer = simulation.connect(listener.localAddress(), client));
    }
    if (random.nextInt(4) == 0) {
      simulation.after(random.nextLong(20 * LONGEST_STEP_NANOS), () -> inLoop(this::closeListener));
    }
  }

  private void closeListener() {
    count(listener.close());
  }

  /** As another thread would do it. */
  private void inLoop(Runnable action) {
    if (!ending) {
      try {
        simulation.proactor().execute(action);
      } catch (RejectedExecutionException full) {
        simulation.note("refused");
      }
    }
  }

  private void count(CompletionStage<?> stage) {
    futuresOpen++;
    boolean[] completed = new boolean[1];
    stage.whenComplete(
        (value, failure) -> {
          if (completed[0]) {
            simulation.violated("a future completed twice");
          }
          completed[0] = true;
          futuresOpen--;
        });
  }

  private void actorDone() {
    if (--actorsLeft == 0) {
      ending = true;
      simulation.shutdown(Duration.ofMillis(random.nextInt(200)));
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    if (serversOpen != 0 || futuresOpen != 0) {
      run.violated(serversOpen + " connections and " + futuresOpen + " futures did not end");
    }
    for (Client client : clients) {
      if (client.peer != null && !client.over) {
        run.violated("a client was not told the end");
      }
    }
  }

  /** What handlers throw now and then; their connection is aborted, and no other. */
  private static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1;

    Thrown() {
      super("thrown on purpose");
    }
  }

  @Override
  public boolean expects(Throwable failure) {
    return failure instanceof Thrown;
  }

  private void throwSometimes() {
    if (throwing && random.nextInt(16) == 0) {
      throw new Thrown();
    }
  }

  /** The proactor's end. */
  private final class Server implements ConnectionHandler {
    private final StreamConnection connection;
    private int actsLeft = random.nextInt(MOST_ACTS);
    private long writtenBytes;
    private long receivedBytes;
    private boolean paused;
    private boolean closed;

    Server(StreamConnection connection) {
      this.connection = connection;
      serversOpen++;
      if (random.nextInt(4) == 0) {
        act();
      }
      planAct();
    }

    private void planAct() {
      if (actsLeft-- > 0) {
        simulation.after(random.nextLong(LONGEST_STEP_NANOS), () -> inLoop(this::actAndPlan));
      }
    }

    private void actAndPlan() {
      act();
      planAct();
    }

    private void act() {
      switch (random.nextInt(40)) {
        case 0 -> connection.close();
        case 1 -> connection.closeLingering(random.nextInt(50_000_000));
        case 2 -> connection.abort();
        case 3, 4 -> connection.shutdownOutput();
        case 5, 6, 7, 8, 9 -> {
          connection.pauseReceive();
          paused = true;
        }
        case 10, 11, 12, 13, 14, 15, 16, 17, 18 -> {
          paused = false;
          connection.resumeReceive();
        }
        case 19 -> count(connection.closeAsync());
        case 20, 21, 22, 23 -> send();
        default -> write();
      }
    }

    private BufferSlice next() {
      BufferSlice slice = simulation.proactor().buffers().acquire(MOST_BYTES);
      if (slice != null) {
        slice.range(0, random.nextInt(1, MOST_BYTES));
        fromServer.fill(slice, writtenBytes);
      }
      return slice;
    }

    private void write() {
      BufferSlice slice = next();
      if (slice != null) {
        long before = connection.queuedBytes();
        int length = slice.length();
        connection.write(slice);
        if (connection.queuedBytes() == before + length) {
          writtenBytes += length;
        }
      }
    }

    private void send() {
      BufferSlice slice = next();
      if (slice != null) {
        long before = connection.queuedBytes();
        int length = slice.length();
        count(connection.send(slice));
        if (connection.queuedBytes() == before + length) {
          writtenBytes += length;
        }
      }
    }

    @Override
    public void received(StreamConnection from, BufferSlice data) {
      if (paused) {
        simulation.violated("received while paused");
      }
      if (fromClient.difference(data.toByteArray(), receivedBytes) >= 0) {
        simulation.violated("the server received a wrong byte after " + receivedBytes);
      }
      receivedBytes += data.length();
      actSometimes();
    }

    private void actSometimes() {
      if (random.nextInt(3) == 0) {
        act();
      }
      throwSometimes();
    }

    @Override
    public void endOfStream(StreamConnection from) {
      actSometimes();
      if (random.nextBoolean()) {
        from.close();
      }
    }

    @Override
    public void writable(StreamConnection to) {
      actSometimes();
    }

    @Override
    public void draining(StreamConnection of) {
      if (random.nextBoolean()) {
        of.close();
      } else {
        actSometimes();
      }
    }

    @Override
    public void closed(StreamConnection of, int errno) {
      if (closed) {
        simulation.violated("closed twice");
      }
      closed = true;
      serversOpen--;
      act();
      throwSometimes();
    }
  }

  /** Another machine that is no better. */
  private final class Client implements PeerHandler {
    private final SplittableRandom chance = simulation.random().split();
    private SimulatedPeer peer;
    private int actsLeft = chance.nextInt(MOST_ACTS);
    private long writtenBytes;
    private long receivedBytes;
    private boolean over;
    private boolean left;

    @Override
    public void connected(SimulatedPeer connected) {
      act();
    }

    private void act() {
      if (over || actsLeft-- <= 0) {
        leave();
        return;
      }
      switch (chance.nextInt(24)) {
        case 0 -> peer.finish();
        case 1 -> {
          peer.reset();
          leave();
          return;
        }
        case 2, 3 -> peer.pause();
        case 4, 5, 6 -> peer.resume();
        default -> {
          int length = chance.nextInt(1, MOST_BYTES);
          peer.write(fromClient.bytes(writtenBytes, length));
          writtenBytes += length;
        }
      }
      simulation.after(chance.nextLong(LONGEST_STEP_NANOS), this::act);
    }

    private void leave() {
      if (!left) {
        left = true;
        peer.close();
        over = true;
        actorDone();
      }
    }

    @Override
    public void received(SimulatedPeer from, byte[] data) {
      if (fromServer.difference(data, receivedBytes) >= 0) {
        simulation.violated("a client received a wrong byte after " + receivedBytes);
      }
      receivedBytes += data.length;
    }

    @Override
    public void ended(SimulatedPeer from) {
      if (chance.nextBoolean()) {
        peer.finish();
      }
    }

    @Override
    public void failed(SimulatedPeer from, int errno) {
      over = true;
      leave();
    }
  }
}
