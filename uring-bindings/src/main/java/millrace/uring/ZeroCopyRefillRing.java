package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.io_uring_zcrx_offsets;
import millrace.uring.abi.io_uring_zcrx_rqe;
import millrace.uring.abi.zcrx_stats;

/**
 * The ring by which parts of an area go back to the kernel, in memory that both share. One thread
 * writes.
 */
final class ZeroCopyRefillRing {
  static final long ENTRY_BYTES = io_uring_zcrx_rqe.sizeof();

  private static final long OFF = io_uring_zcrx_rqe.off$offset();
  private static final long LEN = io_uring_zcrx_rqe.len$offset();

  private final MemorySegment memory;
  private final long head;
  private final long tailOffset;
  private final long entriesOffset;
  private final int mask;
  private int tail;

  /**
   * Takes over memory that the kernel has accepted.
   *
   * @param memory the region
   * @param offsets the struct io_uring_zcrx_offsets that the kernel filled in
   * @param entries a power of two
   */
  ZeroCopyRefillRing(MemorySegment memory, MemorySegment offsets, int entries) {
    this.memory = memory;
    this.head = Integer.toUnsignedLong(io_uring_zcrx_offsets.head(offsets));
    this.tailOffset = Integer.toUnsignedLong(io_uring_zcrx_offsets.tail(offsets));
    this.entriesOffset = Integer.toUnsignedLong(io_uring_zcrx_offsets.rqes(offsets));
    this.mask = entries - 1;
  }

  /** Enough for the entries, what is before them, and the counters behind them. */
  static long leastBytes(int entries) {
    return entries * ENTRY_BYTES + Libc.pageSize();
  }

  /** Returns false when the ring is full. */
  boolean add(long areaOffset, int lengthBytes) {
    if (tail - (int) RingMemory.INT.getAcquire(memory, head) > mask) {
      return false;
    }
    long entry = entriesOffset + (tail & mask) * ENTRY_BYTES;
    memory.set(ValueLayout.JAVA_LONG, entry + OFF, areaOffset);
    memory.set(ValueLayout.JAVA_INT, entry + LEN, lengthBytes);
    tail++;
    // Release: the kernel reads the tail with acquire and then the entries below it.
    RingMemory.INT.setRelease(memory, tailOffset, tail);
    return true;
  }

  long copyCount() {
    return counter(zcrx_stats.copy_count$offset());
  }

  long copyBytes() {
    return counter(zcrx_stats.copy_bytes$offset());
  }

  private long counter(long field) {
    long offset = ZeroCopyReceiveOptions.statisticsOffset(memory.byteSize()) + field;
    return (long) ValueLayout.JAVA_LONG.varHandle().getOpaque(memory, offset);
  }
}
