package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The memory of applications that rings have had their queues in, so that no two share any.
 *
 * <p>Not even one after the other: a ring that is set up makes its memory zero first, and a ring
 * that is closed is torn down by the kernel some time later, which stores the tail of its
 * completion queue once more. So memory is a ring's for good, as long as the segment's scope lives
 * and it is not unmapped.
 */
final class QueueMemory {
  private record Claim(long end, WeakReference<MemorySegment.Scope> scope) {
    boolean isOver() {
      MemorySegment.Scope current = scope.get();
      return current == null || !current.isAlive();
    }
  }

  /** By the start of each range. */
  private static final NavigableMap<Long, Claim> CLAIMED = new TreeMap<>();

  private QueueMemory() {}

  /**
   * Claims memory for one ring.
   *
   * @throws IllegalStateException when a ring has or had some of it
   */
  static synchronized void claim(MemorySegment memory) {
    CLAIMED.values().removeIf(Claim::isOver);
    long start = memory.address();
    long end = start + memory.byteSize();
    Map.Entry<Long, Claim> before = CLAIMED.lowerEntry(end);
    if (before != null && before.getValue().end > start) {
      throw new IllegalStateException(
          "memory "
              + memory
              + " is that of another ring's queues, to which the kernel may write after the ring is"
              + " closed too: options with memory are for one ring");
    }
    CLAIMED.put(start, new Claim(end, new WeakReference<>(memory.scope())));
  }

  /** Ends the claims on memory that is unmapped: what is mapped there next has other pages. */
  static synchronized void unmapped(long address, long lengthBytes) {
    long end = address + lengthBytes;
    if (end > address) {
      CLAIMED.subMap(address, end).values().removeIf(claim -> claim.end <= end);
    }
  }

  /** Ends a claim: the kernel gave no ring. */
  static synchronized void giveBack(MemorySegment memory) {
    CLAIMED.remove(memory.address());
  }
}
