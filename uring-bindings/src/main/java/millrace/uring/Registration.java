package millrace.uring;

import java.lang.foreign.MemorySegment;

/** A call of io_uring_register(2) that throws what the kernel refuses, made readable. */
final class Registration {
  private Registration() {}

  /**
   * Registers with a ring.
   *
   * @param subject what is registered, for the message
   * @return the result, 0 or more
   */
  static int call(
      Ring ring, RegisterOpcode opcode, MemorySegment argument, int count, String subject)
      throws UringException {
    return check(ring.register(opcode.code(), argument, count), opcode, subject);
  }

  static int check(int result, RegisterOpcode opcode, String subject) throws UringException {
    if (result < 0) {
      throw new UringException(name(opcode), -result, subject, hint(-result, opcode));
    }
    return result;
  }

  static String name(RegisterOpcode opcode) {
    String name = opcode.name();
    String prefix = "REGISTER_";
    return "io_uring_register("
        + (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        + ")";
  }

  /** What ENOMEM means where memory is pinned. */
  static String memlockHint() {
    long bytes = ResourceLimit.of(Libc.RLIMIT_MEMLOCK).soft();
    return bytes == ResourceLimit.UNLIMITED
        ? "no memory; RLIMIT_MEMLOCK is unlimited here"
        : "no memory, or more pinned than RLIMIT_MEMLOCK allows, which is "
            + bytes
            + " bytes here for all rings of the user: raise it (ulimit -l)";
  }

  private static String hint(int errno, RegisterOpcode opcode) {
    if (errno == Errno.EINVAL) {
      return "an argument is illegal, or the kernel is older than Linux " + opcode.sinceKernel();
    } else if (errno == Errno.EACCES) {
      return "the ring's restrictions forbid it";
    } else if (errno == Errno.EBADFD) {
      return "only before the ring is enabled: open it with R_DISABLED";
    } else if (errno == Errno.EBUSY) {
      return "the ring has such a registration already: unregister it first";
    } else if (errno == Errno.ENXIO) {
      return "the ring has no such registration";
    } else if (errno == Errno.ENOMEM) {
      return memlockHint();
    } else if (errno == Errno.EMFILE) {
      return "more than the kernel's limit, or than RLIMIT_NOFILE allows: raise it (ulimit -n)";
    }
    return null;
  }
}
