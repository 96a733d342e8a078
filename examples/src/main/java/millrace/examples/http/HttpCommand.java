package millrace.examples.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import millrace.examples.CommandFailure;
import millrace.examples.ListenOptions;
import millrace.examples.Service;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace http}: a static file server. */
@Command(
    name = "http",
    description = "Serves the files of a directory over HTTP/1.1.",
    sortOptions = false)
public final class HttpCommand implements Callable<Integer> {
  /** The socket and a file. */
  private static final int DESCRIPTORS_PER_CONNECTION = 2;

  private static final int LEAST_BUFFER_MEBIBYTES = 1;
  private static final int MOST_BUFFER_MEBIBYTES = 64 * 1024;

  @Spec private CommandSpec command;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      required = true,
      description = "The directory to serve. Symbolic links that leave it are not followed.")
  private Path root;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "TCP port, 0 for a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Mixin private ListenOptions listen;

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "How long a connection may wait between requests (default: ${DEFAULT-VALUE}).")
  private Duration idleTimeout;

  @Option(
      names = "--header-timeout",
      paramLabel = "TIME",
      defaultValue = "15s",
      description = "How long a request head may take (default: ${DEFAULT-VALUE}).")
  private Duration headerTimeout;

  @Option(
      names = "--write-timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "How long a response may make no progress (default: ${DEFAULT-VALUE}).")
  private Duration writeTimeout;

  @Option(
      names = "--buffer-memory",
      paramLabel = "MIB",
      defaultValue = "256",
      description = "Most memory for data being sent, in MiB (default: ${DEFAULT-VALUE}).")
  private int bufferMebibytes;

  /** For picocli. */
  public HttpCommand() {}

  @Override
  public Integer call() throws CommandFailure {
    listen.check("--buffer-memory", bufferMebibytes, LEAST_BUFFER_MEBIBYTES, MOST_BUFFER_MEBIBYTES);
    HttpServerOptions options =
        HttpServerOptions.defaults(readableRoot(), listen.address(port))
            .withTimeouts(idleTimeout, headerTimeout, writeTimeout)
            .withMaxConnections(listen.maxConnections(DESCRIPTORS_PER_CONNECTION))
            .withBufferBytes((long) bufferMebibytes << 20)
            .withBackend(listen.backend());
    try (HttpServer server = HttpServer.start(options)) {
      Service.runUntilSignal(
          server.proactor(),
          listen.drain(),
          command.commandLine().getOut(),
          "listening on "
              + (listen.isUnix() ? "" : "http://")
              + ListenOptions.text(server.localAddress()));
    } catch (IOException failure) {
      throw CommandFailure.of(failure);
    }
    return 0;
  }

  private Path readableRoot() throws CommandFailure {
    // A script's variable that is not set: java.nio.file takes it for the current directory.
    if (root.toString().isEmpty()) {
      throw new ParameterException(command.commandLine(), "--root is empty: must be a directory");
    }
    if (!Files.exists(root)) {
      throw new CommandFailure("--root " + root + ": no such directory");
    }
    if (!Files.isDirectory(root)) {
      throw new CommandFailure("--root " + root + ": not a directory");
    }
    if (!Files.isReadable(root) || !Files.isExecutable(root)) {
      throw new CommandFailure("--root " + root + ": permission denied");
    }
    return root;
  }
}
