package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionAcceptor;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.UnixConnector;
import millrace.proactor.net.UnixListener;
import millrace.proactor.net.UnixListenerOptions;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.UnixAbstractAddress;
import millrace.uring.UringException;

/**
 * An echo server on a UNIX socket, and its clients on the same loop. Nothing resets a connection
 * there but its ends, so whoever is not aborted gets back every byte; and the socket's file is gone
 * in the end.
 */
final class LocalEchoScenario implements Scenario {

  private static final Path PATH = Path.of("/run/echo");
  private static final Path NOBODY = Path.of("/run/nobody");
  private static final UnixAbstractAddress NAME = UnixAbstractAddress.of("echo");
  private static final int MOST_CLIENTS = 6;
  private static final int MOST_BYTES = 20_000;
  private static final int LARGEST_PIECE_BYTES = 3000;
  private static final long LONGEST_START_NANOS = 5_000_000;
  private static final long LONGEST_DEADLINE_NANOS = 100_000_000;
  private static final Set<Integer> REASONS = Set.of(Errno.EAGAIN, Errno.EMFILE, Errno.ENOBUFS);

  private final List<Client> connected = new ArrayList<>();
  private Simulation simulation;
  private SplittableRandom random;
  private ConnectionOptions options;
  private boolean abstractName;
  private int clientsLeft;
  private int serverConnections;

  @Override
  public String name() {
    return "local-echo";
  }

  @Override
  public void start(Simulation run) throws IOException {
    simulation = run;
    random = run.random();
    run.files().makeDirectory(PATH.getParent());
    abstractName = random.nextInt(3) == 0;
    long high = random.nextInt(1, 8192);
    options =
        ConnectionOptions.defaults()
            .withWatermarks(random.nextLong(high), high, 256 << 10)
            .withCloseLimit(Duration.ofHours(1));
    listen();
    clientsLeft = random.nextInt(1, MOST_CLIENTS + 1);
    for (int count = clientsLeft; count > 0; count--) {
      boolean astray = !abstractName && random.nextInt(6) == 0;
      long deadline = random.nextInt(3) == 0 ? random.nextLong(LONGEST_DEADLINE_NANOS) : 0;
      int number = count;
      run.after(
          random.nextLong(LONGEST_START_NANOS),
          () -> run.proactor().execute(() -> connect(number, astray, deadline)));
    }
  }

  private void listen() throws IOException {
    UnixListenerOptions listening =
        UnixListenerOptions.defaults()
            .withBacklog(random.nextInt(1, 8))
            .withMaxConnections(random.nextInt(1, 6))
            .withConnection(options);
    ConnectionAcceptor acceptor = checked(connection -> new CountedHandler());
    if (abstractName) {
      UnixListener.bind(simulation.proactor(), NAME, listening, acceptor);
    } else {
      var address = UnixDomainSocketAddress.of(PATH);
      UnixListener.bind(simulation.proactor(), address, listening, acceptor);
    }
  }

  private ConnectionAcceptor checked(ConnectionAcceptor acceptor) {
    return simulation.checked(acceptor, options.writeQueueLimitBytes());
  }

  private void connect(int number, boolean astray, long deadlineNanos) {
    ConnectionAcceptor acceptor = checked(connection -> new Client(number, connection));
    Duration deadline = Duration.ofNanos(deadlineNanos);
    var stage =
        abstractName
            ? UnixConnector.connect(simulation.proactor(), NAME, deadline, options, acceptor)
            : UnixConnector.connect(
                simulation.proactor(),
                UnixDomainSocketAddress.of(astray ? NOBODY : PATH),
                deadline,
                options,
                acceptor);
    stage.whenComplete(
        (connection, failure) -> {
          if (failure != null) {
            failed(failure, astray, deadlineNanos);
          } else if (astray) {
            simulation.violated("connected to nobody");
          }
        });
  }

  private void failed(Throwable failure, boolean astray, long deadlineNanos) {
    int errno = failure instanceof UringException uring ? uring.errno() : 0;
    boolean justly =
        REASONS.contains(errno)
            || (errno == Errno.ENOENT && astray)
            || (errno == Errno.ETIME && deadlineNanos > 0);
    if (!justly) {
      simulation.violated("connect failed with " + failure);
    }
    clientOver();
  }

  private void clientOver() {
    if (--clientsLeft == 0) {
      simulation.end();
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    connected.forEach(Client::check);
    if (clientsLeft != 0 || serverConnections != 0) {
      run.violated(clientsLeft + " clients and " + serverConnections + " others did not end");
    }
    if (run.files().read(PATH) != null) {
      run.violated("the file of the socket is left");
    }
  }

  private final class CountedHandler extends EchoHandler {

    CountedHandler() {
      serverConnections++;
    }

    @Override
    public void closed(StreamConnection connection, int errno) {
      serverConnections--;
    }
  }

  /** Sends a pattern in pieces, as there is room, then an end; and expects it all back. */
  private final class Client implements ConnectionHandler {
    private final Pattern pattern;
    private final int totalBytes = random.nextInt(MOST_BYTES);
    private final boolean aborts = random.nextInt(6) == 0;
    private int sentBytes;
    private int receivedBytes;
    private boolean ended;
    private boolean aborted;
    private int errno = -1;

    Client(int number, StreamConnection connection) {
      pattern = new Pattern(number);
      connected.add(this);
      send(connection);
    }

    private void send(StreamConnection connection) {
      while (connection.isOpen() && sentBytes < totalBytes) {
        int length = Math.min(totalBytes - sentBytes, random.nextInt(1, LARGEST_PIECE_BYTES));
        BufferSlice piece = BufferSlice.copyOf(pattern.bytes(sentBytes, length));
        sentBytes += length;
        if (!connection.write(piece)) {
          return;
        }
      }
      connection.shutdownOutput();
    }

    @Override
    public void writable(StreamConnection connection) {
      send(connection);
    }

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (pattern.difference(data.toByteArray(), receivedBytes) >= 0) {
        simulation.violated("a wrong byte came back after " + receivedBytes);
      }
      receivedBytes += data.length();
      if (aborts && random.nextInt(4) == 0) {
        aborted = true;
        connection.abort();
      }
    }

    @Override
    public void endOfStream(StreamConnection connection) {
      ended = true;
      connection.close();
    }

    @Override
    public void closed(StreamConnection connection, int closedErrno) {
      errno = closedErrno;
      clientOver();
    }

    void check() {
      boolean whole = ended && receivedBytes == totalBytes && errno == 0;
      if (!aborted && !whole) {
        String end = errno < 0 ? "open" : Errno.name(errno);
        simulation.violated(
            "a client got " + receivedBytes + " of " + totalBytes + " bytes, and is " + end);
      }
    }
  }
}
