package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_bpf;
import millrace.uring.abi.io_uring_bpf_filter;

/**
 * A classic BPF program that allows or refuses operations of one kind by their arguments
 * (IORING_REGISTER_BPF_FILTER, 7.0). It sees a struct io_uring_bpf_ctx and returns 0 to refuse: the
 * operation then completes with EACCES.
 *
 * <p>Immutable, any thread. Source: {@code io_uring_register_bpf_filter(3)}.
 *
 * @param opcode the operation that is filtered
 * @param flags {@link #DENY_REST}, {@link #SZ_STRICT} or 0
 * @param payloadBytes how many bytes of the operation's own the program expects in its context: 12
 *     for SOCKET, 24 for OPENAT and OPENAT2, else 0
 * @param program an array of struct sock_filter, native memory that is read by the registration
 */
public record BpfFilter(Opcode opcode, int flags, int payloadBytes, MemorySegment program) {
  /** Operations without a filter are refused. */
  public static final int DENY_REST = IoUring.IO_URING_BPF_FILTER_DENY_REST();

  /** A kernel with another size of the payload refuses the filter. */
  public static final int SZ_STRICT = IoUring.IO_URING_BPF_FILTER_SZ_STRICT();

  private static final long INSTRUCTION_BYTES = 8;
  private static final int NO_RING = -1;

  /** Checks the program's shape. */
  public BpfFilter {
    Arguments.inRange("payloadBytes", payloadBytes, 0, 255);
    if (!program.isNative()
        || program.byteSize() == 0
        || program.byteSize() % INSTRUCTION_BYTES != 0) {
      throw new IllegalArgumentException("program is no native array of sock_filter: " + program);
    }
  }

  /**
   * Filters the operations of a ring. By the owner of the ring, or by any thread before it is
   * enabled.
   *
   * @param ring the ring
   * @throws UringException EINVAL before Linux 7.0, EMSGSIZE with the kernel's payload size
   */
  public void register(Ring ring) throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = argument(scratch);
      check(ring.register(RegisterOpcode.REGISTER_BPF_FILTER.code(), argument, 1), argument);
    } finally {
      Reference.reachabilityFence(program);
    }
  }

  /**
   * Filters the operations of all rings that the current thread, and what it starts, will set up;
   * for good. Needs CAP_SYS_ADMIN or PR_SET_NO_NEW_PRIVS, like a seccomp filter.
   *
   * @throws UringException like {@link #register}, EACCES
   */
  public void registerForThread() throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = argument(scratch);
      int code = RegisterOpcode.REGISTER_BPF_FILTER.code();
      check(Libc.ioUringRegister(NO_RING, code, argument.address(), 1), argument);
    } finally {
      Reference.reachabilityFence(program);
    }
  }

  private MemorySegment argument(Arena scratch) {
    MemorySegment argument = scratch.allocate(io_uring_bpf.layout());
    io_uring_bpf.cmd_type(argument, (short) IoUring.IO_URING_BPF_CMD_FILTER());
    MemorySegment filter = io_uring_bpf.filter(argument);
    io_uring_bpf_filter.opcode(filter, opcode.code());
    io_uring_bpf_filter.flags(filter, flags);
    io_uring_bpf_filter.filter_len(filter, (int) (program.byteSize() / INSTRUCTION_BYTES));
    io_uring_bpf_filter.pdu_size(filter, (byte) payloadBytes);
    io_uring_bpf_filter.filter_ptr(filter, program.address());
    return argument;
  }

  private void check(int result, MemorySegment argument) throws UringException {
    if (result == -Errno.EMSGSIZE) {
      int expected =
          Byte.toUnsignedInt(io_uring_bpf_filter.pdu_size(io_uring_bpf.filter(argument)));
      throw new UringException(
          Registration.name(RegisterOpcode.REGISTER_BPF_FILTER),
          Errno.EMSGSIZE,
          opcode.name(),
          "the kernel's payload has " + expected + " bytes");
    }
    Registration.check(result, RegisterOpcode.REGISTER_BPF_FILTER, opcode.name());
  }
}
