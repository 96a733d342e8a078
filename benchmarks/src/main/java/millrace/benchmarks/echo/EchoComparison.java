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
 * changes on the machine meanwhile meets both; then starts them anew and does it again. Of each
 * pair of rounds the servers take turns to be the first.
 */
public final class EchoComparison {

  private static final String WARM_UP = "warm-up";
  private static final int MAX_ATTEMPTS_PER_PAIR = 10;

  private final EchoOptions options;
  private final EchoReport report;
  private final String firstLabel;
  private final String secondLabel;
  private final PrintStream csv;

  private EchoComparison(EchoOptions options, PrintStream csv) {
    String label = options.second().label();
    this.options = options;
    this.firstLabel = options.first().label();
    this.secondLabel = label.equals(firstLabel) ? label + "-again" : label;
    this.csv = csv;
    this.report = new EchoReport(firstLabel, secondLabel, System.out);
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
    try (PrintStream csv = new PrintStream(options.csv().toFile(), StandardCharsets.UTF_8)) {
      new EchoComparison(options, csv).run();
    }
  }

  private void run() throws IOException, InterruptedException {
    describe();
    csv.println("fork,pair,server," + EchoRound.CSV_HEADER);
    report.printHeader();
    for (int fork = 1; fork <= options.forks(); fork++) {
      runFork(fork);
    }
    report.printSummary();
    System.out.println("\nfigures of each round: " + options.csv());
  }

  /** Two identical JVMs differ, for as long as they live: only new ones show by how much. */
  private void runFork(int fork) throws IOException, InterruptedException {
    CalmMachine.await(options.calmLimitSeconds());
    boolean secondStartsFirst = fork % 2 == 0;
    try (ServerProcess earlier = secondStartsFirst ? startSecond() : startFirst();
        ServerProcess later = secondStartsFirst ? startFirst() : startSecond()) {
      ServerProcess first = secondStartsFirst ? later : earlier;
      ServerProcess second = secondStartsFirst ? earlier : later;
      for (int pair = 1; pair <= options.warmUpPairs(); pair++) {
        runPair(fork, WARM_UP, first, second, pair % 2 == 0);
      }
      report.add(runMeasuredPairs(fork, first, second));
    }
  }

  private ServerProcess startFirst() throws IOException {
    return ServerProcess.start(firstLabel, options.first(), options);
  }

  private ServerProcess startSecond() throws IOException {
    return ServerProcess.start(secondLabel, options.second(), options);
  }

  private List<EchoPair> runMeasuredPairs(int fork, ServerProcess first, ServerProcess second)
      throws IOException, InterruptedException {
    List<EchoPair> counted = new ArrayList<>();
    int attemptsLeft = options.pairs() * MAX_ATTEMPTS_PER_PAIR;
    while (counted.size() < options.pairs() && attemptsLeft > 0) {
      attemptsLeft--;
      int number = counted.size() + 1;
      // A pair that is repeated keeps its order: over all forks the orders are balanced.
      EchoPair pair =
          runPair(fork, Integer.toString(number), first, second, (fork + number) % 2 == 1);
      if (pair.disturbedPercent() <= options.disturbedLimitPercent()) {
        counted.add(pair);
      } else {
        report.discard();
        CalmMachine.await(options.calmLimitSeconds());
      }
    }
    return counted;
  }

  private EchoPair runPair(
      int fork, String pair, ServerProcess first, ServerProcess second, boolean swapped)
      throws IOException, InterruptedException {
    EchoRound earlier = runRound(fork, pair, swapped ? second : first);
    EchoRound later = runRound(fork, pair, swapped ? first : second);
    return swapped ? new EchoPair(later, earlier) : new EchoPair(earlier, later);
  }

  private EchoRound runRound(int fork, String pair, ServerProcess server)
      throws IOException, InterruptedException {
    EchoRound round = load(server);
    csv.println(fork + "," + pair + "," + server.label() + "," + round.csv());
    csv.flush();
    report.printRound(fork, pair, server.label(), round);
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
      throw new IOException(
          "status " + status + " of " + String.join(" ", command) + "; " + server.state());
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
