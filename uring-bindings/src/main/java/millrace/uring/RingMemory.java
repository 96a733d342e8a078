package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_cqe;
import millrace.uring.abi.io_uring_params;
import millrace.uring.abi.io_uring_sqe;

/**
 * The memory shared with the kernel, mapped into segments of one arena.
 *
 * <p>The arena is shared because a ring is opened by one thread and owned by another. Closing it
 * unmaps: from then on every access is an IllegalStateException, where a bare address would be a
 * SIGSEGV.
 */
final class RingMemory implements AutoCloseable {
  /** Plain, acquire and release access to an int at a byte offset. */
  static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private final Arena arena;
  private final MemorySegment submissionRing;
  private final MemorySegment completionRing;
  private final MemorySegment submissionEntries;

  private RingMemory(
      Arena arena,
      MemorySegment submissionRing,
      MemorySegment completionRing,
      MemorySegment submissionEntries) {
    this.arena = arena;
    this.submissionRing = submissionRing;
    this.completionRing = completionRing;
    this.submissionEntries = submissionEntries;
  }

  /**
   * Maps the rings of a new io_uring.
   *
   * @param arena takes the mappings over; the caller closes it when this method throws
   */
  static RingMemory map(RingSetup setup, Set<Feature> features, Arena arena) throws UringException {
    MemorySegment parameters = setup.parameters();
    int descriptor = setup.descriptor();
    long submissionBytes = submissionRingBytes(parameters);
    long completionBytes = completionRingBytes(parameters);
    MemorySegment submissionRing;
    MemorySegment completionRing;
    if (features.contains(Feature.SINGLE_MMAP)) {
      long bytes = Math.max(submissionBytes, completionBytes);
      submissionRing = SharedMapping.ofRing(descriptor, IoUring.IORING_OFF_SQ_RING(), bytes, arena);
      completionRing = submissionRing;
    } else {
      submissionRing =
          SharedMapping.ofRing(descriptor, IoUring.IORING_OFF_SQ_RING(), submissionBytes, arena);
      completionRing =
          SharedMapping.ofRing(descriptor, IoUring.IORING_OFF_CQ_RING(), completionBytes, arena);
    }
    long entriesBytes = io_uring_params.sq_entries(parameters) * io_uring_sqe.sizeof();
    MemorySegment entries =
        SharedMapping.ofRing(descriptor, IoUring.IORING_OFF_SQES(), entriesBytes, arena);
    if (!setup.granted().contains(SetupFlag.NO_SQARRAY)) {
      fillIndexArray(submissionRing, parameters);
    }
    return new RingMemory(arena, submissionRing, completionRing, entries);
  }

  MemorySegment submissionRing() {
    return submissionRing;
  }

  MemorySegment completionRing() {
    return completionRing;
  }

  MemorySegment submissionEntries() {
    return submissionEntries;
  }

  Arena arena() {
    return arena;
  }

  @Override
  public void close() {
    arena.close();
  }

  private static long submissionRingBytes(MemorySegment parameters) {
    MemorySegment offsets = io_uring_params.sq_off(parameters);
    long entries = io_uring_params.sq_entries(parameters);
    // With NO_SQARRAY the array has the offset 0 and the ring only its fields, which lie in front
    // of where the array would be. They are found below the completion entries in the same map.
    return io_sqring_offsets.array(offsets) + entries * Integer.BYTES;
  }

  private static long completionRingBytes(MemorySegment parameters) {
    MemorySegment offsets = io_uring_params.cq_off(parameters);
    long entries = io_uring_params.cq_entries(parameters);
    return io_cqring_offsets.cqes(offsets) + entries * io_uring_cqe.sizeof();
  }

  /** The index array is the identity for good: entries are submitted in the order of the ring. */
  private static void fillIndexArray(MemorySegment ring, MemorySegment parameters) {
    long array = io_sqring_offsets.array(io_uring_params.sq_off(parameters));
    int entries = io_uring_params.sq_entries(parameters);
    for (int index = 0; index < entries; index++) {
      ring.set(ValueLayout.JAVA_INT, array + (long) index * Integer.BYTES, index);
    }
  }
}
