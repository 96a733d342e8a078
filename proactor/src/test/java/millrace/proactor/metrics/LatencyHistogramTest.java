package millrace.proactor.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

  private static LatencyHistogram.Snapshot of(long... durations) {
    LatencyHistogram histogram = new LatencyHistogram();
    for (long nanos : durations) {
      histogram.record(nanos);
    }
    return histogram.snapshot();
  }

  @Property
  void aPercentileIsTheExactOneOrAboveByOneThirtySecondAtMost(
      @ForAll @Size(min = 1, max = 50) List<@LongRange(min = 0) Long> durations,
      @ForAll @DoubleRange(min = 0, max = 1) double part) {
    long[] sorted = durations.stream().mapToLong(Long::longValue).sorted().toArray();
    long exact = sorted[Math.max(1, (int) Math.ceil(part * sorted.length)) - 1];
    LatencyHistogram.Snapshot snapshot = of(sorted);
    long read = snapshot.percentileNanos(part);
    assertTrue(read >= exact && read - exact <= exact / 32, read + " for " + exact);
    assertEquals(sorted.length, snapshot.count());
    assertEquals(sorted[sorted.length - 1], snapshot.maximumNanos());
    assertEquals(snapshot.maximumNanos(), snapshot.percentileNanos(1));
  }

  @Test
  void bucketsMeetWithoutGapAtEveryPowerOfTwo() {
    for (int bit = 0; bit < 63; bit++) {
      long power = 1L << bit;
      long[] around = {power - 1, power};
      LatencyHistogram.Snapshot snapshot = of(around);
      assertEquals(power - 1, snapshot.percentileNanos(0.5), "below 2^" + bit);
      assertEquals(power, snapshot.percentileNanos(1));
    }
    assertEquals(Long.MAX_VALUE, of(Long.MAX_VALUE).percentileNanos(0.5));
    assertEquals(0, of(-5).maximumNanos());
    assertEquals(1, of(-5).count());
  }

  @Test
  void anEmptyHistogramReadsAsZero() {
    assertEquals(0, of().count());
    assertEquals(0, of().percentileNanos(0.99));
    assertThrows(IllegalArgumentException.class, () -> of().percentileNanos(1.01));
    assertThrows(IllegalArgumentException.class, () -> of().percentileNanos(Double.NaN));
  }

  @Test
  void aDifferenceHasWhatWasRecordedInBetween() {
    LatencyHistogram histogram = new LatencyHistogram();
    long[] before = {10, 1_000_000};
    Arrays.stream(before).forEach(histogram::record);
    LatencyHistogram.Snapshot earlier = histogram.snapshot();
    histogram.record(40);
    histogram.record(50);
    LatencyHistogram.Snapshot between = histogram.snapshot().since(earlier);
    assertEquals(2, between.count());
    assertEquals(40, between.percentileNanos(0.5));
    assertEquals(50, between.maximumNanos());
  }
}
