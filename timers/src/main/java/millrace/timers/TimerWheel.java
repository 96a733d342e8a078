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
 * <p><b>Putting off.</b> A timer in the wheel has an entry in a slot, for the tick of its deadline
 * or of an earlier one: a restart with a later deadline writes that into the timer and leaves the
 * entry. When the wheel meets an entry whose timer has a later deadline, it makes one for that. So
 * the timeout that guards a busy connection costs a store per message, and a move when it would
 * have fired; a timer is never moved more often than it was restarted. A cancel, too, leaves the
 * entry, until another timer ends or starts or {@link #expire} is called: a start that comes at
 * once is a restart.
 *
 * <p>A wheel takes 56 KiB and 21 to 25 bytes for each timer of its cap, all at construction, and up
 * to 288 KiB more: 144 bytes for each timer, of 2,048 at most. Of the timers that have ended it
 * refers to the latest, as long as the entry of a cancelled one would stay.
 *
 * <p><b>Lateness bound.</b> A timer with deadline {@code d} falls due at the first tick instant
 * {@code f = origin + k * tick >= d}, so it is never early, and {@code f - d < tick}. Proof that it
 * fires in the first {@link #expire} with {@code now >= f}, budget permitting: let the cursor be
 * the first tick not yet collected. (1) Only ticks with instants not after the queue's time are
 * collected, so the cursor is at most {@code k} while {@code now < f}. (2) An entry's slot contains
 * its tick, which is {@code k} or before, and the slots of one level, and of the levels among each
 * other, cover disjoint ranges of ticks in rising order; so the cursor cannot pass the entry's tick
 * without meeting the slot, and meeting it collects the timer, or moves the entry to a lower level,
 * or to tick {@code k} if the timer was put off; then (2) holds again. (3) With {@code now >= f}
 * the cursor is moved past {@code k}. {@link #nextDeadlineNanos} is never after the least {@code
 * f}; so a caller that is late by {@code c} in calling makes timers late by less than {@code tick +
 * c}.
 *
 * <p><b>Order.</b> Timers with equal deadlines have equal ticks, and a tick's timers are collected
 * together: cascades that would bring one of them go before. They are sorted by deadline, then by
 * the number of their latest start.
 *
 * <p><b>Cost of a call.</b> {@code expire} fires at most {@code limit} timers, yet may move more:
 * it sorts the timers of one tick at a time, cascades slots, and moves what was put off. Each entry
 * cascades at most once per level.
 *
 * <p>Confined to one thread; see {@link TimerQueue}.
 */
public final class TimerWheel extends AbstractTimerQueue {
  /** The longest legal tick: 2<sup>60</sup> ns, so that no distance in this class overflows. */
  public static final long MAX_TICK_NANOS = 1L << 60;

  /** The most timers that a wheel can be made for. */
  public static final int MAX_LIVE = 1 << 30;

  private static final int NO_SLOT = -1;

  private static final int ALL_SLOTS = OccupiedSlots.LEVELS * OccupiedSlots.SLOTS;

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
   * cancelled or put off.
   */
  private final long[] earliestTicks = new long[ALL_SLOTS];

  private final TimerNumbers timers;
  private final WheelSlots slots;
  private final DueTimers due;
  private final TickSorter tickSorter;

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

  /** Whether the remembered timer was cancelled and waits still, as far as its entry tells. */
  private boolean rememberedHasEntry;

  /**
   * Creates an empty wheel.
   *
   * @param startNanos the queue's time at first; tick instants are counted from it
   * @param tickNanos the tick, 1 to {@link #MAX_TICK_NANOS}; powers of two save a division per
   *     start
   * @param maxLive the most timers that can be started at a time, 1 to {@link #MAX_LIVE}
   */
  public TimerWheel(long startNanos, long tickNanos, int maxLive) {
    super(startNanos, maxLive);
    if (maxLive > MAX_LIVE) {
      throw new IllegalArgumentException("maxLive must be in [1, 2^30]: " + maxLive);
    }
    if (tickNanos < 1 || tickNanos > MAX_TICK_NANOS) {
      throw new IllegalArgumentException("tickNanos must be in [1, 2^60]: " + tickNanos);
    }
    this.originNanos = startNanos;
    this.tickNanos = tickNanos;
    this.tickShift = Long.bitCount(tickNanos) == 1 ? Long.numberOfTrailingZeros(tickNanos) : -1;
    this.nowTickNanos = startNanos;
    this.timers = new TimerNumbers(this, maxLive);
    this.slots = new WheelSlots(ALL_SLOTS, maxLive);
    this.due = new DueTimers(timers, sorter, maxLive);
    this.tickSorter = new TickSorter(timers, due, tickNanos);
  }

  @Override
  boolean insert(Timer timer) {
    if (timer.index == Timer.REMEMBERED && isPutOff(timer)) {
      rememberedHasEntry = false;
      timers.recall(timer);
    } else {
      insertAt(tickOf(timer.deadlineNanos), timer);
    }
    return true;
  }

  /** Whether a remembered timer has an entry still, in a slot that is met before its deadline. */
  private boolean isPutOff(Timer timer) {
    return rememberedHasEntry && timer.deadlineNanos - nowNanos >= timer.entryNanos - nowNanos;
  }

  @Override
  void insertPast(Timer timer) {
    long tick = tickOf(timer.deadlineNanos);
    insertAt(tick, timer);
    if (tick == nowTick + 1 || (tick == cursor && !due.isEmpty())) {
      startedInPast = true;
    }
  }

  private long tickOf(long deadlineNanos) {
    long distanceNanos = deadlineNanos - collectedNanos();
    // Rounded up, without the overflow of adding tick - 1 first; distance is unsigned, not 0.
    return cursor + ticksIn(distanceNanos - 1);
  }

  private void insertAt(long tick, Timer timer) {
    if (timer.index == Timer.REMEMBERED) {
      removeRememberedEntry();
      timers.recall(timer);
    } else {
      forget();
      timers.claim(timer);
    }
    timer.entryNanos = timer.deadlineNanos;
    place(timer.index, tick);
  }

  private void place(int number, long tick) {
    int slot = OccupiedSlots.slotOf(tick, cursor);
    timers.setPlace(number, slots.add(slot, WheelSlots.entry(number, tick)));
    if (slot < OccupiedSlots.SLOTS) {
      occupied.add(slot);
    } else if (!occupied.contains(slot)) {
      occupied.add(slot);
      earliestTicks[slot] = tick;
    } else if (Long.compareUnsigned(tick - cursor, earliestTicks[slot] - cursor) < 0) {
      earliestTicks[slot] = tick;
    }
  }

  /** The timer's entry stays until it is known whether the timer is only put off. */
  @Override
  void remove(Timer timer) {
    forget();
    if (DueTimers.isDue(timer)) {
      due.remove(timer);
    } else {
      rememberedHasEntry = true;
    }
    timers.remember(timer);
  }

  private void forget() {
    if (timers.remembersOne()) {
      removeRememberedEntry();
      timers.forget();
    }
  }

  private void removeRememberedEntry() {
    if (rememberedHasEntry) {
      rememberedHasEntry = false;
      removeFromSlot(timers.rememberedPlace());
    }
  }

  private void removeFromSlot(int place) {
    timers.setPlace(WheelSlots.number(slots.remove(place)), place);
  }

  @Override
  Timer firstDue() {
    forget();
    return due.first();
  }

  @Override
  Timer pollDue() {
    forget();
    Timer timer = due.removeFirst();
    timers.remember(timer);
    return timer;
  }

  @Override
  boolean isCollected(long deadlineNanos) {
    return Long.compareUnsigned(nowNanos - deadlineNanos, nowNanos - collectedNanos()) >= 0;
  }

  @Override
  void timeMoved() {
    forget();
    long elapsedNanos = nowNanos - nowTickNanos;
    if (Long.compareUnsigned(elapsedNanos, tickNanos) >= 0) {
      nowTick += ticksIn(elapsedNanos);
      nowTickNanos = instantOf(nowTick);
    }
    if (Long.compareUnsigned(nowNanos - collectedNanos(), MAX_LAG_NANOS) > 0) {
      while (collectTick()) {}
      due.sort(nowNanos);
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
        boolean found = collectSlot(slot);
        cursor = firstTick + 1;
        // Before anything is started: a timer for a tick of the slot that the cursor now enters
        // goes below that slot, and must find those with its deadline there.
        cascadeEnteredSlots();
        if (found) {
          return true;
        }
      }
    }
    cursor = nowTick + 1;
    return false;
  }

  /** Collects the timers of the cursor's tick and moves on those that were put off. */
  private boolean collectSlot(int slot) {
    occupied.remove(slot);
    long firstNanos = firstOfCursorTick();
    while (!slots.isEmpty(slot)) {
      tickSorter.take(slots, slot, firstNanos);
      for (int i = 0; i < tickSorter.putOffCount(); i++) {
        moveOn(timers.timer(tickSorter.putOff(i)));
      }
    }
    return tickSorter.moveToDue(nowNanos);
  }

  /** Gives a timer whose entry was taken an entry for its deadline. */
  private void moveOn(Timer timer) {
    timer.entryNanos = timer.deadlineNanos;
    place(timer.index, tickOf(timer.deadlineNanos));
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
    // The slots of five levels have 2^32 ticks at most: as many as an entry can tell.
    boolean entriesSuffice = slot < 5 * OccupiedSlots.SLOTS;
    while (!slots.isEmpty(slot)) {
      int first = slots.first(slot);
      int count = slots.firstCount(slot);
      for (int place = first; place < first + count; place++) {
        long entry = slots.entry(place);
        if (entriesSuffice) {
          place(WheelSlots.number(entry), cursor | WheelSlots.tickLow(entry));
        } else {
          moveOn(timers.timer(WheelSlots.number(entry)));
        }
      }
      slots.removeFirst(slot);
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
    int slot = OccupiedSlots.slotOf(cursor, cursor);
    boolean found = false;
    for (int place = slots.last(slot); place != WheelSlots.NONE; ) {
      int number = WheelSlots.number(slots.entry(place));
      // What takes its place was looked at already.
      int before = slots.before(place);
      long deadlineNanos = timers.timer(number).deadlineNanos;
      if (deadlineNanos - nowNanos <= 0 && isInCursorTick(deadlineNanos)) {
        removeFromSlot(place);
        due.append(number);
        found = true;
      }
      place = before;
    }
    due.sort(nowNanos);
    return found;
  }

  private boolean isInCursorTick(long deadlineNanos) {
    return Long.compareUnsigned(deadlineNanos - firstOfCursorTick(), tickNanos) < 0;
  }

  /** A tick's deadlines are those after the instant before it, up to its own. */
  private long firstOfCursorTick() {
    return collectedNanos() + 1;
  }

  @Override
  long earliestNanos() {
    forget();
    int slot = firstSlot();
    long tick =
        slot < OccupiedSlots.SLOTS ? OccupiedSlots.firstTickOf(slot, cursor) : earliestTicks[slot];
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
    forget();
    while (!due.isEmpty()) {
      list(list, pollDue());
    }
    for (int slot = firstSlot(); slot != NO_SLOT; slot = firstSlot()) {
      int first = slots.first(slot);
      int count = slots.firstCount(slot);
      for (int place = first; place < first + count; place++) {
        Timer timer = timers.timer(WheelSlots.number(slots.entry(place)));
        timers.release(timer);
        list(list, timer);
      }
      slots.removeFirst(slot);
    }
  }

  /**
   * The slot with the earliest timers; the bits of those that cancels have emptied go meanwhile.
   */
  private int firstSlot() {
    while (!occupied.isEmpty()) {
      int slot = occupied.first(cursor);
      if (!slots.isEmpty(slot)) {
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
