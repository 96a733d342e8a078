package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Constants of flags against the generated bindings, and against the C compiler what is not there.
 */
class FlagConstantsTest {
  @TempDir private Path directory;

  @Test
  void constantsHaveTheValuesOfTheirNames() throws Exception {
    assertAtLeast(47, check(SqeFlags.class, "IORING_", "IOSQE_", ""));
    assertAtLeast(7, check(CqeFlags.class, "IORING_CQE_", "IORING_"));
    assertAtLeast(22, check(MemoryAdvice.class, "MADV_"));
    assertAtLeast(9, check(FutexFlags.class, "FUTEX2_", "FUTEX_"));
    assertAtLeast(6, check(SocketCommands.class, "SOCKET_URING_OP_"));
    assertAtLeast(15, check(ChildStatus.class, ""));
    assertAtLeast(26, check(FileFlags.class, ""));
    assertEquals(-1, Sqe.FILE_INDEX_ALLOC);
  }

  @Test
  void whatTheBindingsLackIsWhatTheCompilerSays() throws Exception {
    List<String> program =
        new ArrayList<>(
            List.of(
                "#include \"headers.h\"",
                "#define AT(field) __builtin_offsetof(siginfo_t, field)",
                check("SYNC_FILE_RANGE_WAIT_BEFORE", FileFlags.SYNC_FILE_RANGE_WAIT_BEFORE),
                check("SYNC_FILE_RANGE_WRITE", FileFlags.SYNC_FILE_RANGE_WRITE),
                check("SYNC_FILE_RANGE_WAIT_AFTER", FileFlags.SYNC_FILE_RANGE_WAIT_AFTER),
                check("sizeof(siginfo_t)", ChildStatus.BYTES),
                check("AT(si_signo)", 0),
                check("AT(si_code)", 8),
                check("AT(si_pid)", 16),
                check("AT(si_uid)", 20),
                check("AT(si_status)", 24)));
    for (String name : List.of("gcc", "aarch64-linux-gnu-gcc")) {
      CCompiler compiler =
          name.equals("gcc") ? CCompiler.ofThisMachine(directory) : CCompiler.find(name, directory);
      if (compiler != null) {
        CCompiler.Diagnostics diagnostics = compiler.check(program);
        assertEquals(List.of(), diagnostics.errors(), name);
      }
    }
  }

  private static void assertAtLeast(int minimum, int found) {
    assertTrue(found >= minimum, found + " constants");
  }

  private static String check(String expression, long value) {
    return "_Static_assert(%s == %d, \"in Java %s is %d\");"
        .formatted(expression, value, expression, value);
  }

  /** Returns how many constants there are besides sizes and what the bindings lack. */
  private static int check(Class<?> type, String... prefixes) throws Exception {
    Map<String, Number> generated = GeneratedAbi.constants();
    int found = 0;
    for (Field field : type.getFields()) {
      String name = field.getName();
      if (name.equals("BYTES") || name.startsWith("SYNC_FILE_RANGE")) {
        continue;
      }
      Number expected =
          Arrays.stream(prefixes)
              .map(prefix -> generated.get(prefix + name))
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
      assertTrue(expected != null, type.getSimpleName() + "." + name + " is in no header");
      Number actual = (Number) field.get(null);
      // The mask of a futex has 64 bits, of which the header names 32.
      long bits = name.equals("BITSET_MATCH_ANY") ? 0xffff_ffffL : -1L;
      assertEquals(expected.longValue() & bits, actual.longValue(), name);
      found++;
    }
    return found;
  }
}
