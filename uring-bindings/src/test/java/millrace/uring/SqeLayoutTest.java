package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes that each method of {@link Sqe} writes, against the C compiler's. */
class SqeLayoutTest {
  private static final Pattern OPCODE = Pattern.compile("opcode=IORING_OP_(\\w+)");
  private static final List<String> PROLOGUE =
      List.of(
          "#include \"headers.h\"",
          "#include <string.h>",
          "#include <linux/ioctl.h>",
          "static struct open_how how;",
          "static void print(const struct io_uring_sqe *s) {",
          "  for (unsigned i = 0; i < sizeof *s; i++) printf(\"%02x\", ((unsigned char *)s)[i]);",
          "  printf(\"\\n\");",
          "}");

  @TempDir private Path directory;
  private MemorySegment memory;

  @Test
  void everyMethodWritesWhatTheCompilerWritesByFieldNames() throws Throwable {
    List<String> expected = compiled(SqeCases.all());
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      SqeCase call = SqeCases.all().get(i);
      String actual = call.bytes();
      if (!expected.get(i).equals(actual)) {
        wrong.add(call + " writes\n  " + actual + ", the fields are\n  " + expected.get(i));
      }
    }
    assertEquals(List.of(), wrong, () -> String.join("\n", wrong));
  }

  @Test
  void everyMethodHasACase() {
    Set<String> methods =
        Arrays.stream(Sqe.class.getMethods())
            .filter(method -> method.getDeclaringClass() != Object.class)
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(SqeLayoutTest::signature)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> covered =
        SqeCases.all().stream()
            .map(call -> signature(call.reflected()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(methods, covered);
    assertTrue(methods.size() > 90, methods.size() + " methods");
  }

  @Test
  void everyOperationHasAMethod() {
    Set<String> prepared =
        SqeCases.all().stream()
            .flatMap(call -> OPCODE.matcher(call.fields()).results())
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        Arrays.stream(Opcode.values()).map(Enum::name).collect(Collectors.toSet()), prepared);
  }

  @Test
  void modifiersAddToWhatIsThere() {
    try (Arena arena = Arena.ofConfined()) {
      Sqe sqe = entry(arena, SqeEntry.BYTES);
      sqe.moveTo(0);
      sqe.accept(3, 0, 0, 0).link().async().pollFirst().ioprio(SqeFlags.ACCEPT_DONTWAIT);
      assertEquals("0d14" + "0600" + "03000000" + "00".repeat(56), hex(SqeEntry.BYTES));
      sqe.moveTo(0);
      assertEquals("00".repeat(64), hex(SqeEntry.BYTES));
    }
  }

  @Test
  void commandsFillTheirEntriesAndNothingElse() {
    try (Arena arena = Arena.ofConfined()) {
      Sqe sqe = entry(arena, SqeEntry.BIG_BYTES + Long.BYTES);
      sqe.moveToBig(0);
      sqe.uringCmd128(0, 3);
      for (int offset = 0; offset <= 72; offset += Long.BYTES) {
        sqe.commandData(offset, 0x1111_1111_1111_1111L);
      }
      String data = hex(SqeEntry.BIG_BYTES + Long.BYTES).substring(2 * 48);
      assertEquals("11".repeat(80) + "5a".repeat(Long.BYTES), data);
      var beyond = assertThrows(IllegalArgumentException.class, () -> sqe.commandData(73, 0));
      assertEquals("offsetBytes 73 is not in 0..72", beyond.getMessage());
      sqe.moveTo(0);
      var small = assertThrows(IllegalArgumentException.class, () -> sqe.commandData(9, 0));
      assertEquals("offsetBytes 9 is not in 0..8", small.getMessage());
      assertThrows(IllegalStateException.class, sqe::nop128);
      assertThrows(IllegalStateException.class, () -> sqe.uringCmd128(0, 3));
    }
  }

  private Sqe entry(Arena arena, int bytes) {
    memory = arena.allocate(bytes, Long.BYTES).fill((byte) 0x5a);
    return new Sqe(memory);
  }

  private String hex(int bytes) {
    return HexFormat.of().formatHex(memory.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
  }

  private List<String> compiled(List<SqeCase> cases) throws Exception {
    List<String> lines = new ArrayList<>(PROLOGUE);
    lines.addAll(SqeCases.VALUES_IN_C);
    lines.add("int main(void) {");
    cases.forEach(call -> lines.add(call.program()));
    lines.add("}");
    List<String> printed = CCompiler.ofThisMachine(directory).run(lines).lines().toList();
    assertEquals(cases.size(), printed.size());
    return printed;
  }

  private static String signature(Method method) {
    return Arrays.stream(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(Collectors.joining(", ", method.getName() + "(", ")"));
  }
}
