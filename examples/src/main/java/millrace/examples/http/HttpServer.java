package millrace.examples.http;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import millrace.examples.Listeners;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.file.AsyncDirectory;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamListener;

/** A static file server on one loop. Any thread. */
final class HttpServer implements AutoCloseable {
  // Two pieces in the queue: one that the kernel takes, and the next one.
  private static final long LOW_WATERMARK_BYTES = 64 * 1024;
  private static final long HIGH_WATERMARK_BYTES = 127 * 1024;
  private static final long QUEUE_LIMIT_BYTES = 1024 * 1024;

  /**
   * Out of reach: like the rest of a response, what is left of it at a close may take its time, as
   * long as the peer takes something of it.
   */
  private static final Duration CLOSE_LIMIT = Duration.ofDays(365);

  /** Three for the connection, one for its file's close, one for an open, read or status. */
  private static final int OPERATIONS_PER_CONNECTION = 5;

  private static final int OTHER_OPERATIONS = 64;

  private final Proactor proactor;
  private final AsyncDirectory root;
  private final StreamListener listener;

  private HttpServer(Proactor proactor, AsyncDirectory root, StreamListener listener) {
    this.proactor = proactor;
    this.root = root;
    this.listener = listener;
  }

  /**
   * Starts to serve.
   *
   * @throws IOException when the backend is not to be had, the root cannot be opened, or the
   *     address cannot be bound
   */
  static HttpServer start(HttpServerOptions options) throws IOException {
    Path realRoot = options.root().toRealPath();
    Proactor proactor = Proactor.start(proactorOptions(options));
    try {
      AsyncDirectory root = AsyncDirectory.open(proactor, realRoot);
      try {
        HttpContext context =
            new HttpContext(
                options,
                proactor,
                root,
                new DirectoryLister(proactor, realRoot),
                InstantSource.system());
        StreamListener listener =
            Listeners.bind(
                proactor,
                options.address(),
                options.maxConnections(),
                connectionOptions(options),
                connection -> new HttpConnection(context, connection));
        return new HttpServer(proactor, root, listener);
      } catch (Throwable t) {
        root.close();
        throw t;
      }
    } catch (Throwable t) {
      proactor.close();
      throw t;
    }
  }

  private static ProactorOptions proactorOptions(HttpServerOptions options) {
    return ProactorOptions.builder()
        .name("millrace-http")
        .backend(options.backend())
        .maxOperationsInFlight(
            options.maxConnections() * OPERATIONS_PER_CONNECTION + OTHER_OPERATIONS)
        .bufferPoolBytes(options.bufferBytes())
        .build();
  }

  static ConnectionOptions connectionOptions(HttpServerOptions options) {
    return ConnectionOptions.defaults()
        .withWatermarks(LOW_WATERMARK_BYTES, HIGH_WATERMARK_BYTES, QUEUE_LIMIT_BYTES)
        .withCloseLimit(CLOSE_LIMIT)
        .withSendStallLimit(options.writeTimeout())
        .withUnsentLimit(options.unsentLimitBytes());
  }

  SocketAddress localAddress() {
    return listener.localAddress();
  }

  int liveConnections() {
    return listener.liveConnections();
  }

  Proactor proactor() {
    return proactor;
  }

  /** Lets the responses under way end, at most for {@code drain}, and waits for the loop's end. */
  ShutdownReport shutdown(Duration drain) {
    ShutdownReport report = proactor.shutdown(drain).toCompletableFuture().join();
    root.close();
    return report;
  }

  @Override
  public void close() {
    shutdown(Proactor.DEFAULT_DRAIN);
  }
}
