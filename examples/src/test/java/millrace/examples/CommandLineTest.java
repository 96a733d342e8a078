package millrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import millrace.uring.ResourceLimit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(120)
class CommandLineTest {
  @TempDir private Path directory;

  private record Outcome(int status, String output, String errors) {}

  private static Outcome run(String... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(output));
    commandLine.setErr(new PrintWriter(errors));
    int status = commandLine.execute(arguments);
    return new Outcome(status, output.toString(), errors.toString());
  }

  private static void assertOneLine(String expected, Outcome outcome) {
    assertEquals(expected + "\n", outcome.errors);
    assertEquals("", outcome.output);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--unknown",
        "serve",
        "http",
        "http --root",
        "http --root . --port x",
        "http --root . --port 65536",
        "http --root . --port -1",
        "http --root . --idle-timeout soon",
        "http --root . --header-timeout 0",
        "http --root . --write-timeout -5s",
        "http --root . --drain 1y",
        "http --root . --write-timeout 999999999h",
        "http --port 0 --root ",
        "http --root . --max-connections 0",
        "http --root . --buffer-memory 0",
        "http --root . extra",
        "simulate --runs 0",
        "simulate --runs many",
        "simulate --seed x",
        "simulate --scenario unknown",
        "http --root . --root .",
        "echo",
        "echo --port 70000",
        "echo --port 0 --backend kqueue",
        "doctor --xml",
      })
  void wrongArgumentsAreToldInOneLine(String arguments) {
    Outcome outcome = run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));

    assertEquals(2, outcome.status, outcome::errors);
    assertEquals("", outcome.output);
    assertEquals(1, outcome.errors.lines().count(), outcome::errors);
    assertTrue(outcome.errors.startsWith("millrace"), outcome::errors);
    assertTrue(outcome.errors.contains("--help)"), outcome::errors);
  }

  @Test
  void wrongValueIsNamed() {
    assertOneLine(
        "millrace http: --port 65536: must be between 0 and 65535 (see millrace http --help)",
        run("http", "--root", ".", "--port", "65536"));
  }

  @Test
  void fewDescriptorsMakeFewConnections() {
    assertEquals(8192, ListenOptions.maxConnections(8192, ResourceLimit.UNLIMITED, 2));
    assertEquals(8192, ListenOptions.maxConnections(8192, 64 + 2 * 8192, 2));
    assertEquals(8191, ListenOptions.maxConnections(8192, 64 + 2 * 8192 - 1, 2));
    assertEquals(1, ListenOptions.maxConnections(8192, 10, 2));
  }

  @Test
  void fewerConnectionsThanWantedAreTold() throws IOException, InterruptedException {
    List<String> limited = List.of("sh", "-c", "ulimit -n 164 && exec \"$@\"", "sh");
    try (MillraceProcess server =
        new MillraceProcess(limited, "http", "--root", directory.toString(), "--port", "0")) {
      assertTrue(server.port() > 0);
      assertEquals(
          "millrace http: --max-connections is 50 instead of 8192: the process may have 164"
              + " descriptors (ulimit -n)\n",
          server.errors());
    }
    try (MillraceProcess server =
        new MillraceProcess(limited, "echo", "--port", "0", "--max-connections", "10")) {
      assertTrue(server.port() > 0);
      assertEquals("", server.errors());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "http --help", "echo --help", "doctor --help", "doctor -h"})
  void helpIsWrittenToStandardOutput(String arguments) {
    Outcome outcome = run(arguments.split(" ", -1));

    assertEquals(0, outcome.status);
    assertEquals("", outcome.errors);
    assertTrue(outcome.output.startsWith("Usage: millrace"), outcome::output);
  }

  @Test
  void versionIsTold() {
    assertTrue(run("--version").output.startsWith("millrace 0."));
    assertTrue(run("http", "--version").output.startsWith("millrace 0."));
  }

  @Test
  void missingRootIsAFailure() {
    Path missing = directory.resolve("missing");
    Outcome outcome = run("http", "--port", "0", "--root", missing.toString());

    assertEquals(1, outcome.status);
    assertOneLine("millrace http: --root " + missing + ": no such directory", outcome);
  }

  @Test
  void rootThatIsNoDirectoryIsAFailure() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Outcome outcome = run("http", "--port", "0", "--root", file.toString());

    assertEquals(1, outcome.status);
    assertOneLine("millrace http: --root " + file + ": not a directory", outcome);
  }

  @Test
  void unreadableRootIsAFailure() throws IOException, InterruptedException {
    Path closed = Files.createDirectory(directory.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    List<String> unprivileged = MillraceProcess.withoutPrivileges();
    String[] arguments = {"http", "--port", "0", "--root", closed.toString()};
    try (MillraceProcess http = new MillraceProcess(unprivileged, arguments)) {
      assertEquals(1, http.exitStatus());
      assertEquals("millrace http: --root " + closed + ": permission denied\n", http.errors());
    }
  }

  @Test
  void portInUseIsAFailure() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      for (Outcome outcome :
          new Outcome[] {
            run("http", "--root", directory.toString(), "--port", port), run("echo", "--port", port)
          }) {
        assertEquals(1, outcome.status, outcome::errors);
        assertEquals(1, outcome.errors.lines().count(), outcome::errors);
        assertTrue(outcome.errors.contains("EADDRINUSE"), outcome::errors);
        assertTrue(outcome.errors.contains(":" + port), outcome::errors);
      }
    }
  }

  @Test
  void addressOfAnotherMachineIsAFailure() {
    Outcome outcome = run("echo", "--port", "0", "--host", "192.0.2.1");

    assertEquals(1, outcome.status, outcome::errors);
    assertTrue(outcome.errors.contains("EADDRNOTAVAIL"), outcome::errors);
  }

  @Test
  void hostWithoutAnAddressIsAFailure() {
    Outcome outcome = run("echo", "--port", "0", "--host", "no-such-host.invalid");

    assertEquals(1, outcome.status);
    assertOneLine("millrace echo: --host no-such-host.invalid: no such host", outcome);
  }
}
