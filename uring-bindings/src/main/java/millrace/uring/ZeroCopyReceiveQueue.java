package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_region_desc;
import millrace.uring.abi.io_uring_zcrx_ifq_reg;
import millrace.uring.abi.zcrx_ctrl;
import millrace.uring.abi.zcrx_ctrl_export;

/**
 * A hardware receive queue whose packets land in memory of the application
 * (IORING_REGISTER_ZCRX_IFQ, 6.15). {@link Sqe#recvZc} receives by it and completes with 32 bytes,
 * of which the first extra word tells where the data is: in which area ({@link #areaId}) and where
 * in it ({@link #areaOffset}). {@link #recycle} gives that part back.
 *
 * <p>The ring needs DEFER_TASKRUN and CQE32 or CQE_MIXED, the process CAP_NET_ADMIN, the device a
 * driver that can split headers from data. A queue is registered until its ring ends, and until the
 * last descriptor and ring are closed that it was {@linkplain #export exported} to. The ring holds
 * the areas: an automatic arena stays alive as long as the ring is reachable. Memory of an arena
 * that is closed must outlive the queue: pages stay pinned, so what was mapped is merely lost, but
 * what was allocated may be somebody else's when a late packet is written to it.
 *
 * <p>By the owner of the ring. Sources: {@code io_uring_register_ifq(3)}, {@code
 * io_uring_register_zcrx_ctrl(3)}.
 */
public final class ZeroCopyReceiveQueue {
  private final Ring ring;
  private final int id;
  private final ZeroCopyRefillRing refillRing;
  private final boolean statistics;
  private final Map<Integer, ZeroCopyReceiveArea> areas = new HashMap<>();

  private ZeroCopyReceiveQueue(
      Ring ring, int id, ZeroCopyRefillRing refillRing, boolean statistics) {
    this.ring = ring;
    this.id = id;
    this.refillRing = refillRing;
    this.statistics = statistics;
  }

