package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's tables are complete, and all that they name exists. */
class ReadmeTablesTest {
  private static final int NAME = 0;
  private static final int METHODS = 1;
  private static final int SINCE = 2;
  private static final int TESTS = 3;

  @Test
  void everyOperationHasARowWithItsKernelMethodsAndTests() throws Exception {
    List<Readme.Row> rows = Readme.table("Operations");
    assertEquals(names(Opcode.values()), firstNames(rows));
    for (Readme.Row row : rows) {
      Opcode opcode = Opcode.valueOf(row.names(NAME).get(0));
      assertEquals(opcode.sinceKernel(), row.text(SINCE), opcode::name);
      assertMethodsAreTested(row);
    }
  }

  @Test
  void everyPublicMethodOfAnEntryHasARow() throws Exception {
    List<Readme.Row> modifiers = Readme.table("Modifiers and fields");
    for (Readme.Row row : modifiers) {
      assertMethodsAreTested(row);
    }
    List<Readme.Row> rows = new ArrayList<>(modifiers);
    rows.addAll(Readme.table("Operations"));
    Set<String> listed =
        rows.stream()
            .flatMap(row -> row.names(METHODS).stream())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(methodsOfEntries(), listed);
  }

  @Test
  void everySetupFlagHasARowWithItsKernelAndTests() throws Exception {
    List<Readme.Row> rows = Readme.table("Set-up flags");
    assertEquals(names(SetupFlag.values()), firstNames(rows));
    for (Readme.Row row : rows) {
      SetupFlag flag = SetupFlag.valueOf(row.names(NAME).get(0));
      assertEquals(flag.sinceKernel(), row.text(SINCE), flag::name);
      assertFalse(row.names(TESTS).isEmpty(), flag::name);
      for (String test : row.names(TESTS)) {
        assertTrue(sourceOf(test).contains(flag.name()), () -> test + " says nothing of " + flag);
      }
    }
  }

  @Test
  void everyRegistrationHasARowWithItsKernelMethodsAndTests() throws Exception {
    List<Readme.Row> rows = Readme.table("Registrations");
    assertEquals(names(RegisterOpcode.values()), firstNames(rows));
    for (Readme.Row row : rows) {
      RegisterOpcode opcode = RegisterOpcode.valueOf(row.names(NAME).get(0));
      assertEquals(opcode.sinceKernel(), row.text(SINCE), opcode::name);
      assertFalse(row.names(METHODS).isEmpty(), opcode::name);
      assertFalse(row.names(TESTS).isEmpty(), opcode::name);
      for (String method : row.names(METHODS)) {
        assertPublicMethod(method);
      }
      Set<String> classes =
          row.names(METHODS).stream()
              .map(method -> method.substring(0, method.indexOf('.')))
              .collect(Collectors.toSet());
      for (String test : row.names(TESTS)) {
        String source = sourceOf(test);
        assertTrue(
            classes.stream().anyMatch(source::contains), () -> test + " uses none of " + classes);
      }
    }
  }

  @Test
  void everyTopicPageIsThere() throws Exception {
    Path pages = Path.of("src/main/java/millrace/uring/doc-files");
    Path directory = Readme.source("ReadmeTablesTest");
    while (!Files.isDirectory(directory.resolve(pages))) {
      directory = directory.getParent();
    }
    try (var files = Files.list(directory.resolve(pages))) {
      for (Path page : files.toList()) {
        String link = "(" + pages + "/" + page.getFileName() + ")";
        assertTrue(Readme.text().contains(link), () -> "no link to " + page);
      }
    }
  }

  private static void assertMethodsAreTested(Readme.Row row) throws IOException {
    List<String> methods = row.names(METHODS);
    assertFalse(methods.isEmpty(), row::toString);
    assertFalse(row.names(TESTS).isEmpty(), row::toString);
    Set<String> existing = methodsOfEntries();
    for (String method : methods) {
      assertTrue(existing.contains(method), () -> "Sqe has no method " + method);
    }
    for (String test : row.names(TESTS)) {
      String source = sourceOf(test);
      // That one takes every method from its list of cases, as another test there demands.
      assertTrue(
          test.equals("SqeLayoutTest")
              || methods.stream().anyMatch(method -> source.contains("." + method + "(")),
          () -> test + " calls none of " + methods);
    }
  }

  private static void assertPublicMethod(String name) throws ClassNotFoundException {
    int dot = name.indexOf('.');
    Class<?> type = Class.forName("millrace.uring." + name.substring(0, dot));
    assertTrue(Modifier.isPublic(type.getModifiers()), name);
    assertTrue(
        Arrays.stream(type.getMethods())
            .map(Method::getName)
            .anyMatch(name.substring(dot + 1)::equals),
        () -> "no public method " + name);
  }

  private static String sourceOf(String test) throws IOException {
    Path source = Readme.source(test);
    assertTrue(Files.exists(source), () -> "no test " + test);
    return Files.readString(source);
  }

  private static Set<String> methodsOfEntries() {
    return Arrays.stream(Sqe.class.getMethods())
        .filter(method -> method.getDeclaringClass() != Object.class)
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .map(Method::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> firstNames(List<Readme.Row> rows) {
    return rows.stream().map(row -> row.names(NAME).get(0)).toList();
  }

  private static List<String> names(Enum<?>[] constants) {
    return Arrays.stream(constants).map(Enum::name).toList();
  }
}
