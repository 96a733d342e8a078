package millrace.examples.echo;

import java.io.IOException;
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

/** {@code millrace echo}: an echo server. */
@Command(
    name = "echo",
    description = "Sends back whatever it receives over TCP or a UNIX socket.",
    sortOptions = false)
public final class EchoCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "TCP port, 0 for a free one; required unless there is --unix.")
  private Integer port;

  @Mixin private ListenOptions listen;

  /** For picocli. */
  public EchoCommand() {}

  @Override
  public Integer call() throws CommandFailure {
    if (port == null && !listen.isUnix()) {
      throw new ParameterException(
          command.commandLine(), "Missing required option: '--port=PORT' or '--unix=PATH'");
    }
    try (EchoServer server =
        EchoServer.start(
            listen.address(port == null ? 0 : port), listen.maxConnections(1), listen.backend())) {
      Service.runUntilSignal(
          server.proactor(),
          listen.drain(),
          command.commandLine().getOut(),
          "listening on " + ListenOptions.text(server.localAddress()));
    } catch (IOException failure) {
      throw CommandFailure.of(failure);
    }
    return 0;
  }
}
