package millrace.benchmarks.timers;

/** Random numbers for a benchmark's inner loop: a xorshift generator, the same for everybody. */
final class Delays {
  private final long leastNanos;
  private final long rangeNanos;
  private long state = 0x9E3779B97F4A7C15L;

  /** Delays are spread evenly over {@code [leastNanos, leastNanos + rangeNanos)}. */
  Delays(long leastNanos, long rangeNanos) {
    this.leastNanos = leastNanos;
    this.rangeNanos = rangeNanos;
  }

  long nextNanos() {
    return leastNanos + Math.unsignedMultiplyHigh(next(), rangeNanos);
  }

  int nextBelow(int bound) {
    return (int) Math.unsignedMultiplyHigh(next(), bound);
  }

  private long next() {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    // The generator's low bits are its weak ones, and only the high ones are used.
    return state * 0x2545F4914F6CDD1DL;
  }
}
