package millrace.timers;

/**
 * A hierarchical timing wheel: start, cancel and restart in constant time, whatever the number of
 * timers. For the many timers that guard connections and requests and are mostly cancelled.
 *
 * <p><b>Structure</b> (G. Varghese, A. Lauck, "Hashed and Hierarchical Timing Wheels", IEEE/ACM
 * Transactions on Networking 5(6), 1997, scheme 7). Time is cut into ticks. Level {@code l} has 256
 * slots of 256<sup>l</sup> ticks each; eight levels cover all 2<sup>64</sup> ticks, so that no
 * deadline overflows. A timer waits in the lowest level whose present turn contains its tick, and
 * moves down (cascades) when the wheel enters its slot, at most once per level. One bitmap of 256
 * bits per level and one of the levels find the next occupied slot without a search; a bit may stay
 * set when the last timer of a slot is cancelled, until somebody looks there. Levels this wide
 * spare a timer of a second to a minute one of two cascades, each a cache miss when there are many.
 *
 * <p>A wheel takes 100 KiB and 20 to 24 bytes for each timer of its cap, all at construction. Of
 * the timers that have ended it refers to the latest, until another starts or ends or {@link
 * #expire} is called.
 *
 * <p><b>Lateness bound.</b> A timer with deadline {@code d} falls due at the first tick instant
 * {@code f = origin + k * tick >= d}, so it is never early, and {@code f - d < tick}. Proof that it
 * fires in the first {@link #expire} with {@code now >= f}, budget permitting: let the cursor be
 * the first tick not yet collected. (1) Only ticks with instants not after the queue's time are
 * collected, so the cursor is at most {@code k} while {@code now < f}. (2) A timer's slot contains
 * its tick, and the slots of one level, and of the levels among each other, cover disjoint ranges
 * of ticks in rising order; so the cursor cannot pass tick {@code k} without meeting the slot, and
 * meeting it either collects the timer or moves it to a lower level, where (2) holds again. (3)
 * With {@code now >= f} the cursor is moved past {@code k}. {@link #nextDeadlineNanos} is never
 * after the least {@code f}; so a caller that is late by {@code c} in calling makes timers late by
 * less than {@code tick + c}.
 *
 * <p><b>Order.</b> Timers with equal deadlines have equal ticks, hence at any moment share a slot,
 * where they were appended in start order; cascading keeps it. A tick's timers are sorted by
 * deadline when they fall due.
 *
 * <p><b>Cost of a call.</b> {@code expire} fires at most {@code limit} timers, yet may move more:
 * it sorts the timers of one tick at a time, and cascades slots. Each timer cascades at most once
 * per level in its life.
 *
 * <p>Confined to one thread; see {@link TimerQueue}.
 */
public final class TimerWheel extends AbstractTimerQueue {
  /** The longest legal tick: 2<sup>60</sup> ns, so that no distance in this class overflows. */
  public static final long MAX_TICK_NANOS = 1L << 60;

  private static final int NO_SLOT = -1;

  /** Of {@link #nodes}: one for each slot, and this one. */
  private static final int DUE = OccupiedSlots.LEVELS * OccupiedSlots.SLOTS;

  /**
   * How far the queue's time may run ahead of the cursor while a budget holds the cursor back. Past
   * that everything due is collected at once: with 2<sup>63</sup> ns to the furthest deadline, the
   * distance from the cursor stays below 2<sup>64</sup> and a tick names one place in the wheel.
   */
  private static final long MAX_LAG_NANOS = 1L << 62;

  private final long originNanos;
  private final long tickNanos;
  private final int tickShift; // -1 unless the tick is a power of two
  private final OccupiedSlots occupied = new OccupiedSlots();

  /**
   * Of an occupied slot: never after the earliest tick in it, and exact until one of its timers is
   * cancelled.
   */
  private final long[] earliestTicks = new long[DUE];

  private final TimerNodes nodes;

  private final NodeSorter nodeSorter;

  /** The last tick whose instant is not after the queue's time. */
  private long nowTick;

  private long nowTickNanos;

  /** The first tick that was not collected; at most {@code nowTick + 1}. Ticks wrap around. */
  private long cursor = 1;

