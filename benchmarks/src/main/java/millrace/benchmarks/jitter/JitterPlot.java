package millrace.benchmarks.jitter;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import millrace.proactor.TimerPolicy;
import millrace.proactor.metrics.LatencyHistogram;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws lateness over percentile, both on logarithmic axes. */
final class JitterPlot {
  private static final int DOTS_PER_INCH = 150;

  private static final Map<TimerPolicy, Color> COLORS =
      Map.of(
          TimerPolicy.WHEEL, new Color(0x1b6ca8),
          TimerPolicy.HEAP, new Color(0xc1440e),
          TimerPolicy.KERNEL, new Color(0x3d8b37));

  private JitterPlot() {}

  static void write(List<JitterFigure> figures, Path file) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(560)
            .title("Lateness of timers")
            .xAxisTitle("1 / (1 - percentile): 10 is p90, 100 is p99, 1000 is p99.9")
            .yAxisTitle("lateness in microseconds")
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    for (JitterFigure figure : figures) {
      add(chart, figure);
    }
    BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapFormat.PNG, DOTS_PER_INCH);
  }

  private static void add(XYChart chart, JitterFigure figure) {
    LatencyHistogram.Snapshot lateness = figure.lateness();
    double[] parts = JitterReport.parts();
    double[] x = new double[parts.length];
    double[] y = new double[parts.length];
    for (int step = 0; step < parts.length; step++) {
      x[step] = 1 / (1 - parts[step]);
      // A logarithmic axis has no zero.
      y[step] = Math.max(1, lateness.percentileNanos(parts[step])) / 1000.0;
    }
    XYSeries series = chart.addSeries(figure.label(), x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(COLORS.get(figure.policy()));
    series.setLineStyle(figure.echo() ? SeriesLines.DASH_DASH : SeriesLines.SOLID);
  }
}
