package millrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code millrace}, in a checkout that has only it and an mvn that builds nothing. */
@Timeout(120)
class LauncherTest {
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final String JDK = System.getProperty("java.home");

  @TempDir private Path directory;
  private Path checkout;

  private record Outcome(int status, String errors) {}

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = Files.createDirectories(directory.resolve("checkout"));
    Files.createDirectories(checkout.resolve("tools"));
    Files.createDirectories(checkout.resolve("examples/src/main"));
    for (String file : List.of("millrace", "tools/launch.sh", "pom.xml", "examples/pom.xml")) {
      Files.copy(PROJECT.resolve(file), checkout.resolve(file));
    }
    script(directory.resolve("bin/mvn"), "echo \"mvn with JAVA_HOME=$JAVA_HOME\"; exit 1");
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Outcome run(List<String> prefix, String javaHome, String millraceJavaHome)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("sh", checkout.resolve("millrace").toString(), "--help"));
    Path errors = directory.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("JAVA_HOME", javaHome);
    builder.environment().put("MILLRACE_JAVA_HOME", millraceJavaHome);
    String path = directory.resolve("bin") + File.pathSeparator + System.getenv("PATH");
    builder.environment().put("PATH", path);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "hangs: " + command);
    return new Outcome(process.exitValue(), Files.readString(errors, StandardCharsets.UTF_8));
  }

  @Test
  void launchersSetTheOptionsThatTheReadmeRecommends() throws IOException {
    List<String> recommended =
        Files.readAllLines(PROJECT.resolve("README.md")).stream()
            .filter(line -> line.startsWith("-XX:"))
            .toList();
    String launch = Files.readString(PROJECT.resolve("tools/launch.sh"));
    String linkerOptions =
        launch.substring(launch.indexOf("linker_options='"), launch.indexOf("\n\nfail()"));

    assertEquals(2, recommended.size());
    for (String option : recommended) {
      assertTrue(linkerOptions.contains(option), option);
    }
    for (String launcher : List.of("millrace", "benchmarks/echo.sh", "benchmarks/run.sh")) {
      String text = Files.readString(PROJECT.resolve(launcher));
      assertTrue(text.contains("$linker_options"), launcher);
    }
  }

  @Test
  void javaWithoutACompilerIsNoJdk() throws IOException, InterruptedException {
    Path jre = directory.resolve("jre");
    script(jre.resolve("bin/java"), "exit 1");
    Files.writeString(jre.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");

    Outcome outcome = run(List.of(), JDK, jre.toString());
    assertEquals(1, outcome.status);
    assertEquals(
        "millrace: MILLRACE_JAVA_HOME=" + jre + " is not a JDK 22 or newer\n", outcome.errors);

    script(jre.resolve("bin/javac"), "exit 1");
    outcome = run(List.of(), JDK, jre.toString());
    assertTrue(outcome.errors.contains("mvn with JAVA_HOME=" + JDK + "\n"), outcome::errors);
  }

  @Test
  void javaHomeThatIsNotThereIsNotLeftToMaven() throws IOException, InterruptedException {
    Outcome outcome = run(List.of(), directory.resolve("nowhere").toString(), JDK);

    assertEquals(1, outcome.status);
    assertTrue(outcome.errors.contains("mvn with JAVA_HOME=" + JDK + "\n"), outcome::errors);
  }

  @Test
  void staleCheckoutThatCannotBeWrittenIsToldInOneLine() throws IOException, InterruptedException {
    Path examples = checkout.resolve("examples");
    Path launch = Files.createDirectories(examples.resolve("target/launch"));
    for (Path closed : List.of(launch, examples)) {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    }
    try {
      Outcome outcome = run(MillraceProcess.withoutPrivileges(), JDK, JDK);

      assertEquals(1, outcome.status);
      assertEquals(
          "millrace: examples is missing or older than its sources, and cannot be built: "
              + launch
              + " is not writable\n",
          outcome.errors);
    } finally {
      for (Path closed : List.of(launch, examples)) {
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }
}
