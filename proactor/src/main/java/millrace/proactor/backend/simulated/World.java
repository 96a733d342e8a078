package millrace.proactor.backend.simulated;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import millrace.proactor.fault.FaultPlan;

/** Virtual time, the events to come, chance, and what has been found wrong. */
public final class World {

  /** No virtual clock starts at 0, as no real one does. */
  private static final long START_NANOS = 1_000_000_000L;

  private record Event(long atNanos, long order, boolean counted, Runnable action)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final SplittableRandom random;
  private final Trace trace = new Trace(this);
  private final Faults faults;
  private final List<String> violations = new ArrayList<>();
  private long nowNanos = START_NANOS;
  private long order;
  private long executed;

  /** A world in which nothing has happened. */
  public World(long seed, FaultPlan plan) {
    random = new SplittableRandom(seed);
    faults = new Faults(seed, plan, trace);
  }

  /** The virtual time. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Whether {@link #nowNanos} may be moved is the backend's to know. */
  void advanceTo(long nanos) {
    nowNanos = Math.max(nowNanos, nanos);
  }

  /** Time passes in which nothing can happen yet: whoever looks next finds all of it. */
  public void pass(long nanos) {
    advanceTo(nowNanos + nanos);
  }

  /** Lets {@code action} happen {@code delayNanos} from now. */
  public void after(long delayNanos, Runnable action) {
    events.add(new Event(instantAfter(delayNanos), order++, true, action));
  }

  /** As {@link #after}, for what is only a late effect of something that has happened already. */
  void echoAfter(long delayNanos, Runnable action) {
    events.add(new Event(instantAfter(delayNanos), order++, false, action));
  }

  private long instantAfter(long delayNanos) {
    return nowNanos + Math.clamp(delayNanos, 0, Long.MAX_VALUE - nowNanos);
  }

  /** When the next event is; Long.MAX_VALUE when there is none. */
  long nextNanos() {
    Event next = events.peek();
    return next == null ? Long.MAX_VALUE : next.atNanos();
  }

  /** Lets the next event happen, if it is not after {@code limitNanos}. */
  boolean step(long limitNanos) {
    Event next = events.peek();
    if (next == null || next.atNanos() > limitNanos) {
      return false;
    }
    events.remove();
    advanceTo(next.atNanos());
    executed += next.counted() ? 1 : 0;
    next.action().run();
    return true;
  }

  /** Something has gone on without an event of its own. */
  void happened() {
    executed++;
  }

  /** How many events have happened; completions that became visible are none. */
  public long executed() {
    return executed;
  }

  /** Chance, for whatever is not a fault. */
  SplittableRandom random() {
    return random;
  }

  long between(long least, long most) {
    return random.nextLong(least, most + 1);
  }

  /** The record of this world. */
  public Trace trace() {
    return trace;
  }

  /** The faults of this world. */
  public Faults faults() {
    return faults;
  }

  /** Something happened that must not. The run ends at the next turn of the loop. */
  public void violated(String rule) {
    trace.line("VIOLATION").add(rule);
    violations.add(rule);
  }

  /** What was found wrong, in order. */
  public List<String> violations() {
    return violations;
  }
}