  /**
   * Whether a timer with a past deadline was started in the tick that is still running, or in one
   * that was collected in part.
   */
  private boolean startedInPast;

  /**
   * Creates an empty wheel.
   *
   * @param startNanos the queue's time at first; tick instants are counted from it
   * @param tickNanos the tick, 1 to {@link #MAX_TICK_NANOS}; powers of two save a division per
   *     start
   * @param maxLive the most timers that can be started at a time, 1 or more
   */
  public TimerWheel(long startNanos, long tickNanos, int maxLive) {
    super(startNanos, maxLive);
    if (tickNanos < 1 || tickNanos > MAX_TICK_NANOS) {
      throw new IllegalArgumentException("tickNanos must be in [1, 2^60]: " + tickNanos);
    }
    this.originNanos = startNanos;
    this.tickNanos = tickNanos;
    this.tickShift = Long.bitCount(tickNanos) == 1 ? Long.numberOfTrailingZeros(tickNanos) : -1;
    this.nowTickNanos = startNanos;
    this.nodes = new TimerNodes(this, DUE + 1, maxLive);
    this.nodeSorter = new NodeSorter(nodes, sorter);
  }

  @Override
  boolean insert(Timer timer) {
    insertAt(tickOf(timer.deadlineNanos), timer);
    return true;
  }

  @Override
  void insertPast(Timer timer) {
    long tick = tickOf(timer.deadlineNanos);
    insertAt(tick, timer);
    if (tick == nowTick + 1 || (tick == cursor && !nodes.isEmpty(DUE))) {
      startedInPast = true;
    }
  }

  private long tickOf(long deadlineNanos) {
    long distanceNanos = deadlineNanos - collectedNanos();
    // Rounded up, without the overflow of adding tick - 1 first; distance is unsigned, not 0.
    return cursor + ticksIn(distanceNanos - 1);
  }

  private void insertAt(long tick, Timer timer) {
    int node = nodes.claim(timer);
    nodes.setTick(node, tick);
    place(node, tick);
  }

  private void place(int node, long tick) {
    int slot = OccupiedSlots.slotOf(tick, cursor);
    nodes.append(slot, node);
    if (!occupied.contains(slot)) {
      occupied.add(slot);
      earliestTicks[slot] = tick;
    } else if (Long.compareUnsigned(tick - cursor, earliestTicks[slot] - cursor) < 0) {
      earliestTicks[slot] = tick;
    }
  }

  @Override
  void remove(Timer timer) {
    nodes.unlink(timer.index);
    nodes.release(timer);
  }

  @Override
  Timer firstDue() {
    return nodes.isEmpty(DUE) ? null : nodes.timer(nodes.next(DUE));
  }

  @Override
  Timer pollDue() {
    return pollNode(DUE);
  }

  private Timer pollNode(int list) {
    int node = nodes.next(list);
    Timer timer = nodes.timer(node);
    nodes.unlink(node);
    nodes.release(timer);
    return timer;
  }

  @Override
  boolean isCollected(long deadlineNanos) {
    return Long.compareUnsigned(nowNanos - deadlineNanos, nowNanos - collectedNanos()) >= 0;
  }

  @Override
  void timeMoved() {
    nodes.forget();
    long elapsedNanos = nowNanos - nowTickNanos;
    if (Long.compareUnsigned(elapsedNanos, tickNanos) >= 0) {
      nowTick += ticksIn(elapsedNanos);
      nowTickNanos = instantOf(nowTick);
    }
    if (Long.compareUnsigned(nowNanos - collectedNanos(), MAX_LAG_NANOS) > 0) {
      while (collectTick()) {}
      nodeSorter.sort(DUE, nowNanos);
    }
    // What a budget left of the running tick may have been overtaken by a start since.
    if (startedInPast && (cursor == nowTick + 1 || !nodes.isEmpty(DUE))) {
      collectElapsedPart();
    }
  }

  @Override
  boolean collect() {
    return collectTick() || (startedInPast && collectElapsedPart());
  }

