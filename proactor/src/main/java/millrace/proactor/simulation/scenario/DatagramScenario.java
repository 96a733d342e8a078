package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.DatagramAddress;
import millrace.proactor.net.UdpHandler;
import millrace.proactor.net.UdpSocket;
import millrace.proactor.net.UdpSocketOptions;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/**
 * A server of requests by UDP, and clients that ask until they have an answer, on other machines
 * and on the same loop. Nothing arrives more often than the network has sent it, what was cut off
 * is said to be, and in the end everybody has got all answers.
 */
final class DatagramScenario implements Scenario, UdpHandler {

  private static final int MOST_REMOTE = 5;
  private static final int MOST_BYTES = 1400;
  private static final int MOST_IN_FLIGHT = 6;
  private static final long LONGEST_START_NANOS = 5_000_000;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;
  private static final long LATEST_SHUTDOWN_NANOS = 30_000_000;

  private record Answer(InetSocketAddress destination, int lengthBytes) {}

  private final List<DatagramRequester> clients = new ArrayList<>();
  private final Set<Answer> answers = new HashSet<>();
  private Simulation simulation;
  private SplittableRandom random;
  private DatagramLedger ledger;
  private UdpSocketOptions options;
  private UdpSocket server;
  private int roomBytes;
  private int clientsOver;
  private long received;
  private long cut;
  private long replies;
  private long failures;
  private boolean paused;
  private boolean closed;
  private boolean shutdown;

  @Override
  public String name() {
    return "datagrams";
  }

  @Override
  public void configure(ProactorOptions.Builder builder, Simulation run) {
    int bufferBytes = 128 << run.random().nextInt(4);
    builder.receiveBuffers(4 << run.random().nextInt(4), bufferBytes);
    roomBytes = bufferBytes - UdpSocket.RECEIVE_OVERHEAD_BYTES;
  }

  @Override
  public void start(Simulation run) throws IOException {
    simulation = run;
    random = run.random();
    ledger = new DatagramLedger(run);
    int high = random.nextInt(1, 16);
    options =
        UdpSocketOptions.defaults()
            .withWatermarks(random.nextInt(high), high, 0, 1 << 16)
            .withSendsInFlight(random.nextInt(1, MOST_IN_FLIGHT));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = UdpSocket.bind(run.proactor(), any, options, this);
    int remote = random.nextInt(MOST_REMOTE + 1);
    for (int count = 0; count < remote; count++) {
      int longest = random.nextInt(PatternDatagram.LEAST_BYTES, MOST_BYTES);
      add(new RemoteRequester(run, ledger, server.localAddress(), longest, this::clientOver));
    }
    if (remote == 0 || random.nextBoolean()) {
      int longest = random.nextInt(PatternDatagram.LEAST_BYTES, roomBytes + 1);
      add(
          new ConnectedRequester(
              run, ledger, server.localAddress(), options, longest, this::clientOver));
    }
    if (random.nextInt(3) == 0) {
      simulation.after(random.nextLong(LATEST_SHUTDOWN_NANOS), this::shutdown);
    }
  }

  private void add(DatagramRequester client) {
    clients.add(client);
    client.later(random.nextLong(LONGEST_START_NANOS), client::next);
  }

  private void clientOver() {
    if (++clientsOver == clients.size()) {
      simulation.end();
    }
  }

  /** In the middle of it. */
  private void shutdown() {
    if (!simulation.isEnded()) {
      shutdown = true;
      simulation.shutdown(Duration.ofMillis(random.nextInt(5)));
    }
  }

  @Override
  public void received(UdpSocket socket, BufferSlice data, ReceivedMessage message) {
    received++;
    if (paused || closed) {
      simulation.violated("received while " + (closed ? "closed" : "paused"));
    }
    byte[] bytes = data.toByteArray();
    if (bytes.length == 0) {
      return;
    }
    PatternDatagram request =
        ledger.arrived(bytes, (InetSocketAddress) message.source(), socket.localAddress());
    if (request == null) {
      return;
    }
    checkLength(request, bytes.length, message);
    answer(data, message, request);
    if (random.nextInt(20) == 0) {
      pause();
    }
  }

