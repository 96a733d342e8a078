package millrace.timers;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The naive model: a sorted set of entries. Instants are unbounded integers here, so that nothing
 * in the model can wrap around.
 */
final class ModelTimerQueue {
  /** What the model knows of a started timer; ordered by deadline, then by start. */
  record Entry(int timer, BigInteger deadline, BigInteger dueAt, long sequence)
      implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byDeadline = deadline.compareTo(other.deadline);
      return byDeadline != 0 ? byDeadline : Long.compare(sequence, other.sequence);
    }
  }

  private final BigInteger tick;
  private final int maxLive;
  private final TreeSet<Entry> entries = new TreeSet<>();
  private final Map<Integer, Entry> byTimer = new HashMap<>();
  private BigInteger origin;
  private BigInteger now;
  private long nowNanos;
  private long sequence;
  private long callSequence = Long.MAX_VALUE;

  ModelTimerQueue(long startNanos, long tickNanos, int maxLive) {
    this.nowNanos = startNanos;
    this.now = BigInteger.valueOf(startNanos);
    this.origin = now;
    this.tick = BigInteger.valueOf(tickNanos);
    this.maxLive = maxLive;
  }

  boolean start(int timer, long deadlineNanos) {
    boolean started = byTimer.containsKey(timer);
    if (!started && byTimer.size() == maxLive) {
      return false;
    }
    cancel(timer);
    BigInteger deadline = now.add(BigInteger.valueOf(deadlineNanos - nowNanos));
    boolean past = deadline.compareTo(now) <= 0;
    Entry entry = new Entry(timer, deadline, past ? now : tickAfter(deadline), sequence++);
    entries.add(entry);
    byTimer.put(timer, entry);
    return true;
  }

  private BigInteger tickAfter(BigInteger deadline) {
    BigInteger running = deadline.subtract(origin).mod(tick);
    return running.signum() == 0 ? deadline : deadline.add(tick.subtract(running));
  }

  boolean cancel(int timer) {
    Entry entry = byTimer.remove(timer);
    return entry != null && entries.remove(entry);
  }

  void beginExpire(long callNanos) {
    long elapsedNanos = callNanos - nowNanos;
    if (elapsedNanos > 0) {
      now = now.add(BigInteger.valueOf(elapsedNanos));
      nowNanos = callNanos;
    }
    callSequence = sequence;
  }

  void endExpire() {
    callSequence = Long.MAX_VALUE;
  }

  void beginDrain() {
    callSequence = sequence;
  }

  /** The timers that the call did not hand over are started anew; the past ones lose no place. */
  void endDrain() {
    for (Entry entry : List.copyOf(entries)) {
      if (entry.sequence < callSequence && entry.deadline.compareTo(now) > 0) {
        entries.remove(entry);
        Entry anew = new Entry(entry.timer, entry.deadline, entry.dueAt, sequence++);
        entries.add(anew);
        byTimer.put(entry.timer, anew);
      }
    }
    callSequence = Long.MAX_VALUE;
  }

  /** The timer that a drain must hand over next; null if it must end. */
  Entry firstStartedBeforeTheCall() {
    for (Entry entry : entries) {
      if (entry.sequence < callSequence) {
        return entry;
      }
    }
    return null;
  }

  /** The timer that must fire next if any does: the first that was started before the call. */
  Entry firstEligible() {
    for (Entry entry : entries) {
      if (entry.sequence < callSequence && entry.deadline.compareTo(now) <= 0) {
        return entry;
      }
    }
    return null;
  }

  /** Whether a timer that was started before the call must have fired by now. */
  boolean mustFireMore() {
    return entries.stream()
        .anyMatch(entry -> entry.sequence < callSequence && entry.dueAt.compareTo(now) <= 0);
  }

  /** How long after the model's time the first timer must fire; not negative. */
  BigInteger delayOfFirst() {
    return entries.stream()
        .map(Entry::dueAt)
        .min(BigInteger::compareTo)
        .orElseThrow()
        .subtract(now)
        .max(BigInteger.ZERO);
  }

  boolean isStarted(int timer) {
    return byTimer.containsKey(timer);
  }

  int live() {
    return byTimer.size();
  }

  long nowNanos() {
    return nowNanos;
  }
}
