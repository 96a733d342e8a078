package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_zcrx_area_reg;

/**
 * Memory into which a {@link ZeroCopyReceiveQueue} receives: pages of the process, or a dma-buf,
 * such as memory of a graphics card, which the process need not be able to read.
 *
 * <p>Immutable, any thread. Source: {@code io_uring_register(2)}, IORING_REGISTER_ZCRX_IFQ.
 */
public final class ZeroCopyReceiveArea {
  private static final int NO_DMABUF = -1;

  private final MemorySegment memory;
  private final int dmabufFd;
  private final long lengthBytes;

  private ZeroCopyReceiveArea(MemorySegment memory, int dmabufFd, long lengthBytes) {
    this.memory = memory;
    this.dmabufFd = dmabufFd;
    this.lengthBytes = lengthBytes;
  }

  /**
   * Pages of this process. They are pinned and count against RLIMIT_MEMLOCK. The ring holds the
   * segment once the area is registered, so that an automatic arena stays alive as long as the ring
   * does; any other arena must stay open until the device no longer writes, after the ring is
   * closed.
   *
   * @param memory native memory that is readable and writable, whole pages
   * @return the area
   */
  public static ZeroCopyReceiveArea of(MemorySegment memory) {
    long pageBytes = Libc.pageSize();
    if (!memory.isNative()
        || memory.byteSize() == 0
        || memory.address() % pageBytes != 0
        || memory.byteSize() % pageBytes != 0) {
      throw new IllegalArgumentException("memory " + memory + " is not native memory of pages");
    }
    return new ZeroCopyReceiveArea(memory, NO_DMABUF, memory.byteSize());
  }

  /**
   * A dma-buf (IORING_ZCRX_AREA_DMABUF, 6.16). The kernel has a reference of its own once the area
   * is registered.
   *
   * @param dmabufFd the descriptor, which stays the caller's
   * @param lengthBytes the length of all of it, whole pages
   * @return the area
   */
  public static ZeroCopyReceiveArea ofDmabuf(int dmabufFd, long lengthBytes) {
    Arguments.notNegative("dmabufFd", dmabufFd);
    if (lengthBytes <= 0 || lengthBytes % Libc.pageSize() != 0) {
      throw new IllegalArgumentException("lengthBytes " + lengthBytes + " is not of whole pages");
    }
    return new ZeroCopyReceiveArea(null, dmabufFd, lengthBytes);
  }

  /**
   * The pages of the area.
   *
   * @return what {@link #of} was given, or null for a dma-buf
   */
  public MemorySegment memory() {
    return memory;
  }

  /**
   * The size of the area.
   *
   * @return bytes, whole pages
   */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** The struct io_uring_zcrx_area_reg that registers it. */
  MemorySegment argument(Arena arena) {
    MemorySegment argument = arena.allocate(io_uring_zcrx_area_reg.layout());
    io_uring_zcrx_area_reg.len(argument, lengthBytes);
    if (memory != null) {
      io_uring_zcrx_area_reg.addr(argument, memory.address());
    } else {
      io_uring_zcrx_area_reg.flags(argument, IoUring.IORING_ZCRX_AREA_DMABUF());
      io_uring_zcrx_area_reg.dmabuf_fd(argument, dmabufFd);
    }
    return argument;
  }

  /** The number that the kernel gave to the area, once it is registered. */
  static int id(MemorySegment argument) {
    return ZeroCopyReceiveQueue.areaId(io_uring_zcrx_area_reg.rq_area_token(argument));
  }
}
