package millrace.benchmarks.jitter;

import java.util.SplittableRandom;
import millrace.proactor.Proactor;
import millrace.timers.Timer;

/** A timer that records how late it fires and starts itself again with a random delay. */
final class RestlessTimer extends Timer {
  private final Proactor proactor;
  private final JitterFigure figure;
  private final SplittableRandom random;
  private final long leastNanos;
  private final long mostNanos;

  RestlessTimer(Proactor proactor, JitterFigure figure, long seed, JitterOptions options) {
    this.proactor = proactor;
    this.figure = figure;
    this.random = new SplittableRandom(seed);
    this.leastNanos = options.leastMillis() * 1_000_000L;
    this.mostNanos = options.mostMillis() * 1_000_000L;
  }

  void start() {
    if (!proactor.startTimer(this, random.nextLong(leastNanos, mostNanos))) {
      throw new IllegalStateException("the timer was refused: " + proactor.metrics());
    }
  }

  @Override
  protected void expired(long nowNanos) {
    // The clock as the handler sees it, not the turn's reading: what counts is when it runs.
    figure.fired(proactor.nanoTime() - deadlineNanos());
    start();
  }
}
