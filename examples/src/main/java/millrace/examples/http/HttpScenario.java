package millrace.examples.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import millrace.examples.Listeners;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.file.AsyncDirectory;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;

/**
 * The static file server in a simulated world: clients ask for files, pipelined, slowly, piece by
 * piece; each response is right to the last byte, or the connection ends before it is complete.
 */
public final class HttpScenario implements Scenario {
  private static final int MOST_FILES = 4;
  private static final int MOST_FILE_BYTES = 20_000;
  private static final int MOST_CLIENTS = 5;
  private static final long LONGEST_START_NANOS = 5_000_000;
  private static final Path ROOT = Path.of("/www");

  /** Longer than anything that the network does. */
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final List<byte[]> files = new ArrayList<>();
  private final List<HttpSimulatedClient> clients = new ArrayList<>();
  private Simulation simulation;
  private AsyncDirectory root;
  private int clientsOver;

  /** One run's scenario. */
  public HttpScenario() {}

  @Override
  public String name() {
    return "http";
  }

  @Override
  public void configure(ProactorOptions.Builder options, Simulation run) {
    options.maxOperationsInFlight(run.random().nextInt(40, 200)).bufferPoolBytes(1 << 20);
  }

  @Override
  public void start(Simulation newSimulation) throws IOException {
    simulation = newSimulation;
    SplittableRandom random = simulation.random();
    simulation.files().makeDirectory(ROOT);
    for (int index = random.nextInt(1, MOST_FILES + 1); index > 0; index--) {
      byte[] content = new byte[random.nextInt(MOST_FILE_BYTES)];
      random.nextBytes(content);
      simulation.files().write(ROOT.resolve(files.size() + ".bin"), content);
      files.add(content);
    }
    InetSocketAddress address = listen();
    for (int count = random.nextInt(1, MOST_CLIENTS + 1); count > 0; count--) {
      HttpSimulatedClient client = new HttpSimulatedClient(simulation, files, this::clientOver);
      clients.add(client);
      simulation.after(
          random.nextLong(LONGEST_START_NANOS), () -> simulation.connect(address, client));
    }
  }

  private InetSocketAddress listen() throws IOException {
    HttpServerOptions options =
        HttpServerOptions.defaults(
                ROOT, new InetSocketAddress(InetAddress.getLoopbackAddress(), 80))
            .withTimeouts(PATIENCE, PATIENCE, PATIENCE);
    root = AsyncDirectory.open(simulation.proactor(), ROOT);
    HttpContext context =
        new HttpContext(
            options,
            simulation.proactor(),
            root,
            new DirectoryLister(simulation.proactor(), ROOT),
            virtualClock());
    ConnectionOptions connection = HttpServer.connectionOptions(options);
    return (InetSocketAddress)
        Listeners.bind(
                simulation.proactor(),
                options.address(),
                options.maxConnections(),
                connection,
                simulation.checked(
                    accepted -> new HttpConnection(context, accepted),
                    connection.writeQueueLimitBytes()))
            .localAddress();
  }

  private InstantSource virtualClock() {
    return () -> Instant.EPOCH.plusSeconds(1_700_000_000L).plusNanos(simulation.nanoTime());
  }

  private void clientOver() {
    if (++clientsOver == clients.size()) {
      simulation.end();
    }
  }

  @Override
  public void release(Simulation run) {
    root.close();
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    clients.forEach(HttpSimulatedClient::check);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
