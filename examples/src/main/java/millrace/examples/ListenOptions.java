package millrace.examples;

import java.io.PrintWriter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import millrace.proactor.BackendChoice;
import millrace.uring.Libc;
import millrace.uring.ResourceLimit;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that all servers share. */
public final class ListenOptions {
  private static final int HIGHEST_PORT = 65535;

  /** For the JVM, its libraries and the loop. */
  private static final int OTHER_DESCRIPTORS = 64;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "Address to listen on (default: ${DEFAULT-VALUE}; 0.0.0.0 or :: for all).")
  private String host;

  @Option(
      names = "--unix",
      paramLabel = "PATH",
      description = "Path of a UNIX socket to listen on, instead of --host and --port.")
  private Path unix;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "8192",
      description =
          "Connections open at once; further ones wait to be accepted (default:"
              + " ${DEFAULT-VALUE}).")
  private int maxConnections;

  @Option(
      names = "--drain",
      paramLabel = "TIME",
      defaultValue = "10s",
      description =
          "How long SIGTERM and SIGINT let connections finish (default: ${DEFAULT-VALUE}).")
  private Duration drain;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "io_uring, epoll, or auto: io_uring where it is to be had (default: the system property"
              + " millrace.backend, else auto).")
  private BackendChoice backend;

  /** For picocli. */
  public ListenOptions() {}

  /** What to run on. */
  public BackendChoice backend() throws CommandFailure {
    try {
      return backend == null ? BackendChoice.ofProperty() : backend;
    } catch (IllegalArgumentException wrong) {
      throw new CommandFailure("-D" + BackendChoice.PROPERTY + ": " + wrong.getMessage(), wrong);
    }
  }

  /** Whether it is a UNIX socket, which has no port. */
  public boolean isUnix() {
    return unix != null;
  }

  /** The path of the UNIX socket, or the address with {@code port}, both checked. */
  public SocketAddress address(int port) throws CommandFailure {
    if (unix != null) {
      if (unix.toString().isEmpty()) {
        throw new ParameterException(command.commandLine(), "--unix is empty: must be a path");
      }
      return UnixDomainSocketAddress.of(unix);
    }
    check("--port", port, 0, HIGHEST_PORT);
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException unknown) {
      throw new CommandFailure("--host " + host + ": no such host", unknown);
    }
  }

  /** {@code address} as in a URL, or the path. */
  public static String text(SocketAddress socketAddress) {
    if (!(socketAddress instanceof InetSocketAddress address)) {
      return socketAddress.toString();
    }
    String host = address.getAddress().getHostAddress();
    boolean brackets = address.getAddress() instanceof Inet6Address;
    return (brackets ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /**
   * Between 1 and 100,000, and no more than there are descriptors for: a connection that waits in
   * the kernel's backlog is better off than one whose file cannot be opened. A line on standard
   * error tells when that is less than was asked for.
   *
   * @param descriptorsEach how many a connection needs
   */
  public int maxConnections(int descriptorsEach) {
    // Each one takes up to five of the loop's operations in flight, which end at 2^20.
    int wanted = check("--max-connections", maxConnections, 1, 100_000);
    long descriptors = ResourceLimit.of(Libc.RLIMIT_NOFILE).soft();
    int granted = maxConnections(wanted, descriptors, descriptorsEach);
    if (granted < wanted) {
      PrintWriter errors = command.commandLine().getErr();
      errors.println(
          "%s: --max-connections is %d instead of %d: the process may have %d descriptors (ulimit -n)"
              .formatted(
                  command.commandLine().getCommandSpec().qualifiedName(),
                  granted,
                  wanted,
                  descriptors));
      errors.flush();
    }
    return granted;
  }

  static int maxConnections(int wanted, long descriptors, int descriptorsEach) {
    long possible = (descriptors - OTHER_DESCRIPTORS) / descriptorsEach;
    return (int) Math.max(1, Math.min(wanted, possible));
  }

  /** How long a shutdown waits. */
  public Duration drain() {
    return drain;
  }

  /** {@code value}, or a {@link ParameterException} that names the option and its legal range. */
  public int check(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          command.commandLine(),
          "%s %d: must be between %d and %d".formatted(option, value, least, most));
    }
    return value;
  }
}
