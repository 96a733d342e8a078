package millrace.benchmarks.jitter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import millrace.proactor.metrics.LatencyHistogram;

/** The figures as a table and as percentiles in a file. */
final class JitterReport {
  private static final double NANOS_PER_MICROSECOND = 1000;

  /** Percentiles up to 99.99, of which 20 for each nine. */
  private static final int STEPS_PER_NINE = 20;

  private static final int NINES = 4;

  private JitterReport() {}

  static void print(List<JitterFigure> figures) {
    System.out.printf(
        Locale.ROOT,
        "%-18s %8s %8s %8s %8s %8s %10s %10s %10s %10s%n",
        "lateness in us",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "fired",
        "fired/s",
        "waits/s",
        "echoes/s");
    for (JitterFigure figure : figures) {
      LatencyHistogram.Snapshot lateness = figure.lateness();
      System.out.printf(
          Locale.ROOT,
          "%-18s %8.1f %8.1f %8.1f %8.1f %8.1f %10d %10.0f %10.0f %10.0f%n",
          figure.label(),
          lateness.percentileNanos(0.5) / NANOS_PER_MICROSECOND,
          lateness.percentileNanos(0.9) / NANOS_PER_MICROSECOND,
          lateness.percentileNanos(0.99) / NANOS_PER_MICROSECOND,
          lateness.percentileNanos(0.999) / NANOS_PER_MICROSECOND,
          lateness.maximumNanos() / NANOS_PER_MICROSECOND,
          lateness.count(),
          figure.firedPerSecond(),
          figure.waitsPerSecond(),
          figure.requestsPerSecond());
    }
  }

  /** The percentiles that the file and the plot have; 1 / (1 - part) grows evenly on a log axis. */
  static double[] parts() {
    double[] parts = new double[STEPS_PER_NINE * NINES + 1];
    for (int step = 0; step < parts.length; step++) {
      parts[step] = 1 - Math.pow(10, -(double) step / STEPS_PER_NINE);
    }
    return parts;
  }

  static void writeCsv(List<JitterFigure> figures, Path file) throws IOException {
    StringBuilder csv = new StringBuilder("policy,load,percentile,lateness_nanos\n");
    for (JitterFigure figure : figures) {
      LatencyHistogram.Snapshot lateness = figure.lateness();
      String load = figure.echo() ? "echo" : "idle";
      for (double part : parts()) {
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%s,%.4f,%d%n",
                figure.policy(),
                load,
                part * 100,
                lateness.percentileNanos(part)));
      }
      csv.append(
          String.format(
              Locale.ROOT, "%s,%s,100,%d%n", figure.policy(), load, lateness.maximumNanos()));
    }
    Files.writeString(file, csv);
  }
}
