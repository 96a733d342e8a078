package millrace.benchmarks.jitter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import millrace.proactor.TimerPolicy;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JitterReportTest {
  @TempDir Path directory;

  @BeforeAll
  static void drawWithoutADisplay() {
    System.setProperty("java.awt.headless", "true");
  }

  /** A thousand timers that were late by 1 to 1000 us. */
  private static JitterFigure figure(TimerPolicy policy, boolean echo) {
    JitterFigure figure = new JitterFigure(policy, echo);
    figure.fired(1_000_000_000);
    figure.record(true);
    for (int late = 1; late <= 1000; late++) {
      figure.fired(late * 1000L);
    }
    figure.record(false);
    figure.fired(1_000_000_000);
    figure.add(2, 500, 4000);
    return figure;
  }

  @Test
  void aFigureHasWhatFiredWhileItWasRecorded() {
    JitterFigure figure = figure(TimerPolicy.WHEEL, true);
    assertEquals("WHEEL, echo load", figure.label());
    assertEquals(1000, figure.lateness().count());
    assertEquals(1_000_000, figure.lateness().maximumNanos());
    assertEquals(500, figure.firedPerSecond());
    assertEquals(250, figure.waitsPerSecond());
    assertEquals(2000, figure.requestsPerSecond());
  }

  @Test
  void aTimerThatFiresEarlyEndsTheReport() {
    JitterFigure figure = new JitterFigure(TimerPolicy.HEAP, false);
    figure.fired(-1);
    IllegalStateException early =
        assertThrows(IllegalStateException.class, () -> figure.add(1, 1, 0));
    assertEquals("HEAP, idle: 1 timers fired early", early.getMessage());
  }

  @Test
  void theFileHasEachFiguresPercentilesUpToTheMaximum() throws Exception {
    Path csv = directory.resolve("jitter.csv");
    JitterReport.writeCsv(
        List.of(figure(TimerPolicy.WHEEL, false), figure(TimerPolicy.KERNEL, true)), csv);
    List<String> lines = Files.readAllLines(csv);
    int percentiles = JitterReport.parts().length + 1;
    assertEquals(1 + 2 * percentiles, lines.size());
    assertEquals("policy,load,percentile,lateness_nanos", lines.get(0));
    assertEquals("WHEEL,idle,100,1000000", lines.get(percentiles));
    assertEquals("KERNEL,echo,100,1000000", lines.get(2 * percentiles));
    String p90 =
        lines.stream()
            .filter(line -> line.startsWith("WHEEL,idle,90.0000,"))
            .findFirst()
            .orElseThrow();
    long late = Long.parseLong(p90.substring(p90.lastIndexOf(',') + 1));
    assertTrue(late >= 900_000 && late <= 900_000 + 900_000 / 32, p90);
  }

  @Test
  void thePercentilesGrowEvenlyOnALogarithmicAxisToFourNines() {
    double[] parts = JitterReport.parts();
    assertEquals(0, parts[0]);
    assertEquals(0.9999, parts[parts.length - 1], 1e-12);
    for (int step = 1; step < parts.length; step++) {
      double ratio = (1 - parts[step - 1]) / (1 - parts[step]);
      assertEquals(Math.pow(10, 0.05), ratio, 1e-9);
    }
  }

  @Test
  void thePlotIsAPicture() throws Exception {
    Path png = directory.resolve("jitter.png");
    JitterPlot.write(List.of(figure(TimerPolicy.HEAP, false)), png);
    BufferedImage picture = ImageIO.read(png.toFile());
    assertTrue(picture.getWidth() > 900 && picture.getHeight() > 500, picture::toString);
  }

  @Test
  void whatIsWrongWithTheOptionsIsSaid() {
    assertEquals(100, JitterOptions.parse(new String[0]).timers());
    IllegalArgumentException delays =
        assertThrows(
            IllegalArgumentException.class,
            () -> JitterOptions.parse(new String[] {"--least-millis", "100"}));
    assertEquals("--least-millis must be below --most-millis", delays.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> JitterOptions.parse(new String[] {"--no-such-option", "1"}));
  }
}
