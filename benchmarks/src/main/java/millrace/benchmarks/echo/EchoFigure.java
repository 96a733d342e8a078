package millrace.benchmarks.echo;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What the summary tells of.
 *
 * @param title its name and unit
 * @param format how it is printed
 * @param moreIsBetter whether the greater is the better
 * @param value takes it from a round
 */
record EchoFigure(
    String title, String format, boolean moreIsBetter, ToDoubleFunction<EchoRound> value) {

  static final EchoFigure REQUESTS =
      new EchoFigure("requests/s", "%.0f", true, EchoRound::requestsPerSecond);
  static final EchoFigure CPU =
      new EchoFigure("server CPU us/request", "%.3f", false, EchoRound::serverCpuMicrosPerRequest);
  static final List<EchoFigure> ALL =
      List.of(
          REQUESTS,
          CPU,
          new EchoFigure("latency p50 us", "%.1f", false, round -> round.latencyP50Nanos() / 1e3),
          new EchoFigure("latency p95 us", "%.1f", false, round -> round.latencyP95Nanos() / 1e3),
          new EchoFigure("latency p99 us", "%.1f", false, round -> round.latencyP99Nanos() / 1e3));

  double first(List<EchoPair> pairs) {
    return median(pairs, pair -> value.applyAsDouble(pair.first()));
  }

  double second(List<EchoPair> pairs) {
    return median(pairs, pair -> value.applyAsDouble(pair.second()));
  }

  /** Above 1 is better for the first. */
  double ratio(List<EchoPair> pairs) {
    return median(pairs, this::ratio);
  }

  private double ratio(EchoPair pair) {
    double first = value.applyAsDouble(pair.first());
    double second = value.applyAsDouble(pair.second());
    return moreIsBetter ? first / second : second / first;
  }

  private static double median(List<EchoPair> pairs, ToDoubleFunction<EchoPair> pairValue) {
    return Spread.of(pairs.stream().mapToDouble(pairValue).toArray()).median();
  }
}
