package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import millrace.uring.UringUnavailableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which backend it becomes, each time in a JVM of its own, with refusals of the kernel itself. */
class BackendSelectionTest {

  /** What systemd gives. */
  private static final int ENOUGH_KILOBYTES = 8192;

  private static final Path IO_URING_DISABLED = Path.of("/proc/sys/kernel/io_uring_disabled");
  private static final String IO_URING_SETUP = "425";
  private static final String IO_URING_ENTER = "426";
  private static final String IO_URING_REGISTER = "427";
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
  void aRefusalOfTheOtherCallsOfIoUringMakesItEpollToo() throws Exception {
    for (String call : List.of(IO_URING_ENTER, IO_URING_REGISTER)) {
      Outcome outcome = run(List.of(), List.of(), call);
      assertEquals(List.of(EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 2), call);
      assertTrue(outcome.output.get(2).contains("EPERM"), outcome.output::toString);
      assertEquals(1, count(outcome.errors, outcome.output.get(2)), outcome.errors);
    }
    Outcome outcome = run(List.of(), List.of("-Dmillrace.backend=io_uring"), IO_URING_ENTER);
    for (String line : outcome.output) {
      assertTrue(
          line.startsWith("millrace.uring.UringUnavailableException: io_uring_enter: EPERM (1)"),
          line);
      assertTrue(line.contains("seccomp filter"), line);
    }
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

  /** Of all that {@code SqeWriter} writes and of what the backend does by itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOP",
        "TIMEOUT",
        "READ",
        "WRITE",
        "RECV",
        "RECVMSG",
        "SEND",
        "SENDMSG",
        "ACCEPT",
        "CONNECT",
        "OPENAT",
        "OPENAT2",
        "STATX",
        "FSYNC",
        "POLL_ADD",
        "CLOSE",
        "ASYNC_CANCEL",
        "LINK_TIMEOUT"
      })
  void eachOperationOfALoopIsAskedFor(String operation) throws Exception {
    System.setProperty("millrace.uring.mask", operation);
    try {
      BackendSelection selection = BackendSelection.of(BackendChoice.AUTO);
      assertEquals(BackendChoice.EPOLL, selection.backend());
      assertEquals(
          "io_uring is not to be had: io_uring operation "
              + operation
              + ": EOPNOTSUPP (95): operation not supported; masked by -Dmillrace.uring.mask",
          selection.reason());
      var e =
          assertThrows(
              UringUnavailableException.class, () -> BackendSelection.of(BackendChoice.IO_URING));
      assertTrue(selection.reason().endsWith(e.getMessage()), e::getMessage);
    } finally {
      System.clearProperty("millrace.uring.mask");
    }
  }

  @Test
  void operationsThatNoLoopUsesMayBeMissing() throws Exception {
    System.setProperty("millrace.uring.mask", "TEE,FUTEX_WAIT,EPOLL_WAIT,URING_CMD,,");
    try {
      assertEquals(BackendChoice.IO_URING, BackendSelection.of(BackendChoice.AUTO).backend());
    } finally {
      System.clearProperty("millrace.uring.mask");
    }
  }

  @Test
  void aFilterThatHidesTheCallMakesItEpollAndSaysThatItMay() throws Exception {
    Outcome outcome = run(List.of(), List.of(), IO_URING_SETUP + ":38");
    assertEquals(List.of(EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 2));
    String reason = outcome.output.get(2);
    assertTrue(
        reason.startsWith(
            "running on epoll: io_uring is not to be had: io_uring_setup: ENOSYS (38)"),
        reason);
    assertTrue(reason.contains("or a seccomp filter hides it"), reason);
    assertEquals(1, count(outcome.errors, reason), outcome.errors);
  }

  /** The answer of the trial is kept, and the ring of the loop itself is refused. */
  @Test
  void aRefusalAfterTheSelectionMakesItEpollToo() throws Exception {
    String granted = "running on io_uring: the kernel has all of it";
    Outcome outcome = run(List.of(), List.of(), SelectionProgram.SELECT, IO_URING_SETUP);
    assertEquals(List.of(granted, EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 3));
    assertEquals(
        1, count(outcome.errors, "running on epoll: io_uring is not to be had"), outcome.errors);
    outcome =
        run(
            List.of(),
            List.of("-Dmillrace.backend=io_uring"),
            SelectionProgram.SELECT,
            IO_URING_SETUP);
    for (String line : outcome.output.subList(1, 3)) {
      assertTrue(
          line.startsWith("millrace.uring.UringUnavailableException: io_uring_setup: EPERM (1)"),
          line);
    }
  }

  /**
   * Without CAP_IPC_LOCK, which would lift the limit, and with a buffer that shows that it holds.
   * Whether rings count against it depends on the kernel (6.18: yes); that what is said is what
   * happens does not, and neither does the hint.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 64, ENOUGH_KILOBYTES})
  void theLimitOfLockedMemoryIsNamedIfItMakesItEpoll(int limitKilobytes) throws Exception {
    List<String> limited =
        List.of(
            "sh",
            "-c",
            "ulimit -S -l " + limitKilobytes + " && exec \"$@\"",
            "sh",
            "setpriv",
            "--bounding-set",
            "-ipc_lock");
    assumeTrue(runs(limited), "setpriv(1) is not to be had, or the hard limit is lower");
    Outcome outcome = run(limited, List.of(), SelectionProgram.REGISTER_BUFFER);
    String selection = outcome.output.get(3);
    String echoes = selection.startsWith("running on io_uring") ? IO_URING_ECHOES : EPOLL_ECHOES;
    assertEquals(List.of(echoes, echoes), outcome.output.subList(1, 3), outcome.output::toString);
    if (limitKilobytes < ENOUGH_KILOBYTES) {
      assertEquals("ENOMEM", outcome.output.get(0));
    } else {
      assertEquals("registered", outcome.output.get(0));
      assertEquals(BackendSelection.of(BackendChoice.AUTO).toString(), selection);
    }
    if (echoes.equals(EPOLL_ECHOES)) {
      assertTrue(selection.contains("ENOMEM (12)"), selection);
      assertTrue(selection.contains("RLIMIT_MEMLOCK"), selection);
      assertTrue(selection.contains("which is " + limitKilobytes + " KiB here"), selection);
    }
  }

  private static boolean runs(List<String> prefix) throws InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add("true");
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Changes the sysctl of the whole machine for some seconds, which ends other programs' use of
   * io_uring: only by {@code -Dmillrace.test.sysctl=true}, as root, and with nothing else running.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @EnabledIfSystemProperty(named = "millrace.test.sysctl", matches = "true")
  void theSysctlMakesItEpollAndIsNamed(int disabled) throws Exception {
    String before = Files.readString(IO_URING_DISABLED);
    Thread restore = new Thread(() -> setSysctl(before));
    Runtime.getRuntime().addShutdownHook(restore);
    try {
      setSysctl(Integer.toString(disabled));
      // 1 forbids it to whoever has not CAP_SYS_ADMIN.
      List<String> unprivileged = List.of("setpriv", "--bounding-set", "-sys_admin");
      Outcome outcome = run(unprivileged, List.of());
      assertEquals(List.of(EPOLL_ECHOES, EPOLL_ECHOES), outcome.output.subList(0, 2));
      String reason = outcome.output.get(2);
      assertTrue(reason.contains("io_uring_setup: EPERM (1)"), reason);
      assertTrue(reason.contains("kernel.io_uring_disabled=" + disabled), reason);
      assertEquals(1, count(outcome.errors, reason), outcome.errors);
      outcome = run(unprivileged, List.of("-Dmillrace.backend=io_uring"));
      for (String line : outcome.output) {
        assertTrue(line.startsWith("millrace.uring.UringUnavailableException: "), line);
        assertTrue(line.contains("kernel.io_uring_disabled=" + disabled), line);
      }
      outcome = run(List.of(), List.of());
      String privileged = disabled == 1 ? IO_URING_ECHOES : EPOLL_ECHOES;
      assertEquals(List.of(privileged, privileged), outcome.output.subList(0, 2));
    } finally {
      setSysctl(before);
      Runtime.getRuntime().removeShutdownHook(restore);
    }
    assertEquals(before, Files.readString(IO_URING_DISABLED));
  }

  private static void setSysctl(String value) {
    try {
      Files.writeString(IO_URING_DISABLED, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aBackendThatIsNoneFailsWithItsName() throws Exception {
    Outcome outcome = run(List.of(), List.of("-Dmillrace.backend=kqueue"));
    for (String line : outcome.output) {
      assertEquals(
          "java.lang.IllegalArgumentException: backend: kqueue, must be auto, io_uring or epoll",
          line);
    }
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
