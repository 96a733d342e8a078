package millrace.benchmarks.echo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The rounds that count, and the tables made of them. */
final class EchoReport {

  /** A round of each server, one right after the other. */
  record Pair(EchoRound first, EchoRound second) {
    double disturbedPercent() {
      return Math.max(first.disturbedPercent(), second.disturbedPercent());
    }
  }

  private final String firstLabel;
  private final String secondLabel;
  private final PrintStream output;
  private final List<Pair> pairs = new ArrayList<>();
  private int discarded;

  EchoReport(String firstLabel, String secondLabel, PrintStream output) {
    this.firstLabel = firstLabel;
    this.secondLabel = secondLabel;
    this.output = output;
  }

  int pairs() {
    return pairs.size();
  }

  void add(Pair pair) {
    pairs.add(pair);
  }

  /** A pair was disturbed, and does not count. */
  void discard() {
    discarded++;
    output.println("           disturbed: this pair does not count");
  }

  void printHeader() {
    output.println(
        "pair       server      requests/s  CPU us/req  client us/req  server busy  client busy"
            + "  batch   p50 us   p95 us   p99 us  disturbed");
  }

  void printRound(String pair, String label, EchoRound round) {
    output.printf(
        Locale.ROOT,
        "%-10s %-10s %11.0f %11.3f %14.3f %11.1f%% %11.1f%% %6.1f %8.1f %8.1f %8.1f %9.1f%%%n",
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

  /** Medians and ends over the rounds; a ratio is taken within each pair, above 1 is better. */
  void printSummary() {
    if (pairs.isEmpty()) {
      output.println("\nno pair was free of disturbance: run again on a calm machine");
      return;
    }
    output.printf(
        "%nmedian (least .. most) of %d pairs, %d disturbed ones left out; ratio above 1: %s is"
            + " better%n",
        pairs.size(), discarded, firstLabel);
    output.printf("%-24s %-32s %-32s %s%n", "", firstLabel, secondLabel, "ratio");
    print("requests/s", EchoRound::requestsPerSecond, "%.0f", true);
    print("server CPU us/request", EchoRound::serverCpuMicrosPerRequest, "%.3f", false);
    print("latency p50 us", round -> round.latencyP50Nanos() / 1e3, "%.1f", false);
    print("latency p95 us", round -> round.latencyP95Nanos() / 1e3, "%.1f", false);
    print("latency p99 us", round -> round.latencyP99Nanos() / 1e3, "%.1f", false);
  }

  private void print(
      String name, ToDoubleFunction<EchoRound> figure, String format, boolean moreIsBetter) {
    double[] first = new double[pairs.size()];
    double[] second = new double[pairs.size()];
    double[] ratio = new double[pairs.size()];
    for (int index = 0; index < ratio.length; index++) {
      first[index] = figure.applyAsDouble(pairs.get(index).first());
      second[index] = figure.applyAsDouble(pairs.get(index).second());
      ratio[index] = moreIsBetter ? first[index] / second[index] : second[index] / first[index];
    }
    output.printf(
        "%-24s %-32s %-32s %s%n",
        name, text(first, format), text(second, format), text(ratio, "%.3f"));
  }

  private static String text(double[] figures, String format) {
    Spread spread = Spread.of(figures);
    String pattern = format + " (" + format + " .. " + format + ")";
    return String.format(Locale.ROOT, pattern, spread.median(), spread.least(), spread.most());
  }
}
