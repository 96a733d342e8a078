package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Makes the kernel refuse a system call to the current thread and all that it starts, as a
 * container's seccomp profile does. There is no way back: it is for a thread or a JVM of its own.
 * Also used by the tests of other modules.
 */
public final class SeccompFilter {
  private static final Downcall PRCTL = Downcall.ofVariadicInt("prctl", 1, 5);

  // linux/prctl.h, linux/seccomp.h and linux/bpf_common.h.
  private static final int PR_SET_SECCOMP = 22;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_MODE_FILTER = 2;
  private static final int SECCOMP_RET_ERRNO = 0x0005_0000;
  private static final int SECCOMP_RET_ALLOW = 0x7fff_0000;
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int SYSTEM_CALL_NUMBER = 0;
  private static final int INSTRUCTION_BYTES = 8;

  private SeccompFilter() {}

  /**
   * Refuses a call from now on.
   *
   * @param systemCall its number on this architecture
   * @param errno what it fails with
   */
  public static void refuse(int systemCall, int errno) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(4L * INSTRUCTION_BYTES, 8);
      instruction(filter, 0, LOAD_WORD, 0, SYSTEM_CALL_NUMBER);
      instruction(filter, 1, JUMP_IF_EQUAL, 1, systemCall);
      instruction(filter, 2, RETURN, 0, SECCOMP_RET_ERRNO | errno);
      instruction(filter, 3, RETURN, 0, SECCOMP_RET_ALLOW);
      MemorySegment program = arena.allocate(16, 8);
      program.set(ValueLayout.JAVA_SHORT, 0, (short) 4);
      program.set(ValueLayout.JAVA_LONG, 8, filter.address());
      assertEquals(0, PRCTL.call(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
      assertEquals(0, PRCTL.call(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program.address(), 0, 0));
    }
  }

  private static void instruction(
      MemorySegment filter, int index, int code, int skippedIfNot, int operand) {
    long offset = (long) index * INSTRUCTION_BYTES;
    filter.set(ValueLayout.JAVA_SHORT, offset, (short) code);
    filter.set(ValueLayout.JAVA_BYTE, offset + 3, (byte) skippedIfNot);
    filter.set(ValueLayout.JAVA_INT, offset + 4, operand);
  }
}
