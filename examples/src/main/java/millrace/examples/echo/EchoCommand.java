package millrace.examples.echo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.Callable;
import millrace.examples.CommandFailure;
import millrace.examples.ListenOptions;
import millrace.examples.Service;
import millrace.proactor.Proactor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace echo}: an echo server for TCP, UNIX sockets or UDP. */
@Command(
    name = "echo",
    description = "Sends back whatever it receives, over TCP, a UNIX socket or UDP.",
    sortOptions = false)
public final class EchoCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port, 0 for a free one; required unless there is --unix.")
  private Integer port;

  @Option(
      names = "--udp",
      description = "UDP instead of TCP: each datagram goes back to its sender.")
  private boolean udp;

  @Mixin private ListenOptions listen;

  /** For picocli. */
  public EchoCommand() {}

  @Override
  public Integer call() throws CommandFailure {
    if (port == null && !listen.isUnix()) {
      throw wrongUse("Missing required option: '--port=PORT' or '--unix=PATH'");
    }
    if (udp && listen.isUnix()) {
      throw wrongUse("--udp and --unix exclude each other");
    }
    try {
      if (udp) {
        serveDatagrams();
      } else {
        serveConnections();
      }
    } catch (IOException failure) {
      throw CommandFailure.of(failure);
    }
    return 0;
  }

  private ParameterException wrongUse(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private SocketAddress address() throws CommandFailure {
    return listen.address(port == null ? 0 : port);
  }

  private void serveConnections() throws IOException, CommandFailure {
    try (EchoServer server =
        EchoServer.start(address(), listen.maxConnections(1), listen.backend())) {
      serve(server.proactor(), "listening on " + ListenOptions.text(server.localAddress()));
    }
  }

  private void serveDatagrams() throws IOException, CommandFailure {
    try (UdpEchoServer server =
        UdpEchoServer.start((InetSocketAddress) address(), listen.backend())) {
      serve(server.proactor(), "UDP on " + ListenOptions.text(server.localAddress()));
    }
  }

  private void serve(Proactor proactor, String ready) throws CommandFailure {
    Service.runUntilSignal(proactor, listen.drain(), command.commandLine().getOut(), ready);
  }
}
