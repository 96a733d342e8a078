package millrace.benchmarks.timers;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import millrace.benchmarks.echo.Arguments;
import millrace.benchmarks.echo.Spread;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the contenders of a {@link ComparisonTable} in turns, each time in a new JVM, and prints
 * what they cost and the ratios: the CPU time of the whole process, so that a thread of their own
 * counts.
 */
public final class TimerComparison {
  private static final String USAGE =
      """
      benchmarks/timers.sh TABLE [OPTION VALUE]...
        TABLE               TABLES
        --forks N           processes for each contender and number of timers (3)
        --iterations N      measured in each process (3)
        --seconds S         of an iteration (0.7)
        --warm-up N         iterations before those that count (2)
        --csv FILE          where each figure goes\
      """;

  /** What one process measured, per operation. */
  private record Figure(double cpuNanos, double wallNanos, double allocatedBytes) {}

  private final ComparisonTable table;
  private final String csvFile;
  private final int forks;
  private final int iterations;
  private final double seconds;
  private final int warmUps;
  private final Figure[][][] figures; // by fork, number of timers, row

  private TimerComparison(ComparisonTable table, Arguments arguments) {
    this.table = table;
    csvFile = arguments.text("--csv", "benchmarks/target/timers.csv");
    forks = arguments.number("--forks", table.forks, 1);
    iterations = arguments.number("--iterations", 3, 1);
    seconds = arguments.seconds("--seconds", 0.7);
    warmUps = arguments.number("--warm-up", 2, 1);
    arguments.checkAllKnown();
    figures = new Figure[forks][table.lives.size()][table.rows.size()];
  }

  /** Runs the comparison that the arguments describe. */
  public static void main(String[] arguments) throws IOException, RunnerException {
    String usage =
        USAGE.replace(
            "TABLES",
            Arrays.stream(ComparisonTable.values())
                .map(ComparisonTable::label)
                .collect(Collectors.joining(", ")));
    if (arguments.length == 0 || Arrays.asList(arguments).contains("--help")) {
      System.out.println(usage);
      return;
    }
    TimerComparison comparison;
    try {
      String[] options = Arrays.copyOfRange(arguments, 1, arguments.length);
      comparison = new TimerComparison(ComparisonTable.of(arguments[0]), new Arguments(options));
    } catch (IllegalArgumentException e) {
      System.err.println("benchmarks/timers.sh: " + e.getMessage());
      System.err.println(usage);
      System.exit(2);
      return;
    }
    comparison.run();
  }

  private void run() throws IOException, RunnerException {
    System.out.printf(
        "%s, Linux %s, Java %s%n",
        table.label(), System.getProperty("os.version"), Runtime.version());
    try (PrintStream csv = new PrintStream(csvFile, StandardCharsets.UTF_8)) {
      csv.println("table,fork,benchmark,contender,live,cpu_nanos,wall_nanos,allocated_bytes");
      for (int fork = 0; fork < forks; fork++) {
        for (int live = 0; live < table.lives.size(); live++) {
          for (int turn = 0; turn < table.rows.size(); turn++) {
            // Every other fork the other way round: a drift of the machine meets all.
            int row = fork % 2 == 0 ? turn : table.rows.size() - 1 - turn;
            Figure figure = measure(table.rows.get(row), table.lives.get(live));
            figures[fork][live][row] = figure;
            write(csv, fork, live, row, figure);
          }
        }
      }
    }
    print();
    System.out.println("\nfigures of each fork: " + csvFile);
  }

  private void write(PrintStream csv, int fork, int live, int row, Figure figure) {
    csv.printf(
        Locale.ROOT,
        "%s,%d,%s,%s,%d,%.2f,%.2f,%.3f%n",
        table.label(),
        fork + 1,
        table.rows.get(row).benchmark().getSimpleName(),
        table.rows.get(row).contender(),
        table.lives.get(live),
        figure.cpuNanos,
        figure.wallNanos,
        figure.allocatedBytes);
    csv.flush();
  }

  private Figure measure(ComparisonTable.Row row, int live) throws RunnerException {
    TimeValue time = TimeValue.milliseconds(Math.round(seconds * 1000));
    RunResult result =
        new Runner(
                new OptionsBuilder()
                    .include(Pattern.quote(row.benchmark().getName()) + "\\.")
                    .param("contender", row.contender())
                    .param("live", Integer.toString(live))
                    .forks(1)
                    .warmupIterations(warmUps)
                    .warmupTime(time)
                    .measurementIterations(iterations)
                    .measurementTime(time)
                    .addProfiler(CpuTimeProfiler.class)
                    .addProfiler(GCProfiler.class)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .runSingle();
    return new Figure(
        result.getSecondaryResults().get("cpu").getScore(),
        result.getPrimaryResult().getScore(),
        result.getSecondaryResults().get("gc.alloc.rate.norm").getScore());
  }

  /** A ratio is taken within a fork's turns; above 1 the first row is the faster one. */
  private void print() {
    System.out.printf(
        "%n%-9s %-28s %-28s %-24s %s%n",
        "live", "contender", "CPU ns/op (least to most)", "ratio (least to most)", "B/op");
    for (int live = 0; live < table.lives.size(); live++) {
      for (int row = 0; row < table.rows.size(); row++) {
        double[] cpuNanos = new double[forks];
        double[] ratios = new double[forks];
        double[] bytes = new double[forks];
        for (int fork = 0; fork < forks; fork++) {
          Figure figure = figures[fork][live][row];
          cpuNanos[fork] = figure.cpuNanos;
          ratios[fork] = figure.cpuNanos / figures[fork][live][0].cpuNanos;
          bytes[fork] = figure.allocatedBytes;
        }
        System.out.printf(
            Locale.ROOT,
            "%-9d %-28s %-28s %-24s %.2f%n",
            table.lives.get(live),
            table.rows.get(row).contender(),
            text(Spread.of(cpuNanos), "%.1f"),
            row == 0 ? "" : text(Spread.of(ratios), "%.2f"),
            Spread.of(bytes).median());
      }
    }
  }

  private static String text(Spread spread, String format) {
    return String.format(
        Locale.ROOT,
        format + " (" + format + " to " + format + ")",
        spread.median(),
        spread.least(),
        spread.most());
  }
}
