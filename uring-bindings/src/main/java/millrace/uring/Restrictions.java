package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_restriction;
import millrace.uring.abi.io_uring_task_restriction;

/**
 * What a ring may do once it is enabled: a list of what is allowed, all else is refused. An
 * operation that is not allowed completes with EACCES, a registration answers EACCES.
 *
 * <p>Not for use by several threads at once. Sources: {@code io_uring_register_restrictions(3)},
 * {@code io_uring_register(2)}.
 */
public final class Restrictions {
  private static final int MAX_FLAGS = 255;

  /** What the count of a thread's rules has room for. */
  private static final int MAX_THREAD_RULES = 65535;

  private record Rule(int kind, int value) {}

  private final List<Rule> rules = new ArrayList<>();

  /** Starts with nothing allowed. */
  public Restrictions() {}

  /**
   * Allows operations.
   *
   * @param opcodes the operations
   * @return this
   */
  public Restrictions allow(Opcode... opcodes) {
    for (Opcode opcode : opcodes) {
      rules.add(new Rule(IoUring.IORING_RESTRICTION_SQE_OP(), opcode.code()));
    }
    return this;
  }

  /**
   * Allows registrations.
   *
   * @param opcodes the registrations
   * @return this
   */
  public Restrictions allow(RegisterOpcode... opcodes) {
    for (RegisterOpcode opcode : opcodes) {
      rules.add(new Rule(IoUring.IORING_RESTRICTION_REGISTER_OP(), opcode.code()));
    }
    return this;
  }

  /**
   * Allows flags of entries.
   *
   * @param sqeFlags entry bits of {@link SqeFlags}
   * @return this
   */
  public Restrictions allowFlags(int sqeFlags) {
    Arguments.inRange("sqeFlags", sqeFlags, 0, MAX_FLAGS);
    rules.add(new Rule(IoUring.IORING_RESTRICTION_SQE_FLAGS_ALLOWED(), sqeFlags));
    return this;
  }

  /**
   * Asks for flags that each entry must have.
   *
   * @param sqeFlags entry bits of {@link SqeFlags}
   * @return this
   */
  public Restrictions requireFlags(int sqeFlags) {
    Arguments.inRange("sqeFlags", sqeFlags, 0, MAX_FLAGS);
    rules.add(new Rule(IoUring.IORING_RESTRICTION_SQE_FLAGS_REQUIRED(), sqeFlags));
    return this;
  }

  /**
   * Restricts a ring from its {@link Ring#enable} on, for good (IORING_REGISTER_RESTRICTIONS,
   * 5.10). Once, by any thread before the ring is enabled.
   *
   * @param ring a ring with {@link SetupFlag#R_DISABLED} that is not enabled
   * @throws UringException EBADFD when the ring is enabled, EBUSY when it is restricted, EINVAL
   */
  public void register(Ring ring) throws UringException {
    requireRules();
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = io_uring_restriction.allocateArray(rules.size(), scratch);
      fill(argument);
      Registration.call(
          ring, RegisterOpcode.REGISTER_RESTRICTIONS, argument, rules.size(), subject());
    }
  }

  /**
   * Restricts all rings that the current thread, and what it starts, will set up; for good (7.0).
   * Needs CAP_SYS_ADMIN or PR_SET_NO_NEW_PRIVS, like a seccomp filter.
   *
   * @throws UringException EINVAL before Linux 7.0, EACCES, EPERM when the thread is restricted
   */
  public void registerForThread() throws UringException {
    requireRules();
    Arguments.inRange("rules", rules.size(), 1, MAX_THREAD_RULES);
    long header = io_uring_task_restriction.sizeof();
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument =
          scratch.allocate(header + rules.size() * io_uring_restriction.sizeof(), Long.BYTES);
      io_uring_task_restriction.nr_res(argument, (short) rules.size());
      fill(argument.asSlice(header));
      int code = RegisterOpcode.REGISTER_RESTRICTIONS.code();
      int result = Libc.ioUringRegister(-1, code, argument.address(), 1);
      if (result < 0) {
        throw new UringException(
            "io_uring_register(RESTRICTIONS)",
            -result,
            subject() + " for the thread",
            -result == Errno.EINVAL || -result == Errno.EBADF ? "needs Linux 7.0" : null);
      }
    }
  }

  private void fill(MemorySegment argument) {
    for (int index = 0; index < rules.size(); index++) {
      MemorySegment element = io_uring_restriction.asSlice(argument, index);
      io_uring_restriction.opcode(element, (short) rules.get(index).kind);
      io_uring_restriction.sqe_op(element, (byte) rules.get(index).value);
    }
  }

  private void requireRules() {
    if (rules.isEmpty()) {
      throw new IllegalStateException("nothing is allowed: such a ring could do nothing");
    }
  }

  private String subject() {
    return rules.size() + " rules";
  }
}
