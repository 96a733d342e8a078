package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_params;

/**
 * The memory shared with the kernel: mapped from the ring into one arena, or brought along (
 * NO_MMAP).
 *
 * <p>The arena is shared because a ring is opened by one thread and owned by another. Closing it
 * unmaps: from then on every access is an IllegalStateException, where a bare address would be a
 * SIGSEGV. Memory of the caller lives as the caller's arena does, for the same reason.
 */
final class RingMemory implements AutoCloseable {
  /** Plain, acquire and release access to an int at a byte offset. */
  static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  /** What queues of a closed ring have: every access is an IllegalStateException. */
  static final MemorySegment CLOSED = closedMemory();

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
   * Maps the queues of a ring.
   *
   * @param parameters as the kernel has filled them in
   * @param arena takes the mappings over; the caller closes it when this method throws
   */
  static RingMemory map(
      int descriptor,
      MemorySegment parameters,
      Set<SetupFlag> flags,
      Set<Feature> features,
      Arena arena)
      throws UringException {
    long submissionBytes = submissionRingBytes(parameters);
    long completionBytes = completionRingBytes(parameters, flags);
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
    MemorySegment entries =
        SharedMapping.ofRing(
            descriptor, IoUring.IORING_OFF_SQES(), entriesBytes(parameters, flags), arena);
    fillIndexArray(submissionRing, parameters, flags);
    return new RingMemory(arena, submissionRing, completionRing, entries);
  }

  /**
   * Takes memory that the kernel was told to use.
   *
   * @param memory the entries and, behind them, the rings
   * @param sizes where the rings begin
   * @param arena closed with the result; need not be that of the memory
   * @throws UringException EMSGSIZE when the kernel's queues are larger than the memory
   */
  static RingMemory adopt(
      MemorySegment memory,
      QueueSizes sizes,
      MemorySegment parameters,
      Set<SetupFlag> flags,
      Arena arena)
      throws UringException {
    long ringBytes =
        Math.max(submissionRingBytes(parameters), completionRingBytes(parameters, flags));
    if (ringBytes > sizes.ringsBytes() || entriesBytes(parameters, flags) > sizes.entriesBytes()) {
      throw new UringException(
          "io_uring_setup(NO_MMAP)",
          Errno.EMSGSIZE,
          ringBytes + " bytes of rings",
          "this kernel's queues are larger than those known here: leave NO_MMAP out");
    }
    MemorySegment rings = memory.asSlice(sizes.entriesBytes(), sizes.ringsBytes());
    fillIndexArray(rings, parameters, flags);
    return new RingMemory(arena, rings, rings, memory.asSlice(0, sizes.entriesBytes()));
  }

  // No memory is behind it. As large as can be: an access is checked for its bounds first.
  private static MemorySegment closedMemory() {
    try (Arena arena = Arena.ofShared()) {
      return MemorySegment.NULL.reinterpret(Long.MAX_VALUE, arena, null);
    }
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

  private static long completionRingBytes(MemorySegment parameters, Set<SetupFlag> flags) {
    MemorySegment offsets = io_uring_params.cq_off(parameters);
    long entries = io_uring_params.cq_entries(parameters);
    return io_cqring_offsets.cqes(offsets) + (entries << QueueSizes.completionShift(flags));
  }

  private static long entriesBytes(MemorySegment parameters, Set<SetupFlag> flags) {
    long entries = io_uring_params.sq_entries(parameters);
    return entries << QueueSizes.submissionShift(flags);
  }

  /** The index array is the identity for good: entries are submitted in the order of the ring. */
  private static void fillIndexArray(
      MemorySegment ring, MemorySegment parameters, Set<SetupFlag> flags) {
    if (flags.contains(SetupFlag.NO_SQARRAY)) {
      return;
    }
    long array = io_sqring_offsets.array(io_uring_params.sq_off(parameters));
    assert array != 0 : "the kernel did not tell where the index array is";
    int entries = io_uring_params.sq_entries(parameters);
    for (int index = 0; index < entries; index++) {
      ring.set(ValueLayout.JAVA_INT, array + (long) index * Integer.BYTES, index);
    }
  }
}
