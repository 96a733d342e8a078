package millrace.benchmarks.jitter;

import millrace.proactor.TimerPolicy;
import millrace.proactor.metrics.LatencyHistogram;

/** One place for timers under one load, over all of its rounds. */
final class JitterFigure {
  private final TimerPolicy policy;
  private final boolean echo;
  private final LatencyHistogram lateness = new LatencyHistogram();
  private volatile boolean recording;
  private long early;
  private long waits;
  private long requests;
  private double seconds;

  JitterFigure(TimerPolicy policy, boolean echo) {
    this.policy = policy;
    this.echo = echo;
  }

  TimerPolicy policy() {
    return policy;
  }

  boolean echo() {
    return echo;
  }

  String label() {
    return policy + (echo ? ", echo load" : ", idle");
  }

  /** From the loop thread. */
  void fired(long lateNanos) {
    if (lateNanos < 0) {
      early++;
    }
    if (recording) {
      lateness.record(lateNanos);
    }
  }

  void record(boolean on) {
    recording = on;
  }

  /** After a round, once its loop has ended. */
  void add(double roundSeconds, long roundWaits, long roundRequests) {
    if (early > 0) {
      throw new IllegalStateException(label() + ": " + early + " timers fired early");
    }
    seconds += roundSeconds;
    waits += roundWaits;
    requests += roundRequests;
  }

  LatencyHistogram.Snapshot lateness() {
    return lateness.snapshot();
  }

  double waitsPerSecond() {
    return waits / seconds;
  }

  double requestsPerSecond() {
    return requests / seconds;
  }

  double firedPerSecond() {
    return lateness().count() / seconds;
  }
}
