package millrace.timers;

import java.util.Arrays;

/**
 * The slots of a {@link TimerWheel}: for each an unordered collection of entries, which are a
 * timer's number and the low half of its tick. Entries lie side by side in blocks of two cache
 * lines, taken from one array as slots need them: whoever goes through a slot reads memory in
 * order, and an entry that leaves makes room for the last of its slot, so that blocks are full but
 * for the last of each slot.
 *
 * <p>A place is the index of an entry; it changes when another entry leaves the slot.
 */
final class WheelSlots {
  static final int NONE = -1;

  private static final int BLOCK_BITS = 4;

  /** Entries that lie side by side at most. */
  static final int BLOCK_SIZE = 1 << BLOCK_BITS;

  private static final int LAST_OF_BLOCK = BLOCK_SIZE - 1;

  // Of each block, in a quarter of a cache line:
  private static final int LINK_BITS = 2;
  private static final int SLOT = 0;
  private static final int PREVIOUS = 1;
  private static final int NEXT = 2;

  private final long[] entries;
  private final int[] links;

  /** Of each slot: the place of its last entry, NONE if it is empty. */
  private final int[] lastPlaces;

  private final int[] firstBlocks;

  private int free = NONE; // a stack, linked by NEXT
  private int fresh; // the first block that was never used

  WheelSlots(int slots, int maxEntries) {
    // Each slot has one block at most that is not full. One more is for the first block of a slot:
    // its entries may be added to other slots before it is removed.
    int blocks = Math.min(maxEntries, (maxEntries >>> BLOCK_BITS) + slots) + 1;
    this.entries = new long[blocks << BLOCK_BITS];
    this.links = new int[blocks << LINK_BITS];
    this.lastPlaces = new int[slots];
    this.firstBlocks = new int[slots];
    Arrays.fill(lastPlaces, NONE);
  }

  static long entry(int number, long tick) {
    return (tick << 32) | number;
  }

  static int number(long entry) {
    return (int) entry;
  }

  /** The low 32 bits of the tick. */
  static long tickLow(long entry) {
    return entry >>> 32;
  }

  boolean isEmpty(int slot) {
    return lastPlaces[slot] == NONE;
  }

  long entry(int place) {
    return entries[place];
  }

  /** The place of a slot's last entry; NONE if it is empty. */
  int last(int slot) {
    return lastPlaces[slot];
  }

  /** The place of the entry before another of the same slot; NONE if it is the first. */
  int before(int place) {
    if ((place & LAST_OF_BLOCK) != 0) {
      return place - 1;
    }
    int previous = link(place >>> BLOCK_BITS, PREVIOUS);
    return previous == NONE ? NONE : (previous << BLOCK_BITS) + LAST_OF_BLOCK;
  }

  /** Returns the place. */
  int add(int slot, long entry) {
    int place = lastPlaces[slot] + 1;
    if ((place & LAST_OF_BLOCK) == 0) { // The block is full, or there is none: NONE + 1 is 0.
      place = appendBlock(slot, place - 1) << BLOCK_BITS;
    }
    entries[place] = entry;
    lastPlaces[slot] = place;
    return place;
  }

  /** Removes an entry. Returns the one that is in its place now, itself if it was the last. */
  long remove(int place) {
    int slot = link(place >>> BLOCK_BITS, SLOT);
    int last = lastPlaces[slot];
    long moved = entries[last];
    entries[place] = moved;
    lastPlaces[slot] =
        (last & LAST_OF_BLOCK) == 0 ? removeLastBlock(last >>> BLOCK_BITS) : last - 1;
    return moved;
  }

  private int appendBlock(int slot, int last) {
    int block = free;
    if (block == NONE) {
      block = fresh++;
    } else {
      free = link(block, NEXT);
    }
    int previous = NONE;
    if (last == NONE) {
      firstBlocks[slot] = block;
    } else {
      previous = last >>> BLOCK_BITS;
      setLink(previous, NEXT, block);
    }
    setLink(block, SLOT, slot);
    setLink(block, PREVIOUS, previous);
    setLink(block, NEXT, NONE);
    return block;
  }

  /** Returns the place of the last entry then. */
  private int removeLastBlock(int block) {
    int previous = link(block, PREVIOUS);
    release(block);
    if (previous == NONE) {
      return NONE;
    }
    setLink(previous, NEXT, NONE);
    return (previous << BLOCK_BITS) + LAST_OF_BLOCK;
  }

  private void release(int block) {
    setLink(block, NEXT, free);
    free = block;
  }

  private int link(int block, int kind) {
    return links[(block << LINK_BITS) + kind];
  }

  private void setLink(int block, int kind, int value) {
    links[(block << LINK_BITS) + kind] = value;
  }

  /** The place of the entry that came first to a slot that is not empty; others may follow. */
  int first(int slot) {
    return firstBlocks[slot] << BLOCK_BITS;
  }

  /** How many entries of a slot that is not empty lie side by side from {@link #first} on. */
  int firstCount(int slot) {
    int distance = lastPlaces[slot] - first(slot);
    return (distance & -BLOCK_SIZE) == 0 ? distance + 1 : BLOCK_SIZE;
  }

  /** Removes the entries that {@link #first} and {@link #firstCount} tell. */
  void removeFirst(int slot) {
    int block = firstBlocks[slot];
    if (lastPlaces[slot] >>> BLOCK_BITS == block) {
      lastPlaces[slot] = NONE;
    } else {
      int next = link(block, NEXT);
      firstBlocks[slot] = next;
      setLink(next, PREVIOUS, NONE);
    }
    release(block);
  }
}
