package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A completion queue with entries of 16 and of 32 bytes (CQE_MIXED, 6.18).
 *
 * <p>A wide entry takes two places and never lies on both sides of the queue's end: the kernel
 * fills the last place with an entry to be skipped.
 */
final class MixedCompletionQueue extends CompletionQueue {
  MixedCompletionQueue(
      Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    super(ring, memory, parameters, granted);
  }

  @Override
  public int drain(CompletionSink sink, int limit) {
    return drain(sink, null, limit);
  }

  @Override
  public int drainWide(WideCompletionSink sink, int limit) {
    return drain(null, sink, limit);
  }

  private int drain(CompletionSink sink, WideCompletionSink wideSink, int limit) {
    int next = beginDrain(limit);
    int end = next + ready();
    int count = 0;
    try {
      while (next != end && count < limit) {
        long entry = entry(next);
        int flags = entryFlags(entry);
        boolean wide = (flags & CqeFlags.F_32) != 0;
        next += wide ? 2 : 1;
        if ((flags & CqeFlags.F_SKIP) != 0) {
          continue;
        }
        count++;
        if (sink != null) {
          handOver(sink, entry);
        } else {
          handOver(wideSink, entry, wide);
        }
      }
    } finally {
      endDrain(next);
    }
    return count;
  }
}
