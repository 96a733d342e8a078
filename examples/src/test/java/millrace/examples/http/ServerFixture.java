package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import millrace.proactor.ShutdownReport;

/** A server on a free port, which checks at its end that nothing was leaked and no loop failed. */
final class ServerFixture implements AutoCloseable {
  /** Generous: only a hang reaches it. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  private final HttpServer server;

  ServerFixture(Path root) throws IOException {
    this(root, options -> options);
  }

  ServerFixture(Path root, UnaryOperator<HttpServerOptions> change) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = HttpServer.start(change.apply(HttpServerOptions.defaults(root, address)));
  }

  HttpServer server() {
    return server;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  String url(String target) {
    return "http://127.0.0.1:" + address().getPort() + target;
  }

  RawClient connect() throws IOException {
    return new RawClient(address());
  }

  /** What {@code supplier} gives on the loop thread. */
  <T> T onLoop(Supplier<T> supplier) {
    CompletableFuture<T> result = new CompletableFuture<>();
    server.proactor().execute(() -> result.complete(supplier.get()));
    return result.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  int outstandingBuffers() {
    return onLoop(() -> server.proactor().buffers().outstanding());
  }

  /** Turns the loop until {@code condition} holds on it; fails after {@link #LIMIT}. */
  void await(String what, Supplier<Boolean> condition) {
    long startNanos = System.nanoTime();
    while (!onLoop(condition)) {
      if (System.nanoTime() - startNanos > LIMIT.toNanos()) {
        throw new AssertionError(what + " within " + LIMIT + ": " + server.proactor().metrics());
      }
    }
  }

  /** Until no client is left. */
  void awaitNoConnections() {
    await("no connections", () -> server.liveConnections() == 0);
  }

  @Override
  public void close() {
    ShutdownReport report = server.shutdown(Duration.ofSeconds(10));
    assertNull(report.failure());
    assertEquals(0, report.operationsAbandoned(), report::toString);
    assertEquals(0, report.buffersOutstanding(), report::toString);
  }
}
