package millrace.proactor.simulation.scenario;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.simulation.Simulation;

/** Requests one by one, each sent again and again until an answer has come. */
abstract class DatagramRequester {

  static final long NOT_SENT = -1;

  private static final int MOST_REQUESTS = 12;
  private static final long LONGEST_PAUSE_NANOS = 3_000_000;
  private static final long SHORTEST_RETRY_NANOS = 2_000_000;
  private static final long LONGEST_RETRY_NANOS = 400_000_000;

  final Simulation simulation;
  final SplittableRandom random;
  private final int longestBytes;
  private final Set<Long> attempts = new HashSet<>();
  private int requestsLeft;
  private long retryNanos;
  private boolean answered = true;
  private boolean stopped;

  DatagramRequester(Simulation simulation, int longestBytes) {
    this.simulation = simulation;
    this.random = simulation.random().split();
    this.longestBytes = longestBytes;
    requestsLeft = random.nextInt(1, MOST_REQUESTS);
  }

  /** Sends a request of that length: its transmission; {@link #NOT_SENT}. */
  abstract long send(int lengthBytes);

  /** Runs {@code action} later, where this requester lives. */
  abstract void later(long nanos, Runnable action);

  /** All requests are answered. */
  abstract void done();

  /** The next request. */
  final void next() {
    if (stopped) {
      return;
    }
    if (requestsLeft-- == 0) {
      stop();
      done();
      return;
    }
    answered = false;
    attempts.clear();
    retryNanos = SHORTEST_RETRY_NANOS;
    attempt(random.nextInt(PatternDatagram.LEAST_BYTES, longestBytes + 1), requestsLeft);
  }

  private void attempt(int lengthBytes, int request) {
    if (stopped || answered || request != requestsLeft) {
      return;
    }
    attempts.add(send(lengthBytes));
    later(retryNanos, () -> attempt(lengthBytes, request));
    retryNanos = Math.min(LONGEST_RETRY_NANOS, retryNanos * 2);
  }

  /** Answers to requests of the past may still come. */
  final void answer(PatternDatagram datagram) {
    if (!answered && attempts.contains(datagram.answers())) {
      answered = true;
      later(random.nextLong(LONGEST_PAUSE_NANOS), this::next);
    }
  }

  /** Sends nothing any more. */
  final void stop() {
    stopped = true;
  }

  final boolean isStopped() {
    return stopped;
  }
}
