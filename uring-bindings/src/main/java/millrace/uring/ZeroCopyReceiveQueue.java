package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_region_desc;
import millrace.uring.abi.io_uring_zcrx_area_reg;
import millrace.uring.abi.io_uring_zcrx_ifq_reg;
import millrace.uring.abi.io_uring_zcrx_offsets;
import millrace.uring.abi.io_uring_zcrx_rqe;
import millrace.uring.abi.zcrx_ctrl;
import millrace.uring.abi.zcrx_ctrl_export;

/**
 * A hardware receive queue whose packets land in memory of the application
 * (IORING_REGISTER_ZCRX_IFQ, 6.15). Operations that receive by it complete with 32 bytes, of which
 * the first extra word tells where in the area the data is; {@link #recycle} gives that part back.
 *
 * <p>The ring needs DEFER_TASKRUN and CQE32 or CQE_MIXED, the process CAP_NET_ADMIN, the device a
 * driver that can split headers from data. The area stays the caller's and must stay mapped as long
 * as the ring is open: a queue is registered until its ring ends. By the owner of the ring. Source:
 * {@code io_uring_register_ifq(3)}.
 */
public final class ZeroCopyReceiveQueue {
  private static final long ENTRY_BYTES = io_uring_zcrx_rqe.sizeof();

  private final Ring ring;
  private final int id;
  private final MemorySegment refill;
  private final MemorySegment offsets;
  private final long areaToken;
  private final int mask;
  private int tail;

  private ZeroCopyReceiveQueue(
      Ring ring, MemorySegment argument, MemorySegment refill, long areaToken) {
    this.ring = ring;
    this.id = io_uring_zcrx_ifq_reg.zcrx_id(argument);
    this.refill = refill;
    this.offsets = io_uring_zcrx_ifq_reg.offsets(argument);
    this.areaToken = areaToken;
    this.mask = io_uring_zcrx_ifq_reg.rq_entries(argument) - 1;
  }

  /**
   * Registers a queue of a device.
   *
   * @param ring the ring whose operations receive by it
   * @param interfaceIndex the device, as {@code if_nametoindex(3)} tells it
   * @param receiveQueue the number of its queue, 0 or more
   * @param entries how many parts can be on their way back, rounded up to a power of two
   * @param area whole pages of native memory, into which packets go
   * @return the queue
   * @throws UringException EINVAL before Linux 6.15 and for rings without the flags, EPERM, ENODEV,
   *     EOPNOTSUPP when the driver cannot
   */
  public static ZeroCopyReceiveQueue register(
      Ring ring, int interfaceIndex, int receiveQueue, int entries, MemorySegment area)
      throws UringException {
    Arguments.notNegative("interfaceIndex", interfaceIndex);
    Arguments.notNegative("receiveQueue", receiveQueue);
    Arguments.inRange("entries", entries, 1, RingOptions.MAX_SUBMISSION_ENTRIES);
    if (!area.isNative()) {
      throw new IllegalArgumentException("area is not native memory: " + area);
    }
    // Freed with the queue: the ring pins what it was given.
    Arena arena = Arena.ofAuto();
    long powerOfTwo = entries == 1 ? 1 : 2L * Integer.highestOneBit(entries - 1);
    MemorySegment refill =
        SharedMapping.anonymous(powerOfTwo * ENTRY_BYTES + Libc.pageSize(), arena);
    MemorySegment region = arena.allocate(io_uring_region_desc.layout());
    io_uring_region_desc.user_addr(region, refill.address());
    io_uring_region_desc.size(region, refill.byteSize());
    io_uring_region_desc.flags(region, IoUring.IORING_MEM_REGION_TYPE_USER());
    MemorySegment areaArgument = arena.allocate(io_uring_zcrx_area_reg.layout());
    io_uring_zcrx_area_reg.addr(areaArgument, area.address());
    io_uring_zcrx_area_reg.len(areaArgument, area.byteSize());
    MemorySegment argument = arena.allocate(io_uring_zcrx_ifq_reg.layout());
    io_uring_zcrx_ifq_reg.if_idx(argument, interfaceIndex);
    io_uring_zcrx_ifq_reg.if_rxq(argument, receiveQueue);
    io_uring_zcrx_ifq_reg.rq_entries(argument, entries);
    io_uring_zcrx_ifq_reg.area_ptr(argument, areaArgument.address());
    io_uring_zcrx_ifq_reg.region_ptr(argument, region.address());
    Registration.call(
        ring,
        RegisterOpcode.REGISTER_ZCRX_IFQ,
        argument,
        1,
        "queue " + receiveQueue + " of interface " + interfaceIndex);
    long token = io_uring_zcrx_area_reg.rq_area_token(areaArgument);
    return new ZeroCopyReceiveQueue(ring, argument, refill, token);
  }

  /**
   * What entries name the queue by.
   *
   * @return the kernel's number
   */
  public int id() {
    return id;
  }

  /**
   * Gives a part of the area back to the device. Allocates nothing.
   *
   * @param firstExtra the first extra word of the completion that brought it
   * @param lengthBytes how many bytes it brought
   * @return false when the kernel has not yet taken the parts given back before: try later, or
   *     {@link #flush}
   */
  public boolean recycle(long firstExtra, int lengthBytes) {
    int head = (int) RingMemory.INT.getAcquire(refill, offset(io_uring_zcrx_offsets.head(offsets)));
    if (tail - head > mask) {
      return false;
    }
    long entry = offset(io_uring_zcrx_offsets.rqes(offsets)) + (tail & mask) * ENTRY_BYTES;
    long place = firstExtra & ~IoUring.IORING_ZCRX_AREA_MASK();
    refill.set(ValueLayout.JAVA_LONG, entry + io_uring_zcrx_rqe.off$offset(), place | areaToken);
    refill.set(ValueLayout.JAVA_INT, entry + io_uring_zcrx_rqe.len$offset(), lengthBytes);
    tail++;
    // Release: the kernel reads the tail with acquire and then the entries below it.
    RingMemory.INT.setRelease(refill, offset(io_uring_zcrx_offsets.tail(offsets)), tail);
    return true;
  }

  /**
   * Lets the kernel take now what was given back (ZCRX_CTRL_FLUSH_RQ, 6.19).
   *
   * @return 0, or {@code -errno}: EINVAL before Linux 6.19
   */
  public int flush() {
    try (Arena scratch = Arena.ofConfined()) {
      return control(scratch.allocate(zcrx_ctrl.layout()), IoUring.ZCRX_CTRL_FLUSH_RQ());
    }
  }

  /**
   * Makes a descriptor by which other rings can use the queue (ZCRX_CTRL_EXPORT, 6.19).
   *
   * @return a file descriptor, the caller's, or {@code -errno}: EINVAL before Linux 6.19
   */
  public int export() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(zcrx_ctrl.layout());
      int result = control(argument, IoUring.ZCRX_CTRL_EXPORT());
      return result < 0 ? result : zcrx_ctrl_export.zcrx_fd(zcrx_ctrl.zc_export(argument));
    }
  }

  private int control(MemorySegment argument, int operation) {
    zcrx_ctrl.zcrx_id(argument, id);
    zcrx_ctrl.op(argument, operation);
    return ring.register(IoUring.IORING_REGISTER_ZCRX_CTRL(), argument, 0);
  }

  private static long offset(int field) {
    return Integer.toUnsignedLong(field);
  }
}