  /** Collects the earliest tick that has timers and is over; false if there is none. */
  private boolean collectTick() {
    for (int slot = firstSlot(); slot != NO_SLOT; slot = firstSlot()) {
      long firstTick = OccupiedSlots.firstTickOf(slot, cursor);
      if (Long.compareUnsigned(firstTick - cursor, nowTick + 1 - cursor) > 0) {
        break;
      }
      cursor = firstTick;
      if (slot >= OccupiedSlots.SLOTS) {
        cascade(slot);
      } else if (firstTick == nowTick + 1) {
        return false;
      } else {
        occupied.remove(slot);
        // A tick's deadlines are those after the instant before it, up to its own.
        nodeSorter.sortNear(slot, collectedNanos() + 1, tickNanos, nowNanos);
        nodes.appendAll(DUE, slot);
        cursor = firstTick + 1;
        // Before anything is started: a timer for a tick of the slot that the cursor now enters
        // goes below that slot, and must find those with its deadline there.
        cascadeEnteredSlots();
        return true;
      }
    }
    cursor = nowTick + 1;
    return false;
  }

  private void cascadeEnteredSlots() {
    for (int slot = firstSlot(); slot != NO_SLOT; slot = firstSlot()) {
      if (slot < OccupiedSlots.SLOTS || OccupiedSlots.firstTickOf(slot, cursor) != cursor) {
        return;
      }
      cascade(slot);
    }
  }

  private void cascade(int slot) {
    occupied.remove(slot);
    int node = nodes.next(slot);
    nodes.clear(slot);
    while (node != slot) {
      int following = nodes.next(node);
      place(node, tickOf(slot, node));
      node = following;
    }
  }

  /** The tick of a timer in the slot that begins at the cursor. */
  private long tickOf(int slot, int node) {
    // The slots of five levels have 2^32 ticks at most.
    return slot < 5 * OccupiedSlots.SLOTS
        ? cursor | nodes.tickLow(node)
        : tickOf(nodes.timer(node).deadlineNanos);
  }

  /**
   * Collects those timers of the cursor's tick whose deadlines have passed. They could wait for the
   * end of the tick, but one that was past when it was started must not, nor may it overtake
   * others.
   */
  private boolean collectElapsedPart() {
    if (cursor == nowTick + 1) {
      startedInPast = false;
    }
    int slot = OccupiedSlots.slotOf(cursor, cursor);
    boolean found = false;
    for (int node = nodes.next(slot); node != slot; ) {
      int following = nodes.next(node);
      if (nodes.timer(node).deadlineNanos - nowNanos <= 0) {
        nodes.unlink(node);
        nodes.append(DUE, node);
        found = true;
      }
      node = following;
    }
    nodeSorter.sort(DUE, nowNanos);
    return found;
  }

  @Override
  long earliestNanos() {
    long tick = earliestTicks[firstSlot()];
    boolean over = Long.compareUnsigned(tick - cursor, nowTick + 1 - cursor) < 0;
    if (over || (startedInPast && tick == nowTick + 1)) {
      return nowNanos;
    }
    long instantNanos = instantOf(tick);
    // Rounding up to the tick can leave the future half of the range.
    return instantNanos - nowNanos > 0 ? instantNanos : nowNanos + Long.MAX_VALUE;
  }

  @Override
  void moveAllTo(TimerList list) {
    moveAll(DUE, list);
    for (int slot = firstSlot(); slot != NO_SLOT; slot = firstSlot()) {
      moveAll(slot, list);
    }
  }

  private void moveAll(int from, TimerList list) {
    while (!nodes.isEmpty(from)) {
      list(list, pollNode(from));
    }
  }

  /**
   * The slot with the earliest timers; the bits of those that cancels have emptied go meanwhile.
   */
  private int firstSlot() {
    while (!occupied.isEmpty()) {
      int slot = occupied.first(cursor);
      if (!nodes.isEmpty(slot)) {
        return slot;
      }
      occupied.remove(slot);
    }
    return NO_SLOT;
  }

  private long collectedNanos() {
    return instantOf(cursor - 1);
  }

  private long instantOf(long tick) {
    return originNanos + tick * tickNanos;
  }

  private long ticksIn(long unsignedNanos) {
    return tickShift >= 0
        ? unsignedNanos >>> tickShift
        : Long.divideUnsigned(unsignedNanos, tickNanos);
  }

  @Override
  public long tickNanos() {
    return tickNanos;
  }

  @Override
  public long originNanos() {
    return originNanos;
  }
}
