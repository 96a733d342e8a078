package millrace.benchmarks.echo;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Starts two echo servers and gives the same load to one and the other in turns, so that what
 * changes on the machine meanwhile meets both. Of each pair of rounds the servers take turns to be
 * the first.
 */
public final class EchoComparison {

  private static final String WARM_UP = "warm-up";
  private static final int MAX_ATTEMPTS_PER_PAIR = 10;

  private final EchoOptions options;
  private final EchoReport report;
  private final ServerProcess first;
  private final ServerProcess second;
  private final PrintStream csv;

  private EchoComparison(
      EchoOptions options, ServerProcess first, ServerProcess second, PrintStream csv) {
    this.options = options;
    this.first = first;
    this.second = second;
    this.csv = csv;
    this.report = new EchoReport(first.label(), second.label(), System.out);
  }

  /** Runs the comparison that the arguments describe. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length > 0 && arguments[arguments.length - 1].equals("--help")) {
      System.out.println(EchoOptions.USAGE);
      return;
    }
    EchoOptions options;
    try {
      options = EchoOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("benchmarks/echo.sh: " + e.getMessage());
      System.err.println(EchoOptions.USAGE);
      System.exit(2);
      return;
    }
    String firstLabel = options.first().name().toLowerCase(Locale.ROOT);
    String secondLabel = options.second().name().toLowerCase(Locale.ROOT);
    if (firstLabel.equals(secondLabel)) {
      secondLabel += "-again";
    }
    try (ServerProcess first = ServerProcess.start(firstLabel, options.first(), options);
        ServerProcess second = ServerProcess.start(secondLabel, options.second(), options);
        PrintStream csv = new PrintStream(options.csv().toFile(), StandardCharsets.UTF_8)) {
      new EchoComparison(options, first, second, csv).run();
    }
  }

  private void run() throws IOException, InterruptedException {
    describe();
    csv.println("pair,server," + EchoRound.CSV_HEADER);
    report.printHeader();
    for (int pair = 1; pair <= options.warmUpPairs(); pair++) {
      runPair(WARM_UP, pair % 2 == 0);
    }
    int attemptsLeft = options.pairs() * MAX_ATTEMPTS_PER_PAIR;
    while (report.pairs() < options.pairs() && attemptsLeft > 0) {
      attemptsLeft--;
      int pair = report.pairs() + 1;
      // A pair that is repeated keeps its order: the orders must stay balanced.
      EchoReport.Pair rounds = runPair(Integer.toString(pair), pair % 2 == 0);
      if (rounds.disturbedPercent() <= options.disturbedLimitPercent()) {
        report.add(rounds);
      } else {
        report.discard();
      }
    }
    report.printSummary();
    System.out.println("\nfigures of each round: " + options.csv());
  }

  private EchoReport.Pair runPair(String pair, boolean swapped)
      throws IOException, InterruptedException {
    EchoRound earlier = runRound(pair, swapped ? second : first);
    EchoRound later = runRound(pair, swapped ? first : second);
    return swapped ? new EchoReport.Pair(later, earlier) : new EchoReport.Pair(earlier, later);
  }

  private EchoRound runRound(String pair, ServerProcess server)
      throws IOException, InterruptedException {
    EchoRound round = load(server);
    csv.println(pair + "," + server.label() + "," + round.csv());
    csv.flush();
    report.printRound(pair, server.label(), round);
    return round;
  }

  private EchoRound load(ServerProcess server) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(options.pinnedTo(options.clientCpu()));
    command.add(options.loadProgram().toString());
    command.addAll(List.of("-p", Integer.toString(server.port())));
    command.addAll(List.of("-P", Long.toString(server.processId())));
    command.addAll(List.of("-c", Integer.toString(options.connections())));
    command.addAll(List.of("-d", Integer.toString(options.depth())));
    command.addAll(List.of("-s", Integer.toString(options.messageBytes())));
    command.addAll(List.of("-t", Double.toString(options.seconds())));
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("status " + status + " of " + String.join(" ", command));
    }
    return EchoRound.parse(lines);
  }

  private void describe() throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%d connections of depth %d, %d B, rounds of %.1f s, server on CPU %d, client on CPU %d%n",
        options.connections(),
        options.depth(),
        options.messageBytes(),
        options.seconds(),
        options.serverCpu(),
        options.clientCpu());
    System.out.printf(
        "Linux %s, Java %s, %d CPUs, load %s%n",
        System.getProperty("os.version"),
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        Files.readString(Path.of("/proc/loadavg")).strip());
    System.out.println("servers' JVM: " + String.join(" ", options.jvmArguments()) + "\n");
  }
}
