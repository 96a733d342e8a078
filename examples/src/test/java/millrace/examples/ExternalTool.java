package millrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that tests run. A missing one skips the test, but fails it where CI=true. */
public final class ExternalTool {
  private static final long LIMIT_SECONDS = 120;

  private ExternalTool() {}

  /** Ends the test, one way or the other, unless {@code name} is on the PATH. */
  public static void require(String name) {
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(directory, name))) {
        return;
      }
    }
    String message = name + " is not installed: install it to run this test";
    if ("true".equals(System.getenv("CI"))) {
      fail(message);
    }
    abort(message);
  }

  /** The standard output of a command that must succeed. */
  public static byte[] run(List<String> command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile("millrace-test", ".stderr");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      byte[] output = process.getInputStream().readAllBytes();
      assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), () -> "hangs: " + command);
      String message = Files.readString(errors, StandardCharsets.UTF_8);
      assertEquals(0, process.exitValue(), () -> command + ": " + message);
      return output;
    } finally {
      Files.delete(errors);
    }
  }

  /** {@link #run}, as text. */
  public static String text(String... command) throws IOException, InterruptedException {
    return new String(run(List.of(command)), StandardCharsets.UTF_8);
  }
}
