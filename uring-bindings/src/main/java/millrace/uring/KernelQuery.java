package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_query_hdr;
import millrace.uring.abi.io_uring_query_opcode;
import millrace.uring.abi.io_uring_query_scq;
import millrace.uring.abi.io_uring_query_zcrx;
import millrace.uring.abi.io_uring_query_zcrx_event;

/**
 * What the kernel says of itself when asked without a ring (IORING_REGISTER_QUERY, 6.18). {@link
 * KernelSupport} also knows of older kernels, and of what this process may not do.
 *
 * <p>Any thread. Source: {@code io_uring_register_query(3)}.
 */
public final class KernelQuery {
  /**
   * In {@link ZeroCopyReceive#features}: {@link ZeroCopyReceiveOptions#receiveBufferBytes} is taken
   * (7.0).
   */
  public static final int ZCRX_FEATURE_RX_PAGE_SIZE = IoUring.ZCRX_FEATURE_RX_PAGE_SIZE();

  /** In {@link ZeroCopyReceive#features}: {@link ZeroCopyReceiveOptions#events} is taken (7.2). */
  public static final int ZCRX_FEATURE_EVENT = IoUring.ZCRX_FEATURE_EVENT();

  private static final int NO_RING = -1;

  private KernelQuery() {}

  /**
   * The operations and flags of a kernel (IO_URING_QUERY_OPCODES).
   *
   * @param requestOpcodes how many operations there are: {@link Opcode#code}s are below
   * @param registerOpcodes how many registrations there are: {@link RegisterOpcode#code}s are below
   * @param featureFlags the bits of all {@link Feature}s
   * @param setupFlags the bits of all {@link SetupFlag}s
   * @param enterFlags the bits of all flags of io_uring_enter(2)
   * @param sqeFlags the bits of all entry flags in {@link SqeFlags}
   * @param queryOpcodes how many queries there are
   */
  public record Opcodes(
      int requestOpcodes,
      int registerOpcodes,
      long featureFlags,
      long setupFlags,
      long enterFlags,
      long sqeFlags,
      int queryOpcodes) {}

  /**
   * What zero-copy receives can do (IO_URING_QUERY_ZCRX).
   *
   * @param registerFlags ZCRX_REG_* bits
   * @param areaFlags IORING_ZCRX_AREA_* bits
   * @param controlOpcodes how many ZCRX_CTRL_* operations there are
   * @param features {@link #ZCRX_FEATURE_RX_PAGE_SIZE}, {@link #ZCRX_FEATURE_EVENT}
   * @param headerBytes the size of the refill ring's header
   * @param headerAlignmentBytes its alignment
   */
  public record ZeroCopyReceive(
      long registerFlags,
      long areaFlags,
      int controlOpcodes,
      int features,
      int headerBytes,
      int headerAlignmentBytes) {}

  /**
   * What zero-copy receives can tell (IO_URING_QUERY_ZCRX_EVENT).
   *
   * @param eventFlags a bit for each {@link ZeroCopyReceiveEvent#code}
   * @param statisticsBytes the size of the counters
   * @param statisticsAlignmentBytes their alignment
   */
  public record ZeroCopyReceiveEvents(
      int eventFlags, int statisticsBytes, int statisticsAlignmentBytes) {}

  /**
   * How the memory of a ring begins (IO_URING_QUERY_SCQ).
   *
   * @param headerBytes the size of the header before the completion entries
   * @param headerAlignmentBytes its alignment
   */
  public record Queues(long headerBytes, long headerAlignmentBytes) {}

  /**
   * Asks for operations and flags.
   *
   * @return the answer
   * @throws UringException EINVAL before Linux 6.18
   */
  public static Opcodes opcodes() throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment data = scratch.allocate(io_uring_query_opcode.layout());
      ask(IoUring.IO_URING_QUERY_OPCODES(), data, "OPCODES");
      return new Opcodes(
          io_uring_query_opcode.nr_request_opcodes(data),
          io_uring_query_opcode.nr_register_opcodes(data),
          io_uring_query_opcode.feature_flags(data),
          io_uring_query_opcode.ring_setup_flags(data),
          io_uring_query_opcode.enter_flags(data),
          io_uring_query_opcode.sqe_flags(data),
          io_uring_query_opcode.nr_query_opcodes(data));
    }
  }

  /**
   * Asks for zero-copy receives.
   *
   * @return the answer
   * @throws UringException EINVAL before Linux 6.18, EOPNOTSUPP when the kernel lacks this query
   */
  public static ZeroCopyReceive zeroCopyReceive() throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment data = scratch.allocate(io_uring_query_zcrx.layout());
      ask(IoUring.IO_URING_QUERY_ZCRX(), data, "ZCRX");
      return new ZeroCopyReceive(
          io_uring_query_zcrx.register_flags(data),
          io_uring_query_zcrx.area_flags(data),
          io_uring_query_zcrx.nr_ctrl_opcodes(data),
          io_uring_query_zcrx.features(data),
          io_uring_query_zcrx.rq_hdr_size(data),
          io_uring_query_zcrx.rq_hdr_alignment(data));
    }
  }

  /**
   * Asks for the events of zero-copy receives.
   *
   * @return the answer
   * @throws UringException EINVAL before Linux 6.18, EOPNOTSUPP before 7.2
   */
  public static ZeroCopyReceiveEvents zeroCopyReceiveEvents() throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment data = scratch.allocate(io_uring_query_zcrx_event.layout());
      ask(IoUring.IO_URING_QUERY_ZCRX_EVENT(), data, "ZCRX_EVENT");
      return new ZeroCopyReceiveEvents(
          io_uring_query_zcrx_event.event_flags(data),
          io_uring_query_zcrx_event.stats_size(data),
          io_uring_query_zcrx_event.stats_off_alignment(data));
    }
  }

  /**
   * Asks for the layout of rings.
   *
   * @return the answer
   * @throws UringException EINVAL before Linux 6.18, EOPNOTSUPP when the kernel lacks this query
   */
  public static Queues queues() throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment data = scratch.allocate(io_uring_query_scq.layout());
      ask(IoUring.IO_URING_QUERY_SCQ(), data, "SCQ");
      return new Queues(io_uring_query_scq.hdr_size(data), io_uring_query_scq.hdr_alignment(data));
    }
  }

  /**
   * Asks any query.
   *
   * @param query an IO_URING_QUERY_* number
   * @param data native memory that takes the answer, as the query wants it
   * @return 0, or {@code -errno}: EINVAL before Linux 6.18, EOPNOTSUPP when the kernel lacks this
   *     query
   */
  public static int ask(int query, MemorySegment data) {
    if (!data.isNative()) {
      throw new IllegalArgumentException("data is not native memory: " + data);
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment header = scratch.allocate(io_uring_query_hdr.layout());
      io_uring_query_hdr.query_op(header, query);
      io_uring_query_hdr.query_data(header, data.address());
      io_uring_query_hdr.size(header, (int) data.byteSize());
      int opcode = IoUring.IORING_REGISTER_QUERY();
      int result = Libc.ioUringRegister(NO_RING, opcode, header.address(), 0);
      return result < 0 ? result : io_uring_query_hdr.result(header);
    } finally {
      // Only the address goes to the kernel: the collector must not free the memory meanwhile.
      Reference.reachabilityFence(data);
    }
  }

  private static void ask(int query, MemorySegment data, String subject) throws UringException {
    Registration.check(ask(query, data), RegisterOpcode.REGISTER_QUERY, subject);
  }
}
