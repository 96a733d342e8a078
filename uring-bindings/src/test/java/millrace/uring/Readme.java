package millrace.uring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** This module's README, and the sources of the tests that it names. */
final class Readme {
  private static final Path TESTS = Path.of("src", "test", "java", "millrace", "uring");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private Readme() {}

  /**
   * A row of a table.
   *
   * @param cells the texts of its cells
   */
  record Row(List<String> cells) {
    /** What stands in a cell as code. */
    List<String> names(int cell) {
      return CODE.matcher(cells.get(cell))
          .results()
          .map((MatchResult code) -> code.group(1))
          .toList();
    }

    String text(int cell) {
      return cells.get(cell);
    }
  }

  static String text() throws IOException {
    return Files.readString(module().resolve("README.md"));
  }

  /** Where a test is, or would be. */
  static Path source(String testClass) {
    return module().resolve(TESTS).resolve(testClass + ".java");
  }

  /** The rows below a heading, without the head of the table. */
  static List<Row> table(String heading) throws IOException {
    List<Row> rows = new ArrayList<>();
    boolean below = false;
    for (String line : text().lines().toList()) {
      if (line.startsWith("#")) {
        below = line.equals("### " + heading);
      } else if (below && line.startsWith("| `")) {
        rows.add(new Row(Arrays.stream(line.split("\\|", -1)).skip(1).map(String::strip).toList()));
      }
    }
    return rows;
  }

  private static Path module() {
    Path directory = Path.of("").toAbsolutePath();
    return Files.isDirectory(directory.resolve(TESTS))
        ? directory
        : directory.resolve("uring-bindings");
  }
}
