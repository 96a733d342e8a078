package millrace.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line in a JVM of its own, with the class path of the tests. */
public final class MillraceProcess implements AutoCloseable {
  private static final long LIMIT_SECONDS = 120;

  private final Process process;
  private final BufferedReader output;
  private final Path errors;

  /** Starts {@code millrace ARGUMENTS}. */
  public MillraceProcess(String... arguments) throws IOException {
    // Whoever runs the tests in the background of a shell has SIGINT ignored, which children
    // inherit and the JVM respects.
    this(List.of("env", "--default-signal=INT,TERM"), arguments);
  }

  /** Starts {@code PREFIX millrace ARGUMENTS}. */
  public MillraceProcess(List<String> prefix, String... arguments) throws IOException {
    errors = Files.createTempFile("millrace-test", ".stderr");
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** A prefix under which root, too, needs permission to read a file (capabilities(7)). */
  public static List<String> withoutPrivileges() {
    if (!System.getProperty("user.name").equals("root")) {
      return List.of();
    }
    ExternalTool.require("setpriv");
    return List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");
  }

  /** The next line of standard output. */
  public String line() throws IOException {
    return output.readLine();
  }

  /** The port in the line that tells that the server is ready. */
  public int port() throws IOException {
    String line = line();
    assertTrue(line != null && line.startsWith("listening on "), () -> line + "\n" + errors());
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  /** What the process has written to standard error so far. */
  public String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends TERM or INT. */
  public void signal(String name) throws IOException, InterruptedException {
    // The shell's own kill: a small system has no other.
    ExternalTool.text("sh", "-c", "kill -" + name + " " + process.pid());
  }

  /** Waits for the end of the process. */
  public int exitStatus() throws InterruptedException {
    assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), () -> "no end: " + errors());
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    output.close();
    Files.deleteIfExists(errors);
  }
}
