package millrace.proactor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Makes the kernel refuse a system call to this thread and all that it starts, as a container's
 * seccomp profile does. For a JVM that is made for it: there is no way back.
 */
final class SeccompFilter {

  // linux/prctl.h, linux/seccomp.h and linux/bpf_common.h.
  private static final int PR_SET_SECCOMP = 22;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_MODE_FILTER = 2;
  private static final int SECCOMP_RET_ERRNO = 0x0005_0000;
  private static final int SECCOMP_RET_ALLOW = 0x7fff_0000;
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int INSTRUCTION_BYTES = 8;

  private SeccompFilter() {}

  static void refuse(int systemCall, int errno) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle prctl =
        linker.downcallHandle(
            linker.defaultLookup().find("prctl").orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(4L * INSTRUCTION_BYTES, 8);
      instruction(filter, 0, LOAD_WORD, 0, 0);
      instruction(filter, 1, JUMP_IF_EQUAL, 1, systemCall);
      instruction(filter, 2, RETURN, 0, SECCOMP_RET_ERRNO | errno);
      instruction(filter, 3, RETURN, 0, SECCOMP_RET_ALLOW);
      MemorySegment program = arena.allocate(16, 8);
      program.set(ValueLayout.JAVA_SHORT, 0, (short) 4);
      program.set(ValueLayout.JAVA_LONG, 8, filter.address());
      check((int) prctl.invokeExact(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L));
      check(
          (int)
              prctl.invokeExact(
                  PR_SET_SECCOMP, (long) SECCOMP_MODE_FILTER, program.address(), 0L, 0L));
    }
  }

  private static void check(int result) {
    if (result != 0) {
      throw new IllegalStateException("prctl: " + result);
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
