package millrace.timers;

/**
 * Which slots of a {@link TimerWheel} have timers, or had some: a bit for each, and one for each
 * level. Slot {@code s} is place {@code s % SLOTS} of level {@code s / SLOTS}. A cancel does not
 * look whether it has emptied a slot; whoever looks for timers does.
 */
final class OccupiedSlots {
  static final int SLOT_BITS = 8;
  static final int SLOTS = 1 << SLOT_BITS;
  static final int LEVELS = 8;

  private static final int WORDS = SLOTS / Long.SIZE;

  private final long[] slots = new long[LEVELS * WORDS];
  private int levels;

  boolean isEmpty() {
    return levels == 0;
  }

  boolean contains(int slot) {
    return (slots[slot >>> 6] >>> slot & 1) != 0;
  }

  void add(int slot) {
    slots[slot >>> 6] |= 1L << slot;
    levels |= 1 << (slot >>> SLOT_BITS);
  }

  void remove(int slot) {
    slots[slot >>> 6] &= ~(1L << slot);
    int level = slot >>> SLOT_BITS;
    long occupied = 0;
    for (int word = level * WORDS; word < (level + 1) * WORDS; word++) {
      occupied |= slots[word];
    }
    if (occupied == 0) {
      levels &= ~(1 << level);
    }
  }

  /**
   * The slot with the earliest ticks as seen from {@code cursor}, in the lowest level that has one:
   * each level's slots precede those of the levels above.
   */
  int first(long cursor) {
    int level = Integer.numberOfTrailingZeros(levels);
    int place = placeOf(cursor, level);
    int word = place >>> 6;
    long candidates = slots[level * WORDS + word] & (-1L << place);
    // Only the top level turns without a level above that counts its turns: there the search wraps.
    while (candidates == 0) {
      word = (word + 1) & (WORDS - 1);
      candidates = slots[level * WORDS + word];
    }
    return level * SLOTS + word * Long.SIZE + Long.numberOfTrailingZeros(candidates);
  }

  /** The first tick of an occupied slot as seen from {@code cursor}. */
  static long firstTickOf(int slot, long cursor) {
    int level = slot >>> SLOT_BITS;
    int shift = level * SLOT_BITS;
    long turn = level == LEVELS - 1 ? 0 : cursor & (-1L << (shift + SLOT_BITS));
    return turn | ((long) (slot & (SLOTS - 1)) << shift);
  }

  /** The slot for a tick: in the lowest level whose present turn contains it. */
  static int slotOf(long tick, long cursor) {
    int level = (63 - Long.numberOfLeadingZeros((tick ^ cursor) | 1)) >>> 3;
    return level * SLOTS + placeOf(tick, level);
  }

  private static int placeOf(long tick, int level) {
    return (int) (tick >>> (level * SLOT_BITS)) & (SLOTS - 1);
  }
}
