package millrace.benchmarks.echo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The rounds that count, and the tables made of them. */
final class EchoReport {

  private final String firstLabel;
  private final String secondLabel;
  private final PrintStream output;
  private final List<List<EchoPair>> forks = new ArrayList<>();
  private int discarded;

  EchoReport(String firstLabel, String secondLabel, PrintStream output) {
    this.firstLabel = firstLabel;
    this.secondLabel = secondLabel;
    this.output = output;
  }

  /** The pairs of a fork that count; there may be none. */
  void add(List<EchoPair> pairs) {
    if (pairs.isEmpty()) {
      output.println("           disturbed: this fork does not count");
      return;
    }
    forks.add(pairs);
    output.printf(
        Locale.ROOT,
        "           ratios of this fork: %.3f requests/s, %.3f CPU%n",
        EchoFigure.REQUESTS.ratio(pairs),
        EchoFigure.CPU.ratio(pairs));
  }

  /** A pair was disturbed, and does not count. */
  void discard() {
    discarded++;
    output.println("           disturbed: this pair does not count");
  }

  void printHeader() {
    output.println(
        "fork pair    server               requests/s  CPU us/req  client us/req  server busy "
            + " client busy  batch   p50 us   p95 us   p99 us  disturbed");
  }

  void printRound(int fork, String pair, String label, EchoRound round) {
    output.printf(
        Locale.ROOT,
        "%-4d %-7s %-20s %11.0f %11.3f %14.3f %11.1f%% %11.1f%% %6.1f %8.1f %8.1f %8.1f %9.1f%%%n",
        fork,
        pair,
        label,
        round.requestsPerSecond(),
        round.serverCpuMicrosPerRequest(),
        round.clientCpuMicrosPerRequest(),
        round.serverBusyPercent(),
        round.clientBusyPercent(),
        round.requestsPerPoll(),
        round.latencyP50Nanos() / 1e3,
        round.latencyP95Nanos() / 1e3,
        round.latencyP99Nanos() / 1e3,
        round.disturbedPercent());
  }

  /**
   * A fork counts as one: its rounds share the luck of its JVMs, so that only forks show the
   * spread.
   */
  void printSummary() {
    int pairs = forks.stream().mapToInt(List::size).sum();
    if (pairs == 0) {
      output.println("\nno pair was free of disturbance: run again on a calm machine");
      return;
    }
    output.printf(
        "%nmedian (least .. most) of %d forks, each the median of its pairs; %d pairs counted, %d"
            + " disturbed ones left out%nratio above 1: %s is better%n",
        forks.size(), pairs, discarded, firstLabel);
    output.printf("%-24s %-32s %-32s %s%n", "", firstLabel, secondLabel, "ratio");
    for (EchoFigure figure : EchoFigure.ALL) {
      output.printf(
          "%-24s %-32s %-32s %s%n",
          figure.title(),
          text(figure::first, figure.format()),
          text(figure::second, figure.format()),
          text(figure::ratio, "%.3f"));
    }
  }

  private String text(ToDoubleFunction<List<EchoPair>> value, String format) {
    Spread spread = Spread.of(forks.stream().mapToDouble(value).toArray());
    String pattern = format + " (" + format + " .. " + format + ")";
    return String.format(Locale.ROOT, pattern, spread.median(), spread.least(), spread.most());
  }
}
