package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.SimulatedPeer;
import millrace.proactor.simulation.Simulation;

/**
 * A server that sends as fast as its clients take it, to clients that read slowly and send all the
 * time, and that keeps what it receives for a while: pool and receive buffers run out.
 */
final class SlowConsumerScenario implements Scenario {

  private static final int MOST_CLIENTS = 6;
  private static final int MOST_SENT_BYTES = 60_000;
  private static final int MOST_RECEIVED_BYTES = 20_000;
  private static final int PIECE_BYTES = 4096;
  private static final long LONGEST_HOLD_NANOS = 10_000_000;
  private static final long QUEUE_LIMIT_BYTES = 32 << 10;

  private final List<StreamPeer> clients = new ArrayList<>();
  private final Pattern fromServer = new Pattern(77);
  private Simulation simulation;
  private long totalBytes;
  private int clientsOver;
  private int slicesHeld;

  @Override
  public String name() {
    return "slow-consumers";
  }

  @Override
  public void configure(ProactorOptions.Builder options, Simulation run) {
    options.receiveBuffers(1 << run.random().nextInt(4), 256).bufferPoolBytes(1 << 18);
  }

  @Override
  public void start(Simulation newSimulation) throws IOException {
    simulation = newSimulation;
    SplittableRandom random = simulation.random();
    totalBytes = random.nextInt(MOST_SENT_BYTES);
    TcpListener listener =
        TcpListener.bind(
            simulation.proactor(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TcpListenerOptions.defaults()
                .withConnection(
                    ConnectionOptions.defaults()
                        .withWatermarks(2048, 8192, QUEUE_LIMIT_BYTES)
                        .withCloseLimit(Duration.ofHours(1))),
            simulation.checked(Producer::new, QUEUE_LIMIT_BYTES));
    int count = random.nextInt(1, MOST_CLIENTS + 1);
    for (int index = 0; index < count; index++) {
      addClient(listener.localAddress(), index);
    }
  }

  private void addClient(InetSocketAddress address, int index) {
    SplittableRandom random = simulation.random();
    long bytes = random.nextInt(MOST_RECEIVED_BYTES);
    StreamPeer client =
        new StreamPeer(
            simulation, new Pattern(index), bytes, fromServer, totalBytes, this::clientOver);
    clients.add(client);
    SimulatedPeer peer = simulation.connect(address, client);
    if (random.nextBoolean()) {
      peer.setReadRate(random.nextInt(64, 2048), random.nextLong(2_000_000));
    }
  }

  private void clientOver() {
    clientsOver++;
    endWhenDone();
  }

  private void endWhenDone() {
    if (clientsOver == clients.size() && slicesHeld == 0) {
      simulation.end();
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    clients.forEach(StreamPeer::check);
  }

  /** Sends all that there is, and holds what comes in until a timer fires. */
  private final class Producer implements ConnectionHandler {
    private final StreamConnection connection;
    private long writtenBytes;
    private boolean inputEnded;
    private boolean closed;

    Producer(StreamConnection connection) {
      this.connection = connection;
      produce();
    }

    private void produce() {
      while (connection.isWritable() && writtenBytes < totalBytes) {
        int length = (int) Math.min(PIECE_BYTES, totalBytes - writtenBytes);
        BufferSlice slice = simulation.proactor().buffers().acquire(length);
        if (slice == null) {
          simulation.proactor().buffers().whenAvailable(this::produce);
          return;
        }
        fromServer.fill(slice.range(0, length), writtenBytes);
        writtenBytes += length;
        connection.write(slice);
      }
      closeWhenDone();
    }

    private void closeWhenDone() {
      if (inputEnded && writtenBytes == totalBytes && !closed) {
        connection.close();
      }
    }

    @Override
    public void received(StreamConnection from, BufferSlice data) {
      // What comes when all clients have gone is not kept: the loop is about to end.
      if (clientsOver < clients.size() && simulation.random().nextInt(4) == 0) {
        BufferSlice kept = data.retain();
        byte[] content = kept.toByteArray();
        long nanos = simulation.random().nextLong(LONGEST_HOLD_NANOS);
        if (simulation.startTimer(nanos, () -> letGo(kept, content)) == null) {
          kept.release();
        } else {
          slicesHeld++;
        }
      }
    }

    private void letGo(BufferSlice kept, byte[] content) {
      if (!Arrays.equals(kept.toByteArray(), content)) {
        simulation.violated("a slice that was retained has changed");
      }
      kept.release();
      slicesHeld--;
      endWhenDone();
    }

    @Override
    public void writable(StreamConnection to) {
      produce();
    }

    @Override
    public void endOfStream(StreamConnection from) {
      inputEnded = true;
      closeWhenDone();
    }

    @Override
    public void closed(StreamConnection of, int errno) {
      closed = true;
    }
  }
}
