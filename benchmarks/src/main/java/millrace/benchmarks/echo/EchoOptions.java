package millrace.benchmarks.echo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What to compare and how.
 *
 * @param first the server whose figures are divided by the other's
 * @param second the server compared with
 * @param loadProgram the compiled load generator
 * @param csv where the figures of each round go
 * @param connections sockets
 * @param depth messages under way on each
 * @param messageBytes size of a message
 * @param seconds length of a round
 * @param forks how often both servers are started anew
 * @param warmUpPairs pairs of rounds of a fork that are not counted
 * @param pairs pairs of rounds of a fork that are
 * @param disturbedLimitPercent a pair in which others took more than this is repeated
 * @param calmLimitSeconds how long a fork, or a pair to be repeated, waits for an idle machine
 * @param serverCpu CPU that the servers are bound to, negative for none
 * @param clientCpu CPU that the load generator is bound to, negative for none
 * @param jvmArguments the options of both server JVMs
 */
record EchoOptions(
    EchoServer first,
    EchoServer second,
    Path loadProgram,
    Path csv,
    int connections,
    int depth,
    int messageBytes,
    double seconds,
    int forks,
    int warmUpPairs,
    int pairs,
    int disturbedLimitPercent,
    int calmLimitSeconds,
    int serverCpu,
    int clientCpu,
    List<String> jvmArguments) {

  static final String USAGE =
      """
      usage: benchmarks/echo.sh [OPTION VALUE]...
        --connections N      sockets (50)
        --depth N            messages under way on each (1)
        --message-bytes N    size of a message (64)
        --seconds S          length of a round (4)
        --forks N            how often both servers are started anew (5)
        --pairs N            pairs of rounds in a fork, one of each server (3)
        --warm-up-pairs N    pairs before them that are not counted (2)
        --disturbed-limit P  repeat a pair when other processes took more than P % (10)
        --calm-limit S       wait so long for an idle machine before a fork or a repetition (60)
        --first SERVER       millrace, millrace-epoll, millrace-epoll-level or nio (millrace)
        --second SERVER      likewise (nio); the same twice shows the noise
        --server-cpu N       CPU of the servers, -1 for any (0)
        --client-cpu N       CPU of the load generator, -1 for any (1)
        --jvm-arguments A    further options of both servers, separated by blanks
        --csv FILE           figures of each round (benchmarks/target/echo.csv)\
      """;

  /** Equal heaps, and the collector that is cheapest on one CPU. */
  private static final List<String> JVM_ARGUMENTS =
      List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");

  /**
   * Reads the command line.
   *
   * @throws IllegalArgumentException with a line that says what is wrong
   */
  static EchoOptions parse(String[] arguments) {
    Arguments given = new Arguments(arguments);
    List<String> jvmArguments = new ArrayList<>(JVM_ARGUMENTS);
    jvmArguments.addAll(
        Arrays.stream(given.text("--jvm-arguments", "").split(" "))
            .filter(argument -> !argument.isBlank())
            .toList());
    EchoOptions options =
        new EchoOptions(
            server(given.text("--first", "millrace")),
            server(given.text("--second", "nio")),
            Path.of(given.text("--load-program", "benchmarks/target/echo_load")),
            Path.of(given.text("--csv", "benchmarks/target/echo.csv")),
            given.number("--connections", 50, 1),
            given.number("--depth", 1, 1),
            given.number("--message-bytes", 64, 1),
            given.seconds("--seconds", 4),
            given.number("--forks", 5, 1),
            given.number("--warm-up-pairs", 2, 0),
            given.number("--pairs", 3, 1),
            given.number("--disturbed-limit", 10, 0),
            given.number("--calm-limit", 60, 0),
            given.number("--server-cpu", 0, -1),
            given.number("--client-cpu", 1, -1),
            List.copyOf(jvmArguments));
    given.checkAllKnown();
    return options;
  }

  /** The start of a command line that binds the rest of it to a CPU. */
  List<String> pinnedTo(int cpu) {
    return cpu < 0 ? List.of() : List.of("taskset", "--cpu-list", Integer.toString(cpu));
  }

  private static EchoServer server(String name) {
    return Arrays.stream(EchoServer.values())
        .filter(server -> server.label().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no server " + name + ": " + EchoServer.labels()));
  }
}
