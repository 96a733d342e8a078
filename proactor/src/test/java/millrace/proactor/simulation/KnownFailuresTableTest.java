package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code KNOWN_FAILURES.md} names exists, and every failure is shown by something. */
class KnownFailuresTableTest {

  private static final Path ROOT = Path.of("..");
  private static final int FAILURES = 40;
  private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\|(.*)\\|(.*)\\|(.*)\\|$");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

  /**
   * @param told who has told of the failure
   * @param shown what shows that it is found here, or why it does not apply
   */
  private record Row(int number, String told, String shown) {}

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("KNOWN_FAILURES.md"))) {
      ROW.matcher(line)
          .results()
          .forEach(
              row -> rows.add(new Row(Integer.parseInt(row.group(1)), row.group(3), row.group(4))));
    }
    return rows;
  }

  private static List<String> quoted(String text) {
    return QUOTED.matcher(text).results().map(match -> match.group(1)).toList();
  }

  private static Set<String> names(List<PlantedBug> bugs) {
    Set<String> names = new HashSet<>();
    bugs.forEach(bug -> names.add(bug.what()));
    return names;
  }

  /** The sources of all test classes of the modules, by simple name. */
  private static Map<String, List<String>> tests() throws IOException {
    Map<String, List<String>> tests = new HashMap<>();
    for (String module : new String[] {"uring-bindings", "timers", "proactor", "examples"}) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(each -> each.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          tests.computeIfAbsent(name, key -> new ArrayList<>()).add(Files.readString(file));
        }
      }
    }
    return tests;
  }

  @Test
  void thereAreFortyFailuresAndEachIsShownOrSaysWhyNot() throws IOException {
    List<Row> rows = rows();
    assertEquals(
        IntStream.rangeClosed(1, FAILURES).boxed().toList(),
        rows.stream().map(Row::number).toList());
    for (Row row : rows) {
      boolean shown = QUOTED.matcher(row.shown()).find() || TEST.matcher(row.shown()).find();
      assertTrue(shown || row.shown().contains("Does not apply"), row::toString);
      assertTrue(!row.told().isBlank(), row::toString);
    }
  }

  @Test
  void everyPlantedBugThatIsNamedIsLookedFor() throws IOException {
    Set<String> existing = names(PlantedBugsTest.bugs());
    existing.addAll(names(KnownFailuresTest.bugs()));
    existing.addAll(names(KnownFailuresTest.bugsOfTheRing()));
    for (Row row : rows()) {
      for (String name : quoted(row.shown())) {
        assertTrue(existing.contains(name), () -> "no such bug: " + name);
      }
    }
  }

  @Test
  void everyKnownFailureIsInTheTable() throws IOException {
    Set<String> named = new HashSet<>();
    rows().forEach(row -> named.addAll(quoted(row.shown())));
    Set<String> missing = names(KnownFailuresTest.bugs());
    missing.addAll(names(KnownFailuresTest.bugsOfTheRing()));
    missing.removeAll(named);
    assertEquals(Set.of(), missing);
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    Map<String, List<String>> tests = tests();
    for (Row row : rows()) {
      for (MatchResult test : TEST.matcher(row.shown()).results().toList()) {
        String method = "void " + test.group(2) + "(";
        List<String> sources = tests.getOrDefault(test.group(1), List.of());
        assertTrue(
            sources.stream().anyMatch(source -> source.contains(method)),
            () -> "no such test: " + test.group());
      }
    }
  }
}
