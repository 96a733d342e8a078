package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrnoTest {

  /** Second names of a number; name() answers the first one. */
  private static final Map<String, Integer> ALIASES =
      Map.of(
          "EWOULDBLOCK", Errno.EAGAIN,
          "EDEADLOCK", Errno.EDEADLK,
          "ENOTSUP", Errno.EOPNOTSUPP,
          "EFSBADCRC", Errno.EBADMSG,
          "EFSCORRUPTED", Errno.EUCLEAN);

  @TempDir private Path directory;

  @Test
  void everyErrorOfTheSystemsHeaderHasItsConstant() throws Exception {
    Set<String> missing = new TreeSet<>();
    for (String name : CCompiler.ofThisMachine(directory).macros(List.of("#include <errno.h>"))) {
      if (name.matches("E[A-Z0-9]+")) {
        missing.add(name);
      }
    }
    assertTrue(missing.contains("ECONNRESET"), "no errors found in errno.h");
    missing.removeAll(constants().keySet());
    assertEquals(Set.of(), missing);
  }

  @Test
  void everyConstantHasTheGeneratedValue() throws Exception {
    Map<String, Number> generated = GeneratedAbi.constants();
    for (Map.Entry<String, Integer> constant : constants().entrySet()) {
      assertEquals(generated.get(constant.getKey()), constant.getValue(), constant.getKey());
    }
  }

  @Test
  void everyConstantIsNamedBothForANumberAndForAResult() throws Exception {
    for (Map.Entry<String, Integer> constant : constants().entrySet()) {
      if (!ALIASES.containsKey(constant.getKey())) {
        assertEquals(constant.getKey(), Errno.name(constant.getValue()));
        assertEquals(constant.getKey(), Errno.name(-constant.getValue()));
      }
    }
    ALIASES.forEach((alias, errno) -> assertFalse(Errno.name(errno).equals(alias), alias));
  }

  @Test
  void aliasesAreEqualToTheirFirstNames() throws Exception {
    Map<String, Integer> constants = constants();
    ALIASES.forEach((alias, errno) -> assertEquals(errno, constants.get(alias), alias));
  }

  @Test
  void messagesAreTheOnesOfTheLibc() throws Exception {
    List<String> program =
        List.of(
            "#include <locale.h>",
            "#include <stdio.h>",
            "#include <string.h>",
            "int main(void) {",
            "  setlocale(LC_ALL, \"\");",
            "  for (int number = 0; number < 140; number++) puts(strerror(number));",
            "}");
    List<String> messages = new ArrayList<>();
    for (int errno = 0; errno < 140; errno++) {
      messages.add(Errno.message(errno));
    }
    assertEquals(CCompiler.ofThisMachine(directory).run(program).lines().toList(), messages);
  }

  @Test
  void aDescriptionHasNameNumberAndMessage() {
    assertEquals(
        "ECONNRESET (104): " + decapitalised(Errno.message(Errno.ECONNRESET)),
        Errno.describe(Errno.ECONNRESET));
    assertEquals(Errno.describe(Errno.ECONNRESET), Errno.describe(-Errno.ECONNRESET));
  }

  @Test
  void anAcronymAtTheStartOfAMessageKeepsItsCapitals() {
    assertTrue(Errno.describe(Errno.EDOTDOT).endsWith(": " + Errno.message(Errno.EDOTDOT)));
  }

  @Test
  void anUnknownNumberIsItsOwnName() {
    assertEquals("errno 999", Errno.name(999));
    assertEquals("errno 999", Errno.name(-999));
    assertEquals("errno 0", Errno.name(0));
    assertTrue(Errno.describe(-999).startsWith("errno 999: "), Errno.describe(-999));
    assertEquals("errno " + Integer.MIN_VALUE, Errno.name(Integer.MIN_VALUE));
    assertEquals("errno " + Integer.MAX_VALUE, Errno.name(Integer.MAX_VALUE));
  }

  @Test
  void onlyTheLast4095ValuesAreErrors() {
    assertTrue(Errno.isError(-1));
    assertTrue(Errno.isError(-4095));
    assertFalse(Errno.isError(-4096));
    assertFalse(Errno.isError(0));
    assertFalse(Errno.isError(1));
    assertFalse(Errno.isError(Long.MIN_VALUE));
    assertFalse(Errno.isError(Long.MAX_VALUE));
  }

  @Test
  void interruptedAreEintrAndTheRestartCodesOfTheKernel() {
    List<Integer> interrupted = new ArrayList<>();
    for (int result = 5000; result > -5000; result--) {
      if (Errno.isInterrupted(result)) {
        interrupted.add(-result);
      }
    }
    assertEquals(List.of(Errno.EINTR, 512, 513, 514, 516), interrupted);
  }

  private static String decapitalised(String text) {
    return Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }

  private static Map<String, Integer> constants() throws IllegalAccessException {
    Map<String, Integer> constants = new TreeMap<>();
    for (Field field : Errno.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        constants.put(field.getName(), field.getInt(null));
      }
    }
    return constants;
  }
}
