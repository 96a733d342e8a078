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
 * bits per level and one of the levels find the next occupied slot without a search. Levels this
 * wide cost 130 KiB and spare a timer of a second to a minute one of two cascades, each a cache
 * miss when there are many.
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

  private static final int SLOT_BITS = 8;
  private static final int SLOTS = 1 << SLOT_BITS;
  private static final int LEVELS = 8;
  private static final int WORDS = SLOTS / Long.SIZE;

  /**
   * How far the queue's time may run ahead of the cursor while a budget holds the cursor back. Past
   * that everything due is collected at once: with 2<sup>63</sup> ns to the furthest deadline, the
   * distance from the cursor stays below 2<sup>64</sup> and a tick names one place in the wheel.
   */
  private static final long MAX_LAG_NANOS = 1L << 62;

  private final long originNanos;
  private final long tickNanos;
  private final int tickShift; // -1 unless the tick is a power of two
  private final TimerSlot[] slots = new TimerSlot[LEVELS * SLOTS];
  private final long[] occupiedSlots = new long[LEVELS * WORDS];
  private int occupiedLevels;

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
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new TimerSlot(i >>> SLOT_BITS, i & (SLOTS - 1));
    }
  }

  @Override
  boolean insert(Timer timer) {
    long distanceNanos = timer.deadlineNanos - collectedNanos();
    // Rounded up, without the overflow of adding tick - 1 first; distance is unsigned, not 0.
    timer.rank = cursor + ticksIn(distanceNanos - 1);
    timer.index = Timer.LISTED;
    place(timer);
    return true;
  }

  @Override
  void insertPast(Timer timer) {
    insert(timer);
    if (timer.rank == nowTick + 1 || (timer.rank == cursor && !due.isEmpty())) {
      startedInPast = true;
    }
  }

  private void place(Timer timer) {
    long tick = timer.rank;
    int level = (63 - Long.numberOfLeadingZeros((tick ^ cursor) | 1)) / SLOT_BITS;
    int place = placeOf(tick, level);
    TimerSlot slot = slots[level * SLOTS + place];
    if (slot.isEmpty()) {
      occupiedSlots[wordOf(level, place)] |= 1L << place;
      occupiedLevels |= 1 << level;
      slot.earliestTick = tick;
    } else if (Long.compareUnsigned(tick - cursor, slot.earliestTick - cursor) < 0) {
      slot.earliestTick = tick;
    }
    slot.append(timer);
  }

  @Override
  void remove(Timer timer) {
    Timer before = timer.previous;
    TimerList.unlink(timer);
    if (before instanceof TimerSlot slot && slot.isEmpty()) {
      markEmpty(slot);
    }
  }

  private void markEmpty(TimerSlot slot) {
    int level = slot.level;
    occupiedSlots[wordOf(level, slot.place)] &= ~(1L << slot.place);
    long occupied = 0;
    for (int word = level * WORDS; word < (level + 1) * WORDS; word++) {
      occupied |= occupiedSlots[word];
    }
    if (occupied == 0) {
      occupiedLevels &= ~(1 << level);
    }
  }

  private static int wordOf(int level, int place) {
    return level * WORDS + (place >>> 6);
  }

  @Override
  boolean isCollected(long deadlineNanos) {
    return Long.compareUnsigned(nowNanos - deadlineNanos, nowNanos - collectedNanos()) >= 0;
  }

  @Override
  void timeMoved() {
    long elapsedNanos = nowNanos - nowTickNanos;
    if (Long.compareUnsigned(elapsedNanos, tickNanos) >= 0) {
      nowTick += ticksIn(elapsedNanos);
      nowTickNanos = instantOf(nowTick);
    }
    if (Long.compareUnsigned(nowNanos - collectedNanos(), MAX_LAG_NANOS) > 0) {
      while (collectTick()) {}
      sorter.sort(due, nowNanos);
    }
    // What a budget left of the running tick may have been overtaken by a start since.
    if (startedInPast && (cursor == nowTick + 1 || !due.isEmpty())) {
      collectElapsedPart();
    }
  }

  @Override
  boolean collect() {
    return collectTick() || (startedInPast && collectElapsedPart());
  }

  /** Collects the earliest tick that has timers and is over; false if there is none. */
  private boolean collectTick() {
    while (occupiedLevels != 0) {
      TimerSlot slot = firstSlot();
      long firstTick = firstTickOf(slot);
      if (Long.compareUnsigned(firstTick - cursor, nowTick + 1 - cursor) > 0) {
        break;
      }
      cursor = firstTick;
      if (slot.level > 0) {
        cascade(slot);
      } else if (firstTick == nowTick + 1) {
        return false;
      } else {
        markEmpty(slot);
        sortTick(slot);
        due.appendAll(slot);
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

  private void sortTick(TimerSlot slot) {
    if (tickNanos <= TimerSorter.NEAR_NANOS) {
      // A tick's deadlines are those after the instant before it, up to its own.
      sorter.sortNear(slot, instantOf(cursor - 1) + 1, nowNanos);
    } else {
      sorter.sort(slot, nowNanos);
    }
  }

  private void cascadeEnteredSlots() {
    while (occupiedLevels != 0) {
      TimerSlot slot = firstSlot();
      if (slot.level == 0 || firstTickOf(slot) != cursor) {
        return;
      }
      cascade(slot);
    }
  }

  private void cascade(TimerSlot slot) {
    markEmpty(slot);
    Timer timer = slot.next;
    slot.next = slot;
    slot.previous = slot;
    while (!slot.isEnd(timer)) {
      Timer following = timer.next;
      place(timer);
      timer = following;
    }
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
    TimerSlot slot = slots[placeOf(cursor, 0)];
    boolean found = false;
    for (Timer timer = slot.next; !slot.isEnd(timer); ) {
      Timer following = timer.next;
      if (timer.deadlineNanos - nowNanos <= 0) {
        remove(timer);
        due.append(timer);
        found = true;
      }
      timer = following;
    }
    sorter.sort(due, nowNanos);
    return found;
  }

  @Override
  long earliestNanos() {
    TimerSlot slot = firstSlot();
    long tick = slot.earliestTick;
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
    while (occupiedLevels != 0) {
      TimerSlot slot = firstSlot();
      markEmpty(slot);
      list.appendAll(slot);
    }
  }

  /** The slot with the earliest ticks: each level's slots precede those of the levels above. */
  private TimerSlot firstSlot() {
    int level = Integer.numberOfTrailingZeros(occupiedLevels);
    int place = placeOf(cursor, level);
    int word = place >>> 6;
    long candidates = occupiedSlots[wordOf(level, place)] & (-1L << place);
    // Only the top level turns without a level above that counts its turns: there the search wraps.
    while (candidates == 0) {
      word = (word + 1) & (WORDS - 1);
      candidates = occupiedSlots[level * WORDS + word];
    }
    return slots[level * SLOTS + word * Long.SIZE + Long.numberOfTrailingZeros(candidates)];
  }

  private long firstTickOf(TimerSlot slot) {
    int shift = slot.level * SLOT_BITS;
    long turn = slot.level == LEVELS - 1 ? 0 : cursor & (-1L << (shift + SLOT_BITS));
    return turn | ((long) slot.place << shift);
  }

  private static int placeOf(long tick, int level) {
    return (int) (tick >>> (level * SLOT_BITS)) & (SLOTS - 1);
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