  /**
   * Registers a queue of a device, or one without a device.
   *
   * @param ring the ring whose operations receive by it
   * @param options which queue, and how
   * @param area into which packets go
   * @return the queue
   * @throws UringException EINVAL before Linux 6.15, for rings without the flags and for options
   *     that the kernel does not have; EPERM, ENODEV, EOPNOTSUPP when the driver cannot, EFAULT for
   *     memory that is not writable, ENOMEM, ERANGE when receive buffers are larger than the pages
   *     of the area
   */
  public static ZeroCopyReceiveQueue register(
      Ring ring, ZeroCopyReceiveOptions options, ZeroCopyReceiveArea area) throws UringException {
    int entries = options.entriesGranted();
    // Freed with the queue: the kernel has pinned the pages.
    MemorySegment memory =
        SharedMapping.anonymous(ZeroCopyRefillRing.leastBytes(entries), Arena.ofAuto());
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment region = scratch.allocate(io_uring_region_desc.layout());
      io_uring_region_desc.user_addr(region, memory.address());
      io_uring_region_desc.size(region, memory.byteSize());
      io_uring_region_desc.flags(region, IoUring.IORING_MEM_REGION_TYPE_USER());
      MemorySegment areaArgument = area.argument(scratch);
      MemorySegment argument =
          options.argument(scratch, areaArgument.address(), region.address(), memory.byteSize());
      call(ring, argument, options.toString(), options.needs());
      ZeroCopyRefillRing refillRing =
          new ZeroCopyRefillRing(memory, io_uring_zcrx_ifq_reg.offsets(argument), entries);
      int id = io_uring_zcrx_ifq_reg.zcrx_id(argument);
      ZeroCopyReceiveQueue queue =
          new ZeroCopyReceiveQueue(ring, id, refillRing, options.hasStatistics());
      queue.areas.put(ZeroCopyReceiveArea.id(areaArgument), area);
      ring.hold(queue);
      return queue;
    }
  }

  /**
   * Lets a ring use the queue of another one (ZCRX_REG_IMPORT, 6.19). Only the queue that was
   * registered gives parts back, see {@link #recycle}.
   *
   * @param ring the ring whose operations are to receive by it too, with the same flags
   * @param exportedFd what {@link #export} gave; stays the caller's
   * @return the queue, as this ring knows it
   * @throws UringException EBADF for a descriptor of something else; EFAULT or EINVAL before Linux
   *     6.19, EINVAL for rings without the flags, EPERM
   */
  public static ZeroCopyReceiveQueue importFrom(Ring ring, int exportedFd) throws UringException {
    Arguments.notNegative("exportedFd", exportedFd);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = importArgument(scratch, exportedFd);
      call(ring, argument, "descriptor " + exportedFd, "importing a queue needs Linux 6.19");
      return imported(ring, io_uring_zcrx_ifq_reg.zcrx_id(argument));
    }
  }

  /** A queue that the ring knows by this number and somebody else refills. */
  static ZeroCopyReceiveQueue imported(Ring ring, int id) {
    return new ZeroCopyReceiveQueue(ring, id, null, false);
  }

  static MemorySegment importArgument(Arena arena, int exportedFd) {
    MemorySegment argument = arena.allocate(io_uring_zcrx_ifq_reg.layout());
    io_uring_zcrx_ifq_reg.flags(argument, IoUring.ZCRX_REG_IMPORT());
    io_uring_zcrx_ifq_reg.if_idx(argument, exportedFd);
    return argument;
  }

  private static void call(Ring ring, MemorySegment argument, String subject, String needs)
      throws UringException {
    int result = ring.register(IoUring.IORING_REGISTER_ZCRX_IFQ(), argument, 1);
    if (result < 0) {
      throw new UringException(
          Registration.name(RegisterOpcode.REGISTER_ZCRX_IFQ),
          -result,
          subject,
          hint(-result, needs));
    }
  }

  private static String hint(int errno, String needs) {
    if (errno == Errno.EINVAL || errno == Errno.EFAULT) {
      return "the ring needs DEFER_TASKRUN and CQE32 or CQE_MIXED; " + needs;
    } else if (errno == Errno.EPERM) {
      return "needs CAP_NET_ADMIN";
    } else if (errno == Errno.EOPNOTSUPP) {
      return "the device has no DMA, or its driver has no zero-copy receive";
    } else if (errno == Errno.ENOMEM) {
      return Registration.memlockHint();
    }
    return null;
  }

  /**
   * What entries name the queue by, see {@link Sqe#recvZc}.
   *
   * @return the kernel's number, of this ring
   */
  public int id() {
    return id;
  }

  /**
   * In which area data is.
   *
   * @param firstExtra the first extra word of the completion that brought it
   * @return 0 for the area the queue was registered with, else what {@link #addArea} returned
   */
  public static int areaId(long firstExtra) {
    return (int) (firstExtra >>> IoUring.IORING_ZCRX_AREA_SHIFT());
  }

  /**
   * Where in its area data is.
   *
   * @param firstExtra the first extra word of the completion that brought it
   * @return bytes from the begin of the area
   */
  public static long areaOffset(long firstExtra) {
    return firstExtra & ~IoUring.IORING_ZCRX_AREA_MASK();
  }

  /**
   * The data that a completion brought. Allocates a slice: who must not, computes with {@link
   * #areaOffset}.
   *
   * @param firstExtra the first extra word of the completion
   * @param lengthBytes its result
   * @return part of an area of this queue
   * @throws IllegalArgumentException when the area is none that this object added, or a dma-buf
   */
  public MemorySegment data(long firstExtra, int lengthBytes) {
    ZeroCopyReceiveArea area = areas.get(areaId(firstExtra));
    if (area == null || area.memory() == null) {
      throw new IllegalArgumentException(
          "firstExtra 0x" + Long.toHexString(firstExtra) + " is in no memory of this queue");
    }
    return area.memory().asSlice(areaOffset(firstExtra), lengthBytes);
  }

  /**
   * Gives a part of an area back to the device. Allocates nothing. One thread at a time, also for
   * what other rings received that have {@linkplain #importFrom imported} this queue.
   *
   * @param firstExtra the first extra word of the completion that brought it
   * @param lengthBytes how many bytes it brought
   * @return false when the kernel has not yet taken the parts given back before: try later, or
   *     {@link #flush}
   * @throws IllegalStateException when the queue was imported
   */
  public boolean recycle(long firstExtra, int lengthBytes) {
    Arguments.notNegative("lengthBytes", lengthBytes);
    // The word names the area like the token that the kernel gave when it was registered.
    return refillRing("recycle").add(firstExtra, lengthBytes);
  }

  /**
   * How often data was copied into the areas.
   *
   * @return the kernel's counter
   * @throws IllegalStateException without {@link ZeroCopyReceiveOptions#statistics}
   */
  public long copyCount() {
    requireStatistics();
    return refillRing.copyCount();
  }

  /**
   * How much data was copied into the areas.
   *
   * @return bytes, the kernel's counter
   * @throws IllegalStateException without {@link ZeroCopyReceiveOptions#statistics}
   */
  public long copyBytes() {
    requireStatistics();
    return refillRing.copyBytes();
  }

  /**
   * Lets the kernel take now what was given back (ZCRX_CTRL_FLUSH_RQ, 6.19).
   *
   * @return 0, or {@code -errno}: EINVAL before Linux 6.19
   */
  public int flush() {
    try (Arena scratch = Arena.ofConfined()) {
      return ZeroCopyReceiveControl.call(ring, ZeroCopyReceiveControl.flush(scratch, id));
    }
  }

  /**
   * Makes a descriptor by which other rings can {@linkplain #importFrom import} the queue
   * (ZCRX_CTRL_EXPORT, 6.19). The queue lives as long as the descriptor.
   *
   * @return a file descriptor, the caller's, or {@code -errno}: EINVAL before Linux 6.19
   */
  public int export() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = ZeroCopyReceiveControl.export(scratch, id);
      int result = ZeroCopyReceiveControl.call(ring, argument);
      return result < 0 ? result : zcrx_ctrl_export.zcrx_fd(zcrx_ctrl.zc_export(argument));
    }
  }

  /**
   * Lets an event that was told be told again (ZCRX_CTRL_ARM_EVENT, 7.2).
   *
   * @param event the event
   * @return 0, or {@code -errno}: EINVAL when it was not told since it was armed, and before Linux
   *     6.19; EOPNOTSUPP before 7.2
   */
  public int armEvent(ZeroCopyReceiveEvent event) {
    try (Arena scratch = Arena.ofConfined()) {
      return ZeroCopyReceiveControl.call(ring, ZeroCopyReceiveControl.armEvent(scratch, id, event));
    }
  }

  /**
   * Gives the queue more memory (ZCRX_CTRL_ADD_AREA, 7.3), for good. An area of pages is added to
   * areas of pages, a dma-buf to those of dma-bufs.
   *
   * @param area the area
   * @return its number, see {@link #areaId}; or {@code -errno}: EINVAL for the other kind, for more
   *     than the kernel's limit of areas and before Linux 6.19, EOPNOTSUPP before 7.3, EFAULT,
   *     ENOMEM
   */
  public int addArea(ZeroCopyReceiveArea area) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment areaArgument = area.argument(scratch);
      int result =
          ZeroCopyReceiveControl.call(
              ring, ZeroCopyReceiveControl.addArea(scratch, id, areaArgument.address()));
      if (result < 0) {
        return result;
      }
      int areaId = ZeroCopyReceiveArea.id(areaArgument);
      areas.put(areaId, area);
      ring.hold(this);
      return areaId;
    }
  }

  private ZeroCopyRefillRing refillRing(String method) {
    if (refillRing == null) {
      throw new IllegalStateException(
          method
              + ": an imported queue, of whose areas parts are given back where it was exported");
    }
    return refillRing;
  }

  private void requireStatistics() {
    if (!statistics) {
      throw new IllegalStateException("the queue was registered without statistics()");
    }
  }
}
