package millrace.benchmarks.jitter;

import java.nio.file.Path;
import millrace.benchmarks.echo.Arguments;

/**
 * What to measure.
 *
 * @param timers timers started at any time
 * @param leastMillis the shortest delay
 * @param mostMillis the longest delay
 * @param warmUpSeconds the part of a round before lateness is recorded
 * @param seconds the part in which it is
 * @param rounds rounds of each place and load
 * @param connections connections of the echo load, with one message under way on each
 * @param loadProgram the compiled load generator
 * @param loadCpu CPU that it is bound to, negative for none
 * @param csv where the percentiles go
 * @param png where the plot goes
 */
record JitterOptions(
    int timers,
    int leastMillis,
    int mostMillis,
    double warmUpSeconds,
    double seconds,
    int rounds,
    int connections,
    Path loadProgram,
    int loadCpu,
    Path csv,
    Path png) {

  static final String USAGE =
      """
      usage: benchmarks/jitter.sh [OPTION VALUE]...
        --timers N           timers started at any time (100)
        --least-millis N     the shortest delay (1)
        --most-millis N      the longest delay (100)
        --warm-up-seconds S  the part of a round before lateness is recorded (1)
        --seconds S          the part in which it is (4)
        --rounds N           rounds of each place and load, in turn (3)
        --connections N      connections of the echo load (50)
        --load-cpu N         CPU of the load generator, -1 for any (1)
        --csv FILE           percentiles (benchmarks/target/jitter.csv)
        --png FILE           their plot (benchmarks/target/jitter.png)\
      """;

  /**
   * Reads the command line.
   *
   * @throws IllegalArgumentException with a line that says what is wrong
   */
  static JitterOptions parse(String[] arguments) {
    Arguments given = new Arguments(arguments);
    JitterOptions options =
        new JitterOptions(
            given.number("--timers", 100, 1),
            given.number("--least-millis", 1, 0),
            given.number("--most-millis", 100, 1),
            given.seconds("--warm-up-seconds", 1),
            given.seconds("--seconds", 4),
            given.number("--rounds", 3, 1),
            given.number("--connections", 50, 1),
            Path.of(given.text("--load-program", "benchmarks/target/echo_load")),
            given.number("--load-cpu", 1, -1),
            Path.of(given.text("--csv", "benchmarks/target/jitter.csv")),
            Path.of(given.text("--png", "benchmarks/target/jitter.png")));
    given.checkAllKnown();
    if (options.leastMillis >= options.mostMillis) {
      throw new IllegalArgumentException("--least-millis must be below --most-millis");
    }
    return options;
  }
}
