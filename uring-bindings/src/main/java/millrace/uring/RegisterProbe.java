package millrace.uring;

import java.util.EnumSet;
import java.util.Set;
import millrace.uring.abi.io_uring_rsrc_register;
import millrace.uring.abi.io_uring_rsrc_update2;

/**
 * Asks a kernel which registrations it has, also one that is too old to be asked
 * (IORING_REGISTER_QUERY, 6.18): each is called with an argument at an address where no memory is.
 * A kernel that has the registration fails to read it (EFAULT), or answers of the ring's state; one
 * that does not says EINVAL before it looks.
 */
final class RegisterProbe {
  private static final int NO_RING = -1;

  // In the first page, which Linux maps for nobody (vm.mmap_min_addr).
  private static final long NO_MEMORY = 8;

  private RegisterProbe() {}

  /**
   * Returns the registrations that the kernel has.
   *
   * @param fd an enabled ring of the current thread, without registrations
   * @param fullFd the same with SINGLE_ISSUER, DEFER_TASKRUN and CQE32, which some registrations
   *     want; or {@code fd} where the kernel has not got that
   */
  static Set<RegisterOpcode> ask(int fd, int fullFd) {
    Set<RegisterOpcode> found = EnumSet.noneOf(RegisterOpcode.class);
    if (isRefused(fault(fd, RegisterOpcode.REGISTER_PROBE, 1))) {
      return found;
    }
    for (RegisterOpcode opcode : RegisterOpcode.values()) {
      if (ask(opcode, fd, fullFd) != -Errno.EINVAL) {
        found.add(opcode);
      }
    }
    return found;
  }

  /** No kernel answers so of itself: a seccomp filter or a security module does, to all alike. */
  static boolean isRefused(int result) {
    return result == -Errno.EPERM || result == -Errno.EACCES || result == -Errno.ENOSYS;
  }

  private static int ask(RegisterOpcode opcode, int fd, int fullFd) {
    return switch (opcode) {
      case UNREGISTER_BUFFERS,
          UNREGISTER_FILES,
          UNREGISTER_EVENTFD,
          UNREGISTER_IOWQ_AFF,
          REGISTER_ENABLE_RINGS ->
          Libc.ioUringRegister(fd, opcode.code(), 0, 0);
      case REGISTER_PERSONALITY, UNREGISTER_PERSONALITY -> personality(fd);
      case REGISTER_FILES2, REGISTER_BUFFERS2 ->
          fault(fd, opcode, (int) io_uring_rsrc_register.sizeof());
      case REGISTER_FILES_UPDATE2, REGISTER_BUFFERS_UPDATE ->
          fault(fd, opcode, (int) io_uring_rsrc_update2.sizeof());
      case REGISTER_IOWQ_MAX_WORKERS -> fault(fd, opcode, 2);
      case REGISTER_FILE_ALLOC_RANGE, REGISTER_CLOCK, REGISTER_QUERY, REGISTER_ZCRX_CTRL ->
          fault(fd, opcode, 0);
      case REGISTER_SEND_MSG_RING -> fault(NO_RING, opcode, 1);
      case REGISTER_ZCRX_IFQ, REGISTER_RESIZE_RINGS -> fault(fullFd, opcode, 1);
      default -> fault(fd, opcode, 1);
    };
  }

  private static int fault(int fd, RegisterOpcode opcode, int count) {
    return Libc.ioUringRegister(fd, opcode.code(), NO_MEMORY, count);
  }

  // Credentials are the one thing that is registered without an argument.
  private static int personality(int fd) {
    int id = Libc.ioUringRegister(fd, RegisterOpcode.REGISTER_PERSONALITY.code(), 0, 0);
    if (id < 0) {
      return id;
    }
    return Libc.ioUringRegister(fd, RegisterOpcode.UNREGISTER_PERSONALITY.code(), 0, id);
  }
}
