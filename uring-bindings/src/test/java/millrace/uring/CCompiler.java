package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

  /**
   * The headers of a kernel that are to be asked instead of the machine's, as regenerate.sh takes
   * them: the include directory of an unpacked linux-libc-dev. Null for the machine's.
   */
  static final String KERNEL_HEADERS = System.getenv("KERNEL_HEADERS");

  private static final String CROSS_COMPILER = "aarch64-linux-gnu-gcc";

  private static final Pattern ERROR = Pattern.compile("(?m)^[^:\n]*:(\\d+):\\d+: error: .*$");
  private static final long PATIENCE_SECONDS = 120;

  private final String command;
  private final Path directory;
  private final Architecture architecture;

  private CCompiler(String command, Path directory, Architecture architecture) {
    this.command = command;
    this.directory = directory;
    this.architecture = architecture;
  }

  /** Returns this machine's own; without one a test is skipped, but fails where CI=true. */
  static CCompiler ofThisMachine(Path directory) throws IOException, InterruptedException {
    return require("gcc", "gcc and libc6-dev", directory, Architecture.current());
  }

  /** Returns one for aarch64; without one a test is skipped, but fails where CI=true. */
  static CCompiler ofAarch64(Path directory) throws IOException, InterruptedException {
    return Architecture.current() == Architecture.AARCH64
        ? ofThisMachine(directory)
        : require(
            CROSS_COMPILER,
            "gcc-aarch64-linux-gnu and libc6-dev-arm64-cross",
            directory,
            Architecture.AARCH64);
  }

  private static CCompiler require(
      String command, String packages, Path directory, Architecture architecture)
      throws IOException, InterruptedException {
    CCompiler compiler = new CCompiler(command, directory, architecture);
    boolean found =
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, command)));
    // A cross compiler comes without the libc's headers.
    if (!found || compiler.check(List.of("#include <stdio.h>")).failed()) {
      String message = command + " with a libc is needed: install " + packages;
      assertFalse(Boolean.parseBoolean(System.getenv("CI")), "CI=true, but " + message);
      abort(message);
    }
    return compiler;
  }

  Architecture architecture() {
    return architecture;
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
    if (KERNEL_HEADERS != null) {
      String asm = architecture == Architecture.X86_64 ? "/x86_64" : "/aarch64";
      arguments.addAll(List.of("-I", KERNEL_HEADERS + asm + "-linux-gnu", "-I", KERNEL_HEADERS));
    }
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
