package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_mem_region_reg;
import millrace.uring.abi.io_uring_region_desc;

/**
 * Memory that a ring and its kernel share for arguments (IORING_REGISTER_MEM_REGION, 6.13). It is
 * registered until the ring ends; a ring has one.
 *
 * <p>The ring holds the region: memory of an automatic arena, and the mapping of the kernel's, stay
 * alive as long as the ring is open. Memory of an arena that is closed must outlive the ring: the
 * kernel has its pages pinned, and goes on reading there what somebody else may have written since.
 * Source: {@code io_uring_register_region(3)}.
 */
public final class MemoryRegion {
  /** The region holds the arguments of waits; only before the ring is enabled. */
  public static final int REG_WAIT_ARG = IoUring.IORING_MEM_REGION_REG_WAIT_ARG();

  private final MemorySegment memory;

  private MemoryRegion(MemorySegment memory) {
    this.memory = memory;
  }

  /**
   * Registers memory of the caller (IORING_MEM_REGION_TYPE_USER).
   *
   * @param ring the ring; by its owner, or by any thread before it is enabled
   * @param memory whole pages of native memory
   * @param flags {@link #REG_WAIT_ARG} or 0
   * @return the region
   * @throws UringException EINVAL before Linux 6.13, for memory that is not whole pages, and with
   *     REG_WAIT_ARG when the ring is enabled; EBUSY when it has a region
   */
  public static MemoryRegion register(Ring ring, MemorySegment memory, int flags)
      throws UringException {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("memory is not native memory: " + memory);
    }
    Arguments.inRange("flags", flags, 0, REG_WAIT_ARG);
    call(ring, memory.address(), memory.byteSize(), flags);
    return held(ring, memory);
  }

  /**
   * Registers memory of the kernel, and maps it.
   *
   * @param ring the ring; by its owner, or by any thread before it is enabled
   * @param bytes how much, rounded up to whole pages, 1 or more
   * @param flags {@link #REG_WAIT_ARG} or 0
   * @return the region
   * @throws UringException like {@link #register}, and when the memory cannot be mapped
   */
  public static MemoryRegion allocate(Ring ring, int bytes, int flags) throws UringException {
    Arguments.inRange("bytes", bytes, 1, Integer.MAX_VALUE);
    Arguments.inRange("flags", flags, 0, REG_WAIT_ARG);
    long pages = QueueSizes.wholePages(bytes);
    // First: a region that cannot be mapped could not be given back either.
    int fd = ring.fd();
    long offset = call(ring, 0, pages, flags);
    return held(ring, SharedMapping.ofRing(fd, offset, pages, Arena.ofAuto()));
  }

  private static MemoryRegion held(Ring ring, MemorySegment memory) {
    MemoryRegion region = new MemoryRegion(memory);
    ring.hold(region);
    return region;
  }

  /** Returns where mmap(2) finds memory of the kernel. */
  private static long call(Ring ring, long address, long bytes, int flags) throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment description = scratch.allocate(io_uring_region_desc.layout());
      io_uring_region_desc.user_addr(description, address);
      io_uring_region_desc.size(description, bytes);
      io_uring_region_desc.flags(
          description, address == 0 ? 0 : IoUring.IORING_MEM_REGION_TYPE_USER());
      MemorySegment argument = scratch.allocate(io_uring_mem_region_reg.layout());
      io_uring_mem_region_reg.region_uptr(argument, description.address());
      io_uring_mem_region_reg.flags(argument, flags);
      Registration.call(ring, RegisterOpcode.REGISTER_MEM_REGION, argument, 1, bytes + " bytes");
      return io_uring_region_desc.mmap_offset(description);
    }
  }

  /**
   * The region.
   *
   * @return memory that the kernel reads too
   */
  public MemorySegment memory() {
    return memory;
  }
}
