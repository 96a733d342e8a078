import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks ({@code check DIRECTORY}) or fixes ({@code apply DIRECTORY}) the format of all sources
 * below a directory: google-java-format's own command line takes files only.
 */
final class SourceFormat {
  /**
   * Written by jextract: kept as it comes, so that regenerating it shows what the kernel changed.
   */
  private static final Path GENERATED = Path.of("millrace", "uring", "abi");

  private SourceFormat() {}

  public static void main(String[] arguments) throws Exception {
    boolean apply = arguments[0].equals("apply");
    Path root = Path.of(arguments[1]).toAbsolutePath().normalize();
    List<String> formatArguments = new ArrayList<>();
    formatArguments.addAll(
        apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    formatArguments.addAll(sources(root));

    StringWriter unformatted = new StringWriter();
    PrintWriter errors = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    int status =
        new Main(new PrintWriter(unformatted, true), errors, InputStream.nullInputStream())
            .format(formatArguments.toArray(String[]::new));
    errors.flush();
    if (!unformatted.toString().isEmpty()) {
      System.out.println("Not formatted (to fix them: mvn -q -N -Pformat):");
      unformatted
          .toString()
          .lines()
          .forEach(file -> System.out.println("  " + root.relativize(Path.of(file))));
    }
    System.exit(status);
  }

  private static List<String> sources(Path root) throws IOException {
    List<String> sources = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            boolean skipped =
                !directory.equals(root) && (name.equals("target") || name.startsWith("."));
            return skipped || directory.endsWith(GENERATED)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              sources.add(file.toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }
}
