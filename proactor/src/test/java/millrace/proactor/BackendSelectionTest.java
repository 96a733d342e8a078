package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which backend it becomes, each time in a JVM of its own, with refusals of the kernel itself. */
class BackendSelectionTest {

  private static final String IO_URING_SETUP = "425";
  private static final String EPOLL_PWAIT2 = "441";
  private static final String IO_URING_ECHOES = "io_uring echoes 42";
  private static final String EPOLL_ECHOES = "epoll echoes 42";

  @TempDir Path directory;

  private record Outcome(List<String> output, String errors) {}

  private Outcome run(List<String> prefix, List<String> jvmArguments, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "-Xmx64m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(SelectionProgram.class.getName());
    command.addAll(List.of(arguments));
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try {
      byte[] output = process.getInputStream().readAllBytes();
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "no end");
      String text = new String(output, StandardCharsets.UTF_8);
      return new Outcome(text.lines().toList(), Files.readString(errors));
    } finally {
      process.destroyForcibly();
    }
  }

  private static int count(String text, String part) {
    return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
  }

  @Test
  void ioUringIsTakenWhereItIsToBeHad() throws Exception {
    Outcome outcome = run(List.of(), List.of());
    assertEquals(
        List.of(IO_URING_ECHOES, IO_URING_ECHOES, "running on io_uring: the kernel has all of it"),
        outcome.output);
    assertEquals("", outcome.errors);
  }

  @Test
  void epollIsTakenWhenAskedFor() throws Exception {
    Outcome outcome = run(List.of(), List.of("-Dmillrace.backend=epoll"));
    assertEquals(
        List.of(EPOLL_ECHOES, EPOLL_ECHOES, "running on epoll: it was asked for"), outcome.output);
    assertEquals("", outcome.errors);
  }

  @Test
  void aSeccompFilterMakesItEpollAndTheReasonIsLoggedOnce() throws Exception {
    Outcome outcome = run(List.of(), List.of(), IO_URING_SETUP);
    assertEquals(List.of(EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 2));
    String reason = outcome.output.get(2);
    assertTrue(
        reason.startsWith("running on epoll: io_uring is not to be had: io_uring_setup: EPERM (1)"),
        reason);
    assertTrue(reason.contains("seccomp"), reason);
    assertEquals(1, count(outcome.errors, reason), outcome.errors);
  }

  @Test
  void ioUringThatWasAskedForAndIsRefusedFailsWithTheCause() throws Exception {
    Outcome outcome = run(List.of(), List.of("-Dmillrace.backend=io_uring"), IO_URING_SETUP);
    assertEquals(3, outcome.output.size());
    for (String line : outcome.output) {
      assertTrue(
          line.startsWith("millrace.uring.UringUnavailableException: io_uring_setup: EPERM (1)"),
          line);
      assertTrue(line.contains("seccomp filter"), line);
    }
  }

  @Test
  void anOperationThatTheKernelHasNotMakesItEpoll() throws Exception {
    Outcome outcome = run(List.of(), List.of("-Dmillrace.uring.mask=OPENAT2, CONNECT"));
    assertEquals(List.of(EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 2));
    assertTrue(outcome.output.get(2).contains("operation CONNECT"), outcome.output::toString);
    outcome =
        run(List.of(), List.of("-Dmillrace.uring.mask=CONNECT", "-Dmillrace.backend=io_uring"));
    assertTrue(
        outcome.output.get(0).contains("operation CONNECT: EOPNOTSUPP"), outcome.output::toString);
    outcome = run(List.of(), List.of("-Dmillrace.uring.mask=NO_SUCH"));
    assertTrue(outcome.output.get(0).contains("NO_SUCH"), outcome.output::toString);
  }

  @Test
  void noLockedMemoryIsEnoughForOneOrTheOther() throws Exception {
    List<String> noLockedMemory = List.of("sh", "-c", "ulimit -l 0 && exec \"$@\"", "sh");
    Outcome outcome = run(noLockedMemory, List.of());
    // Before Linux 5.12 rings count against it.
    assertTrue(
        List.of(IO_URING_ECHOES, EPOLL_ECHOES).contains(outcome.output.get(0)),
        outcome.output::toString);
    assertEquals(outcome.output.get(0), outcome.output.get(1));
  }

  @Test
  void epollDoesWithoutItsNewestCall() throws Exception {
    Outcome outcome = run(List.of(), List.of("-Dmillrace.backend=epoll"), EPOLL_PWAIT2);
    assertEquals(List.of(EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 2));
    assertEquals("", outcome.errors);
  }

  @Test
  void anUnknownBackendIsNamed() {
    var e = assertThrows(IllegalArgumentException.class, () -> BackendChoice.of("kqueue"));
    assertEquals("backend: kqueue, must be auto, io_uring or epoll", e.getMessage());
    for (BackendChoice choice : BackendChoice.values()) {
      assertEquals(choice, BackendChoice.of(choice.label()));
    }
  }
}
