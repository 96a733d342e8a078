package millrace.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import millrace.benchmarks.echo.Arguments;
import millrace.benchmarks.echo.Spread;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@link NopBenchmark#ring} beside the same rounds in C, in turns, each time in a new process; of
 * each pair the two take turns to be the first. A figure is nanoseconds per round: the median of a
 * process's iterations.
 */
public final class NopComparison {

  private static final String USAGE =
      """
      benchmarks/nop.sh [OPTION VALUE]...
        --batches A,B,...   NOPs in a round (1,32,128)
        --forks N           pairs of processes for each batch (5)
        --iterations N      measured in each process (3)
        --seconds S         of an iteration (1)
        --warm-up N         iterations of the JVM before those that count (4)
        --csv FILE          where each figure goes\
      """;

  /** What one process measured: nanoseconds per round, and bytes allocated per round. */
  private record Figure(double nanosPerRound, double bytesPerRound) {}

  private final String cProgram;
  private final String csvFile;
  private final int[] batches;
  private final int forks;
  private final int iterations;
  private final double seconds;
  private final int warmUps;

  private NopComparison(Arguments arguments) {
    cProgram = arguments.text("--c-program", "benchmarks/target/nop_rounds");
    csvFile = arguments.text("--csv", "nop.csv");
    batches =
        Pattern.compile(",")
            .splitAsStream(arguments.text("--batches", "1,32,128"))
            .mapToInt(Integer::parseInt)
            .toArray();
    forks = arguments.number("--forks", 5, 1);
    iterations = arguments.number("--iterations", 3, 1);
    seconds = arguments.seconds("--seconds", 1);
    warmUps = arguments.number("--warm-up", 4, 1);
    arguments.checkAllKnown();
  }

  /** Runs the comparison that the arguments describe. */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, RunnerException {
    if (arguments.length > 0 && arguments[arguments.length - 1].equals("--help")) {
      System.out.println(USAGE);
      return;
    }
    NopComparison comparison;
    try {
      comparison = new NopComparison(new Arguments(arguments));
    } catch (IllegalArgumentException e) {
      System.err.println("benchmarks/nop.sh: " + e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
      return;
    }
    comparison.run();
  }

  private void run() throws IOException, InterruptedException, RunnerException {
    System.out.printf("Linux %s, Java %s%n", System.getProperty("os.version"), Runtime.version());
    System.out.println("fork batch  Java ns/round    C ns/round  C/Java  Java B/round");
    List<List<Figure>> java = new ArrayList<>();
    List<List<Figure>> inC = new ArrayList<>();
    try (PrintStream csv = new PrintStream(csvFile, StandardCharsets.UTF_8)) {
      csv.println("fork,batch,java_nanos,c_nanos,java_allocated_bytes");
      for (int fork = 1; fork <= forks; fork++) {
        for (int index = 0; index < batches.length; index++) {
          if (fork == 1) {
            java.add(new ArrayList<>());
            inC.add(new ArrayList<>());
          }
          // Every other pair the other way round: a drift of the machine meets both.
          boolean javaFirst = (fork + index) % 2 == 1;
          Figure first = javaFirst ? runJava(batches[index]) : runC(batches[index]);
          Figure second = javaFirst ? runC(batches[index]) : runJava(batches[index]);
          Figure javaFigure = javaFirst ? first : second;
          Figure cFigure = javaFirst ? second : first;
          java.get(index).add(javaFigure);
          inC.get(index).add(cFigure);
          print(
              System.out,
              "%-4d %5d %14.1f %13.1f %7.3f %13.4f%n",
              fork,
              index,
              javaFigure,
              cFigure);
          csv.printf(
              Locale.ROOT,
              "%d,%d,%.2f,%.2f,%.4f%n",
              fork,
              batches[index],
              javaFigure.nanosPerRound,
              cFigure.nanosPerRound,
              javaFigure.bytesPerRound);
          csv.flush();
        }
      }
    }
    summarize(java, inC);
    System.out.println("\nfigures of each fork: " + csvFile);
  }

  private void print(
      PrintStream output, String format, int fork, int index, Figure javaFigure, Figure cFigure) {
    output.printf(
        Locale.ROOT,
        format,
        fork,
        batches[index],
        javaFigure.nanosPerRound,
        cFigure.nanosPerRound,
        cFigure.nanosPerRound / javaFigure.nanosPerRound,
        javaFigure.bytesPerRound);
  }

  /** Ratios are taken within a pair; above 1 Java is the faster one. */
  private void summarize(List<List<Figure>> java, List<List<Figure>> inC) {
    System.out.println(
        "\nmedian (least to most)    Java ns/round              C ns/round"
            + "              C/Java          million NOPs/s, Java");
    for (int index = 0; index < batches.length; index++) {
      double[] ratios = new double[forks];
      for (int fork = 0; fork < forks; fork++) {
        ratios[fork] =
            inC.get(index).get(fork).nanosPerRound / java.get(index).get(fork).nanosPerRound;
      }
      Spread javaNanos = spread(java.get(index));
      System.out.printf(
          Locale.ROOT,
          "batch %-5d %s %s %s %10.2f%n",
          batches[index],
          text(javaNanos, "%10.1f"),
          text(spread(inC.get(index)), "%10.1f"),
          text(Spread.of(ratios), "%7.3f"),
          batches[index] * 1e3 / javaNanos.median());
    }
  }

  private static Spread spread(List<Figure> figures) {
    return Spread.of(figures.stream().mapToDouble(Figure::nanosPerRound).toArray());
  }

  private static String text(Spread spread, String format) {
    return String.format(
        Locale.ROOT,
        format + " (" + format.strip() + " to " + format.strip() + ")",
        spread.median(),
        spread.least(),
        spread.most());
  }

  private Figure runJava(int batch) throws RunnerException {
    TimeValue time = TimeValue.milliseconds(Math.round(seconds * 1000));
    RunResult result =
        new Runner(
                new OptionsBuilder()
                    .include(Pattern.quote(NopBenchmark.class.getName() + ".ring") + "$")
                    .param("batch", Integer.toString(batch))
                    .forks(1)
                    .warmupIterations(warmUps)
                    .warmupTime(time)
                    .measurementIterations(iterations)
                    .measurementTime(time)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .runSingle();
    List<IterationResult> measured =
        new ArrayList<>(result.getBenchmarkResults().iterator().next().getIterationResults());
    double bytes = 0;
    double rounds = 0;
    for (IterationResult iteration : measured) {
      bytes += iteration.getSecondaryResults().get("allocatedBytes").getScore();
      rounds += iteration.getMetadata().getMeasuredOps();
    }
    return new Figure(
        Spread.of(
                measured.stream()
                    .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                    .toArray())
            .median(),
        bytes / rounds);
  }

  private Figure runC(int batch) throws IOException, InterruptedException {
    List<String> command =
        List.of(
            cProgram,
            Integer.toString(batch),
            Double.toString(seconds / 2),
            Integer.toString(iterations),
            Double.toString(seconds));
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    double[] nanos =
        process
            .inputReader(StandardCharsets.UTF_8)
            .lines()
            .mapToDouble(Double::parseDouble)
            .toArray();
    int status = process.waitFor();
    if (status != 0 || nanos.length != iterations) {
      throw new IOException("status " + status + " of " + String.join(" ", command));
    }
    return new Figure(Spread.of(nanos).median(), 0);
  }
}