  private void checkLength(PatternDatagram request, int length, ReceivedMessage message) {
    boolean mustBeCut = request.lengthBytes() > roomBytes;
    cut += mustBeCut ? 1 : 0;
    if (length != Math.min(roomBytes, request.lengthBytes())) {
      simulation.violated("received " + length + " bytes of " + request);
    }
    if (message.isTruncated() != mustBeCut || message.lengthBytes() != request.lengthBytes()) {
      simulation.violated(
          request + " cut to " + length + " is told as " + message.lengthBytes() + " bytes");
    }
  }

  /** In the request's own memory, or in other. */
  private void answer(BufferSlice data, ReceivedMessage message, PatternDatagram request) {
    boolean inPlace = random.nextBoolean();
    int length =
        inPlace ? data.length() : random.nextInt(PatternDatagram.LEAST_BYTES, roomBytes + 1);
    BufferSlice slice = inPlace ? data.retain() : simulation.proactor().buffers().acquire(length);
    if (slice == null) {
      return;
    }
    PatternDatagram answer = ledger.next(server.localAddress(), request.transmission(), length);
    slice.range(slice.offset(), length).copyFrom(answer.bytes(), 0, 0, length);
    replies++;
    answers.add(new Answer((InetSocketAddress) message.source(), length));
    if (!server.reply(slice, message)) {
      ledger.withdrawn(answer);
    }
    if (server.queuedDatagrams() > options.highWatermarkDatagrams()) {
      simulation.violated("the queue holds " + server.queuedDatagrams() + " datagrams");
    }
  }

  private void pause() {
    server.pauseReceive();
    paused = true;
    if (simulation.startTimer(random.nextLong(LONGEST_PAUSE_NANOS), this::resume) == null) {
      resume();
    }
  }

  private void resume() {
    paused = false;
    server.resumeReceive();
  }

  @Override
  public void sendFailed(UdpSocket of, int errno, int lengthBytes, DatagramAddress destination) {
    failures++;
    boolean given = answers.contains(new Answer(destination.toInetSocketAddress(), lengthBytes));
    if (!given || !DatagramLedger.mayFail(simulation, errno)) {
      simulation.violated(
          lengthBytes + " bytes to " + destination + " ended with " + Errno.name(errno));
    }
  }

  @Override
  public void errorReceived(UdpSocket of, int errno) {
    simulation.violated("the server's socket was told " + Errno.name(errno));
  }

  @Override
  public void closed(UdpSocket of, int errno) {
    if (closed) {
      simulation.violated("the server's socket closed twice");
    }
    closed = true;
    if (errno != 0 && !shutdown) {
      simulation.violated("the server's socket closed with " + Errno.name(errno));
    }
    clients.forEach(DatagramRequester::stop);
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    ledger.check();
    var metrics = server.metrics();
    // What was held while paused may be dropped at the end.
    if (metrics.received() < received) {
      simulation.violated(received + " datagrams delivered: " + metrics);
    }
    if (metrics.truncated() < cut) {
      simulation.violated(cut + " datagrams were cut: " + metrics);
    }
    if (metrics.sent() + metrics.refused() + metrics.failed() != replies && !shutdown) {
      simulation.violated(replies + " answers: " + metrics);
    }
    if (metrics.failed() != failures && !shutdown) {
      simulation.violated(failures + " failures were told: " + metrics);
    }
    if (!closed) {
      simulation.violated("the server's socket did not close");
    }
    if (!shutdown && clientsOver < clients.size()) {
      simulation.violated(clientsOver + " of " + clients.size() + " clients got all answers");
    }
  }
}
