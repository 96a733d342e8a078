package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A C compiler of the machine, asked for what the headers say. */
final class CCompiler {

  /** Where headers.h stands, and below it the io_uring headers that the bindings are made of. */
  static final Path HEADERS = Path.of("src", "jextract").toAbsolutePath();

  private static final Pattern ERROR = Pattern.compile("(?m)^[^:\n]*:(\\d+):\\d+: error: .*$");
  private static final long PATIENCE_SECONDS = 120;

  private final String command;
  private final Path directory;

  private CCompiler(String command, Path directory) {
    this.command = command;
    this.directory = directory;
  }

  /** Returns this machine's own; without one a test is skipped, but fails where CI=true. */
  static CCompiler ofThisMachine(Path directory) {
    CCompiler compiler = find("gcc", directory);
    if (compiler == null) {
      assertFalse(Boolean.parseBoolean(System.getenv("CI")), "CI=true, but no gcc on the PATH");
      abort("no gcc on the PATH");
    }
    return compiler;
  }

  /** Returns the compiler, or null if the machine has none of that name. */
  static CCompiler find(String command, Path directory) {
    for (String path : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(path, command))) {
        return new CCompiler(command, directory);
      }
    }
    return null;
  }

  /** Compiles without making anything. */
  Diagnostics check(List<String> lines) throws IOException, InterruptedException {
    return compile(lines, "-fsyntax-only");
  }

  /** Returns the macros that are defined after {@code lines}, without parameters. */
  Set<String> macros(List<String> lines) throws IOException, InterruptedException {
    Set<String> names = new TreeSet<>();
    Matcher macro =
        Pattern.compile("(?m)^#define (\\w+)(?= )").matcher(compile(lines, "-E", "-dM").output());
    while (macro.find()) {
      names.add(macro.group(1));
    }
    return names;
  }

  /** Compiles and runs a program, in this process's locale, and returns what it printed. */
  String run(List<String> lines) throws IOException, InterruptedException {
    Path program = directory.resolve("program");
    Diagnostics diagnostics = compile(lines, "-o", program.toString());
    if (diagnostics.failed()) {
      throw new AssertionError(diagnostics.output());
    }
    return execute(new ProcessBuilder(program.toString())).output();
  }

  private Diagnostics compile(List<String> lines, String... options)
      throws IOException, InterruptedException {
    Path source = directory.resolve("source.c");
    Files.write(source, lines);
    List<String> arguments = new ArrayList<>(List.of(command, "-std=gnu11", "-fmax-errors=0"));
    arguments.add("-fdiagnostics-color=never");
    arguments.addAll(List.of("-w", "-I", HEADERS.toString(), "-I", HEADERS + "/include"));
    arguments.addAll(List.of(options));
    arguments.add(source.toString());
    ProcessBuilder builder = new ProcessBuilder(arguments);
    builder.environment().put("LC_ALL", "C");
    return execute(builder);
  }

  private Diagnostics execute(ProcessBuilder builder) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(builder.command() + " hangs");
    }
    String text = Files.readString(output, StandardCharsets.UTF_8);
    return new Diagnostics(process.exitValue() != 0, text);
  }

  /**
   * What a compiler had to say.
   *
   * @param failed whether it refused
   * @param output all of its words
   */
  record Diagnostics(boolean failed, String output) {

    /** Returns the error messages, without what explains them. */
    List<String> errors() {
      return ERROR.matcher(output).results().map(result -> result.group()).toList();
    }

    /** Returns the numbers of the lines that have errors, counted from 1. */
    Set<Integer> errorLines() {
      Set<Integer> lines = new TreeSet<>();
      ERROR.matcher(output).results().forEach(error -> lines.add(Integer.valueOf(error.group(1))));
      return lines;
    }
  }
}
