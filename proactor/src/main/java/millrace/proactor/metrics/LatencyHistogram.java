package millrace.proactor.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Counts of durations in buckets whose width grows with the duration: log-linear, 32 buckets for
 * each power of two, so that what is read differs from what was recorded by at most 1/32. 15 KiB,
 * whatever was recorded.
 *
 * <p><b>Threading.</b> One thread records, which allocates nothing and costs two opaque stores; any
 * thread takes a {@link #snapshot}. What is recorded while a snapshot is taken may or may not be in
 * it.
 */
public final class LatencyHistogram {
  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle MAXIMUM;

  static {
    try {
      MAXIMUM =
          MethodHandles.lookup().findVarHandle(LatencyHistogram.class, "maximumNanos", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int BUCKET_BITS = 5;
  private static final int BUCKETS = 1 << BUCKET_BITS;

  /** Values below 2^6 have a bucket each; each of the 57 powers of two from there has 32. */
  private static final int LENGTH = (Long.SIZE - 1 - BUCKET_BITS + 1) * BUCKETS;

  private final long[] counts = new long[LENGTH];
  private long maximumNanos;

  /** Creates an empty histogram. */
  public LatencyHistogram() {}

  /**
   * Counts one duration. The recording thread only.
   *
   * @param nanos the duration in nanoseconds; negative counts as 0
   */
  public void record(long nanos) {
    long value = Math.max(0, nanos);
    int bucket = bucketOf(value);
    COUNTS.setOpaque(counts, bucket, counts[bucket] + 1);
    if (value > maximumNanos) {
      MAXIMUM.setOpaque(this, value);
    }
  }

  private static int bucketOf(long nanos) {
    int shift = Math.max(0, Long.SIZE - 1 - BUCKET_BITS - Long.numberOfLeadingZeros(nanos));
    return shift * BUCKETS + (int) (nanos >>> shift);
  }

  /** The greatest duration that is counted in a bucket. */
  private static long endOf(int bucket) {
    int shift = Math.max(0, bucket / BUCKETS - 1);
    long first = (long) (bucket - shift * BUCKETS) << shift;
    return first + (1L << shift) - 1;
  }

  /**
   * What has been recorded so far. Any thread.
   *
   * @return a copy
   */
  public Snapshot snapshot() {
    long[] copy = new long[LENGTH];
    for (int bucket = 0; bucket < LENGTH; bucket++) {
      copy[bucket] = (long) COUNTS.getOpaque(counts, bucket);
    }
    return new Snapshot(copy, (long) MAXIMUM.getOpaque(this));
  }

  /** A histogram at one moment. Immutable; any thread. */
  public static final class Snapshot {
    private final long[] counts;
    private final long count;
    private final long maximumNanos;

    private Snapshot(long[] counts, long maximumNanos) {
      this.counts = counts;
      this.count = Arrays.stream(counts).sum();
      this.maximumNanos = maximumNanos;
    }

    /** {@return how many durations were recorded} */
    public long count() {
      return count;
    }

    /** {@return the longest duration in nanoseconds, exactly; 0 if there is none} */
    public long maximumNanos() {
      return maximumNanos;
    }

    /**
     * The duration that the given part of all durations does not exceed.
     *
     * @param part 0 to 1; 0.99 is the 99th percentile
     * @return nanoseconds, too high by at most 1/32; 0 if nothing was recorded
     */
    public long percentileNanos(double part) {
      if (!(part >= 0 && part <= 1)) {
        throw new IllegalArgumentException("part: " + part + ", must be 0..1");
      }
      long rank = Math.max(1, (long) Math.ceil(part * count));
      long passed = 0;
      for (int bucket = 0; bucket < counts.length; bucket++) {
        passed += counts[bucket];
        if (passed >= rank) {
          return Math.min(endOf(bucket), maximumNanos);
        }
      }
      return 0;
    }

    /**
     * What was recorded since an earlier snapshot of the same histogram. Its maximum is the
     * greatest that its highest bucket allows, and not above that of this snapshot.
     *
     * @param earlier the earlier one
     * @return the difference
     */
    public Snapshot since(Snapshot earlier) {
      long[] difference = new long[counts.length];
      long greatestNanos = 0;
      for (int bucket = 0; bucket < counts.length; bucket++) {
        difference[bucket] = counts[bucket] - earlier.counts[bucket];
        if (difference[bucket] > 0) {
          greatestNanos = endOf(bucket);
        }
      }
      return new Snapshot(difference, Math.min(greatestNanos, maximumNanos));
    }

    @Override
    public String toString() {
      return "count="
          + count
          + ", p50="
          + percentileNanos(0.5)
          + " ns, p99="
          + percentileNanos(0.99)
          + " ns, p99.9="
          + percentileNanos(0.999)
          + " ns, max="
          + maximumNanos
          + " ns";
    }
  }
}
