package millrace.examples.http;

import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import millrace.proactor.BackendChoice;

/**
 * What a {@link HttpServer} serves and how much it puts up with.
 *
 * @param root the directory that is served
 * @param address where to listen; port 0 takes a free one
 * @param idleTimeout how long a connection may be without a request between two of them
 * @param headerTimeout how long a request head may take, from its first byte (of the first one:
 *     from the connection's beginning), and a body that nobody wants
 * @param writeTimeout how long a response may make no progress at all, above all because its peer
 *     takes nothing of it; progress shows in steps of about half of {@code unsentLimitBytes}
 * @param maxConnections connections open at once; further ones wait in the kernel's backlog
 * @param bufferBytes most memory for what is being sent
 * @param unsentLimitBytes how much the kernel takes of each response ahead of sending it
 * @param limits sizes of a request head
 * @param backend what to run on
 */
record HttpServerOptions(
    Path root,
    SocketAddress address,
    Duration idleTimeout,
    Duration headerTimeout,
    Duration writeTimeout,
    int maxConnections,
    long bufferBytes,
    int unsentLimitBytes,
    RequestLimits limits,
    BackendChoice backend) {

  static HttpServerOptions defaults(Path root, SocketAddress address) {
    return new HttpServerOptions(
        root,
        address,
        Duration.ofSeconds(60),
        Duration.ofSeconds(15),
        Duration.ofSeconds(60),
        8192,
        256L << 20,
        128 * 1024,
        RequestLimits.DEFAULT,
        BackendChoice.ofProperty());
  }

  HttpServerOptions withTimeouts(Duration idle, Duration header, Duration write) {
    return new HttpServerOptions(
        root,
        address,
        idle,
        header,
        write,
        maxConnections,
        bufferBytes,
        unsentLimitBytes,
        limits,
        backend);
  }

  HttpServerOptions withMaxConnections(int connections) {
    return new HttpServerOptions(
        root,
        address,
        idleTimeout,
        headerTimeout,
        writeTimeout,
        connections,
        bufferBytes,
        unsentLimitBytes,
        limits,
        backend);
  }

  HttpServerOptions withBufferBytes(long bytes) {
    return new HttpServerOptions(
        root,
        address,
        idleTimeout,
        headerTimeout,
        writeTimeout,
        maxConnections,
        bytes,
        unsentLimitBytes,
        limits,
        backend);
  }

  HttpServerOptions withUnsentLimitBytes(int bytes) {
    return new HttpServerOptions(
        root,
        address,
        idleTimeout,
        headerTimeout,
        writeTimeout,
        maxConnections,
        bufferBytes,
        bytes,
        limits,
        backend);
  }

  HttpServerOptions withBackend(BackendChoice choice) {
    return new HttpServerOptions(
        root,
        address,
        idleTimeout,
        headerTimeout,
        writeTimeout,
        maxConnections,
        bufferBytes,
        unsentLimitBytes,
        limits,
        choice);
  }
}
