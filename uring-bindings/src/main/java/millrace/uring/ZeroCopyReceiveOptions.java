package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_zcrx_ifq_reg;
import millrace.uring.abi.zcrx_event_desc;
import millrace.uring.abi.zcrx_stats;

/**
 * What is asked of a {@link ZeroCopyReceiveQueue} when it is registered: a queue of a device or
 * none, its sizes, and what it is to tell.
 *
 * <p>Not for use by several threads at once. Source: {@code io_uring_register(2)},
 * IORING_REGISTER_ZCRX_IFQ, and for what is newer the kernel header {@code linux/io_uring/zcrx.h}.
 */
public final class ZeroCopyReceiveOptions {
  /** The kernel's limit for parts that are on their way back. */
  public static final int MAX_ENTRIES = 32768;

  private static final int DEFAULT_ENTRIES = 4096;

  private final int interfaceIndex;
  private final int receiveQueue;
  private final int registerFlags;
  private final Set<ZeroCopyReceiveEvent> events = EnumSet.noneOf(ZeroCopyReceiveEvent.class);
  private int entries = DEFAULT_ENTRIES;
  private int receiveBufferBytes;
  private long eventUserData;
  private boolean statistics;

  private ZeroCopyReceiveOptions(int interfaceIndex, int receiveQueue, int registerFlags) {
    this.interfaceIndex = interfaceIndex;
    this.receiveQueue = receiveQueue;
    this.registerFlags = registerFlags;
  }

  /**
   * A queue of a network device, whose driver can split headers from data.
   *
   * @param interfaceIndex the device, as {@code if_nametoindex(3)} tells it, 0 or more
   * @param receiveQueue the number of its queue, 0 or more
   * @return options with 4096 entries
   */
  public static ZeroCopyReceiveOptions device(int interfaceIndex, int receiveQueue) {
    return new ZeroCopyReceiveOptions(
        Arguments.notNegative("interfaceIndex", interfaceIndex),
        Arguments.notNegative("receiveQueue", receiveQueue),
        0);
  }

  /**
   * No device: all data is copied into the area (ZCRX_REG_NODEV, 7.1). What is {@linkplain
   * ZeroCopyReceiveQueue#recycle given back} may wait for {@link ZeroCopyReceiveQueue#flush}. For
   * tests and for machines without such a device.
   *
   * @return options with 4096 entries
   */
  public static ZeroCopyReceiveOptions noDevice() {
    return new ZeroCopyReceiveOptions(0, 0, IoUring.ZCRX_REG_NODEV());
  }

  /**
   * Sets how many parts can be on their way back.
   *
   * @param count rounded up to a power of two, 1 to {@value #MAX_ENTRIES}
   * @return this
   */
  public ZeroCopyReceiveOptions entries(int count) {
    this.entries = Arguments.inRange("count", count, 1, MAX_ENTRIES);
    return this;
  }

  /**
   * Sets the size of the buffers that the device gets (7.0, {@link
   * KernelQuery#ZCRX_FEATURE_RX_PAGE_SIZE}). Larger than pages they need memory of huge pages.
   *
   * @param bytes a power of two, at least a page; or 0 for a page
   * @return this
   */
  public ZeroCopyReceiveOptions receiveBufferBytes(int bytes) {
    if (bytes != 0 && (bytes < Libc.pageSize() || Integer.bitCount(bytes) != 1)) {
      throw new IllegalArgumentException(
          "bytes " + bytes + " is neither 0 nor a power of two of at least " + Libc.pageSize());
    }
    this.receiveBufferBytes = bytes;
    return this;
  }

  /**
   * Asks for completions that tell events (7.2, {@link KernelQuery#ZCRX_FEATURE_EVENT}).
   *
   * @param userData what they carry
   * @param wanted which events, one or more
   * @return this
   */
  public ZeroCopyReceiveOptions events(long userData, ZeroCopyReceiveEvent... wanted) {
    Arguments.inRange("wanted", wanted.length, 1, Integer.MAX_VALUE);
    this.eventUserData = userData;
    events.clear();
    Collections.addAll(events, wanted);
    return this;
  }

  /**
   * Lets the kernel count what it copies, see {@link ZeroCopyReceiveQueue#copyCount}
   * (ZCRX_EVENT_DESC_FLAG_STATS, 7.2).
   *
   * @return this
   */
  public ZeroCopyReceiveOptions statistics() {
    this.statistics = true;
    return this;
  }

  int entriesGranted() {
    return entries == 1 ? 1 : 2 * Integer.highestOneBit(entries - 1);
  }

  boolean hasStatistics() {
    return statistics;
  }

  /** Where the counters are in the refill ring's memory: at its end, behind all entries. */
  static long statisticsOffset(long regionBytes) {
    return regionBytes - zcrx_stats.sizeof();
  }

  /** The struct io_uring_zcrx_ifq_reg, and what it points to beside area and region. */
  MemorySegment argument(Arena arena, long areaAddress, long regionAddress, long regionBytes) {
    MemorySegment argument = arena.allocate(io_uring_zcrx_ifq_reg.layout());
    io_uring_zcrx_ifq_reg.if_idx(argument, interfaceIndex);
    io_uring_zcrx_ifq_reg.if_rxq(argument, receiveQueue);
    io_uring_zcrx_ifq_reg.rq_entries(argument, entries);
    io_uring_zcrx_ifq_reg.flags(argument, registerFlags);
    io_uring_zcrx_ifq_reg.area_ptr(argument, areaAddress);
    io_uring_zcrx_ifq_reg.region_ptr(argument, regionAddress);
    io_uring_zcrx_ifq_reg.rx_buf_len(argument, receiveBufferBytes);
    if (statistics || !events.isEmpty()) {
      io_uring_zcrx_ifq_reg.event_desc(
          argument, eventDescription(arena, statisticsOffset(regionBytes)).address());
    }
    return argument;
  }

  MemorySegment eventDescription(Arena arena, long statisticsOffset) {
    MemorySegment description = arena.allocate(zcrx_event_desc.layout());
    zcrx_event_desc.user_data(description, eventUserData);
    zcrx_event_desc.type_mask(description, ZeroCopyReceiveEvent.mask(events));
    if (statistics) {
      zcrx_event_desc.flags(description, IoUring.ZCRX_EVENT_DESC_FLAG_STATS());
      zcrx_event_desc.stats_offset(description, statisticsOffset);
    }
    return description;
  }

  /** What was asked for, for messages. */
  @Override
  public String toString() {
    return (registerFlags & IoUring.ZCRX_REG_NODEV()) != 0
        ? "no device"
        : "queue " + receiveQueue + " of interface " + interfaceIndex;
  }

  /** What the newest of these options needs, for messages. */
  String needs() {
    if (statistics || !events.isEmpty()) {
      return "events and statistics need Linux 7.2";
    } else if ((registerFlags & IoUring.ZCRX_REG_NODEV()) != 0) {
      return "a queue without a device needs Linux 7.1";
    } else if (receiveBufferBytes != 0) {
      return "a size of receive buffers needs Linux 7.0";
    }
    return "zero-copy receives need Linux 6.15";
  }
}
