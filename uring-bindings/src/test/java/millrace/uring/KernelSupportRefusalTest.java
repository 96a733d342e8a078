package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import millrace.uring.abi.IoUring;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said where the kernel refuses a part of io_uring, each time in a JVM of its own. */
class KernelSupportRefusalTest {
  private static final List<String> DETAILS =
      List.of("operation", "flag", "feature", "registration", "rings", "incremental", "kernel");

  private static final Map<String, Integer> ERRORS =
      Map.of("EPERM", Errno.EPERM, "EACCES", Errno.EACCES, "ENOSYS", Errno.ENOSYS);

  @TempDir Path directory;

  private Map<String, String> run(List<String> prefix, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "-Xmx64m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(KernelSupportProgram.class.getName());
    command.addAll(List.of(arguments));
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try {
      byte[] output = process.getInputStream().readAllBytes();
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "no end");
      assertEquals(0, process.exitValue(), () -> read(errors));
      return new String(output, StandardCharsets.UTF_8)
          .lines()
          .collect(
              Collectors.toMap(
                  line -> line.substring(0, line.indexOf(": ")),
                  line -> line.substring(line.indexOf(": ") + 2)));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String refusal(int systemCall, String name) {
    return systemCall + ":" + ERRORS.get(name);
  }

  @Test
  void allIsThereWhereNothingIsRefused() throws Exception {
    Map<String, String> answers = run(List.of());
    assertEquals("true", answers.get("usable"), answers::toString);
    assertEquals("null", answers.get("unavailable"));
    assertEquals("true", answers.get("same"));
    assertEquals("supported", answers.get("operation"));
    assertEquals("works with 1 buffer", answers.get("plain"));
    assertEquals("works with 1 buffer", answers.get("loop"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EPERM", "EACCES"})
  void filterThatForbidsTheSetupIsNamedForAllOfIt(String name) throws Exception {
    Map<String, String> answers = run(List.of(), refusal(IoUring.__NR_io_uring_setup(), name));
    String reason = answers.get("unavailable");
    assertEquals("false", answers.get("usable"), answers::toString);
    assertTrue(reason.startsWith("io_uring_setup: " + name + " ("), reason);
    assertTrue(reason.contains("a seccomp filter forbids it"), reason);
    DETAILS.forEach(detail -> assertEquals(reason, answers.get(detail), detail));
    assertTrue(answers.get("plain").endsWith(reason), answers::toString);
    assertTrue(answers.get("loop").endsWith(reason), answers::toString);
  }

  @Test
  void filterThatHidesTheSetupIsNamedBesideAKernelWithoutIt() throws Exception {
    Map<String, String> answers = run(List.of(), refusal(IoUring.__NR_io_uring_setup(), "ENOSYS"));
    String reason = answers.get("unavailable");
    assertEquals("false", answers.get("usable"), answers::toString);
    assertTrue(reason.startsWith("io_uring_setup: ENOSYS (38)"), reason);
    assertTrue(reason.contains("or a seccomp filter hides it"), reason);
    DETAILS.forEach(detail -> assertEquals(reason, answers.get(detail), detail));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EPERM", "ENOSYS"})
  void filterThatForbidsToEnterMakesRingsOfNoUse(String name) throws Exception {
    Map<String, String> answers = run(List.of(), refusal(IoUring.__NR_io_uring_enter(), name));
    String reason = answers.get("unavailable");
    assertEquals("false", answers.get("usable"), answers::toString);
    assertTrue(reason.startsWith("io_uring_enter: " + name + " ("), reason);
    assertTrue(reason.contains("a seccomp filter allows io_uring_setup and not this"), reason);
    DETAILS.forEach(detail -> assertEquals(reason, answers.get(detail), detail));
    assertTrue(answers.get("plain").startsWith("enter " + name), answers::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EPERM", "ENOSYS"})
  void filterThatForbidsToRegisterLeavesRingsWithoutRegistrations(String name) throws Exception {
    Map<String, String> answers = run(List.of(), refusal(IoUring.__NR_io_uring_register(), name));
    assertEquals("true", answers.get("usable"), answers::toString);
    assertEquals("null", answers.get("unavailable"));
    assertEquals("supported", answers.get("flag"));
    assertEquals("supported", answers.get("feature"));
    for (String detail : List.of("operation", "registration", "rings", "incremental", "kernel")) {
      String reason = answers.get(detail);
      assertTrue(reason.startsWith("io_uring_register: " + name + " ("), reason);
      assertTrue(reason.contains("a seccomp filter allows io_uring_setup and not this"), reason);
    }
    // The NOP was done; a ring that starts disabled cannot be enabled.
    String plain = answers.get("plain");
    assertTrue(plain.contains("io_uring_register(BUFFERS) 1 buffers: "), plain);
    assertTrue(plain.contains("seccomp"), plain);
    String loop = answers.get("loop");
    assertTrue(loop.contains("io_uring_register(ENABLE_RINGS): " + name), loop);
    assertTrue(loop.contains("seccomp"), loop);
  }

  private Map<String, String> runWithLockedMemory(int kibibytes) throws Exception {
    String limited = "ulimit -l " + kibibytes + " && exec \"$@\"";
    return run(List.of("sh", "-c", limited, "sh"), "no-ipc-lock");
  }

  @Test
  void withoutLockedMemoryItIsTheLimitThatIsNamed() throws Exception {
    Map<String, String> answers = runWithLockedMemory(0);
    assertEquals("0", answers.get("memlock"), answers::toString);
    if (answers.get("usable").equals("false")) {
      String reason = answers.get("unavailable");
      assertTrue(reason.startsWith("io_uring_setup: ENOMEM (12)"), reason);
      assertTrue(reason.contains("RLIMIT_MEMLOCK"), reason);
      assertTrue(reason.contains("which is 0 KiB here"), reason);
      assertFalse(reason.contains("seccomp"), reason);
      DETAILS.forEach(detail -> assertEquals(reason, answers.get(detail), detail));
      assertEquals("false", answers.get("same"), "it may be another answer later");
    } else {
      assertBuffersAreRefused(answers, "plain", 1, 0);
      assertBuffersAreRefused(answers, "loop", 1, 0);
    }
  }

  @Test
  void withLittleLockedMemoryRingsWorkAndLargeBuffersSayWhyNot() throws Exception {
    Map<String, String> answers = runWithLockedMemory(512);
    assertEquals("524288", answers.get("memlock"), answers::toString);
    assertEquals("true", answers.get("usable"), answers::toString);
    assertEquals("true", answers.get("same"));
    assertEquals("works with 1 buffer", answers.get("plain"));
    assertEquals("works with 1 buffer", answers.get("loop"));
    assertBuffersAreRefused(answers, "large", 1, 524288);
  }

  private static void assertBuffersAreRefused(
      Map<String, String> answers, String ring, int count, long limit) {
    String buffers = answers.get(ring);
    assertTrue(
        buffers.contains("io_uring_register(BUFFERS) " + count + " buffers: ENOMEM (12)"), buffers);
    assertTrue(
        buffers.contains("RLIMIT_MEMLOCK allows, which is " + limit + " bytes here"), buffers);
  }
}
