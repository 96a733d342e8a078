package millrace.benchmarks.jitter;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.TimerPolicy;

/**
 * Measures how late timers fire in a wheel, in a heap and in the kernel, on a loop that does
 * nothing else and on one that serves an echo load. The rounds take turns, so that a drift of the
 * machine meets all.
 */
public final class TimerJitter {

  private TimerJitter() {}

  /** Runs all rounds; the results go to the standard output and to two files. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length == 1 && arguments[0].equals("--help")) {
      System.out.println(JitterOptions.USAGE);
      return;
    }
    JitterOptions options;
    try {
      options = JitterOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("benchmarks/jitter.sh: " + e.getMessage());
      System.exit(2);
      return;
    }
    List<JitterFigure> figures = new ArrayList<>();
    for (boolean echo : new boolean[] {false, true}) {
      for (TimerPolicy policy : TimerPolicy.values()) {
        figures.add(new JitterFigure(policy, echo));
      }
    }
    // A round of each that does not count, as the JVM is still compiling.
    for (JitterFigure figure : figures) {
      new JitterRound(options, new JitterFigure(figure.policy(), figure.echo())).run(-1);
    }
    for (int round = 0; round < options.rounds(); round++) {
      for (JitterFigure figure : figures) {
        new JitterRound(options, figure).run(round);
      }
    }
    JitterReport.print(figures);
    JitterReport.writeCsv(figures, options.csv());
    JitterPlot.write(figures, options.png());
    System.out.println(options.csv() + ", " + options.png());
  }
}
