package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_params;

/** io_uring_setup without any check of ours: what the kernel itself says of a set of flags. */
final class RawSetup {
  private static final int ENTRIES = 4;
  private static final int COMPLETION_ENTRIES = 8;
  private static final int QUEUE_BYTES = 1 << 16;

  private RawSetup() {}

  /**
   * Sets up a ring and gives it up.
   *
   * @param attachTo the ring of ATTACH_WQ
   * @return 0 or -errno
   */
  static int ask(Set<SetupFlag> flags, int attachTo) throws UringException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment parameters = arena.allocate(io_uring_params.layout());
      io_uring_params.flags(parameters, SetupFlag.bits(flags));
      io_uring_params.cq_entries(parameters, COMPLETION_ENTRIES);
      io_uring_params.wq_fd(parameters, attachTo);
      MemorySegment rings = SharedMapping.anonymous(QUEUE_BYTES, arena);
      MemorySegment entries = SharedMapping.anonymous(QUEUE_BYTES, arena);
      if (flags.contains(SetupFlag.NO_MMAP)) {
        io_cqring_offsets.user_addr(io_uring_params.cq_off(parameters), rings.address());
        io_sqring_offsets.user_addr(io_uring_params.sq_off(parameters), entries.address());
      }
      int result = Libc.ioUringSetup(ENTRIES, parameters);
      if (result < 0) {
        return result;
      }
      RingDescriptor.release(result, flags.contains(SetupFlag.REGISTERED_FD_ONLY));
      return 0;
    }
  }
}
