package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The memory of applications that open rings have their queues in. A ring that is set up makes its
 * memory zero first, so a second one in the same place would wipe out the first one's queues under
 * the kernel.
 */
final class QueueMemory {
  /** The end of each range by its start. */
  private static final NavigableMap<Long, Long> CLAIMED = new TreeMap<>();

  private QueueMemory() {}

  /**
   * Claims memory for one ring.
   *
   * @param untilClosed whose close ends the claim
   * @throws IllegalStateException when an open ring has some of it
   */
  static void claim(MemorySegment memory, Arena untilClosed) {
    long start = memory.address();
    long end = start + memory.byteSize();
    synchronized (CLAIMED) {
      Map.Entry<Long, Long> before = CLAIMED.lowerEntry(end);
      if (before != null && before.getValue() > start) {
        throw new IllegalStateException(
            "memory "
                + memory
                + " holds the queues of another ring, which must be closed first: options with"
                + " memory are for one ring at a time");
      }
      CLAIMED.put(start, end);
    }
    // Runs when the arena is closed; the segment itself is not used.
    MemorySegment.ofAddress(start).reinterpret(0, untilClosed, claimed -> release(start));
  }

  private static void release(long start) {
    synchronized (CLAIMED) {
      CLAIMED.remove(start);
    }
  }
}
