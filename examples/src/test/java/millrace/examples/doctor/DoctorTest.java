package millrace.examples.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.examples.ExternalTool;
import millrace.examples.MillraceProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DoctorTest {
  private static final String OK = Findings.SUPPORTED;
  private static final String SYSCTL =
      "io_uring_setup: EPERM (1): operation not permitted; kernel.io_uring_disabled=2";

  @TempDir private Path directory;

  private static Findings healthy() {
    return new Findings(
        "6.18.1",
        "amd64",
        null,
        0,
        null,
        "io_uring",
        "the kernel has all of it",
        null,
        Map.of("DEFER_TASKRUN", "6.1"),
        Map.of(),
        Map.of("NODROP", OK),
        Map.of("READ", OK),
        OK,
        OK,
        new Limit(1 << 20, Limit.UNLIMITED),
        new Limit(8 << 20, 8 << 20),
        4096,
        "25 (Vendor)",
        "/jdk",
        "UTF-8");
  }

  private static Findings unavailable() {
    return new Findings(
        "6.18.1",
        "amd64",
        SYSCTL,
        2,
        "io_uring is not to be had: " + SYSCTL,
        "epoll",
        "io_uring is not to be had: " + SYSCTL,
        SYSCTL,
        Map.of(),
        Map.of(),
        Map.of("NODROP", SYSCTL),
        Map.of("READ", SYSCTL),
        SYSCTL,
        SYSCTL,
        new Limit(1024, 1024),
        new Limit(Limit.UNLIMITED, Limit.UNLIMITED),
        128,
        "25 (Vendor)",
        "/jdk",
        "ANSI_X3.4-1968");
  }

  private static int execute(DoctorCommand command, StringWriter output, String... arguments) {
    CommandLine commandLine = new CommandLine(command);
    commandLine.setOut(new PrintWriter(output));
    return commandLine.execute(arguments);
  }

  @Test
  void statusTellsWhetherIoUringIsUsable() {
    StringWriter output = new StringWriter();

    assertEquals(0, execute(new DoctorCommand(DoctorTest::healthy), output));
    assertEquals(3, execute(new DoctorCommand(DoctorTest::unavailable), output));
    assertEquals(3, execute(new DoctorCommand(DoctorTest::unavailable), output, "--json"));
  }

  @Test
  void healthyMachineNeedsNoAdvice() {
    assertEquals(List.of(), Advice.of(healthy()));
    String report = TextReport.render(healthy(), Advice.of(healthy()));

    assertTrue(report.contains("io_uring         available"), report);
    assertTrue(report.contains("backend          io_uring: the kernel has all of it"), report);
    assertTrue(report.contains("granted flags    DEFER_TASKRUN"), report);
    assertTrue(report.contains("open files       1048576 (hard limit unlimited)"), report);
    assertTrue(report.contains("advice           nothing to do"), report);
  }

  @Test
  void causeOfAnUnavailableIoUringComesFirst() {
    List<String> advice = Advice.of(unavailable());
    String report = TextReport.render(unavailable(), advice);

    assertEquals("io_uring is not available: " + SYSCTL + ".", advice.get(0));
    assertEquals(4, advice.size(), advice::toString);
    assertTrue(report.contains("io_uring         NOT available: " + SYSCTL), report);
    assertTrue(report.contains("backend          epoll: io_uring is not to be had: "), report);
    assertFalse(report.contains("Operations"), report);
  }

  @Test
  void thisMachineIsExamined() {
    StringWriter output = new StringWriter();
    int status = execute(new DoctorCommand(), output);

    assertEquals(Examination.run().usable() ? 0 : 3, status);
    assertTrue(output.toString().contains("Operations: "), output::toString);
    assertTrue(output.toString().contains("somaxconn"), output::toString);
  }

  /** Runs its arguments with io_uring_setup(2), number 425 everywhere, answered by EPERM. */
  private static final String WITHOUT_IO_URING =
      """
      import ctypes, os, struct, sys
      steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 425), (6, 0, 0, 0x00050001), (6, 0, 0, 0x7fff0000)]
      code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *step) for step in steps))
      class Program(ctypes.Structure):
          _fields_ = [('length', ctypes.c_ushort), ('code', ctypes.c_void_p)]
      program = Program(len(steps), ctypes.addressof(code))
      libc = ctypes.CDLL(None)
      PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
      assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
      assert libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program)) == 0
      os.execvp(sys.argv[1], sys.argv[1:])
      """;

  @Test
  void seccompFilterAgainstIoUringIsDiagnosed() throws IOException, InterruptedException {
    ExternalTool.require("python3");
    List<String> filter = List.of("python3", "-c", WITHOUT_IO_URING);
    try (MillraceProcess doctor = new MillraceProcess(filter, "doctor")) {
      StringBuilder report = new StringBuilder();
      for (String line = doctor.line(); line != null; line = doctor.line()) {
        report.append(line).append('\n');
      }
      assertEquals(3, doctor.exitStatus(), doctor::errors);
      assertTrue(
          report.toString().contains("NOT available: io_uring_setup: EPERM"), report::toString);
      assertTrue(report.toString().contains("seccomp"), report::toString);
      assertTrue(report.toString().contains("backend          epoll: "), report::toString);
    }
    try (MillraceProcess server =
        new MillraceProcess(filter, "echo", "--port", "0", "--backend", "io_uring")) {
      assertEquals(1, server.exitStatus());
      assertEquals(1, server.errors().lines().count(), server::errors);
      assertTrue(server.errors().contains("seccomp"), server::errors);
    }
  }

  @Test
  void serverBehindASeccompFilterRunsOnEpollAndSaysWhy() throws Exception {
    ExternalTool.require("python3");
    List<String> filter = List.of("python3", "-c", WITHOUT_IO_URING);
    try (MillraceProcess server = new MillraceProcess(filter, "echo", "--port", "0");
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      client.getOutputStream().write("echo".getBytes(StandardCharsets.US_ASCII));
      assertEquals(
          "echo", new String(client.getInputStream().readNBytes(4), StandardCharsets.US_ASCII));
      assertTrue(server.errors().contains("running on epoll"), server::errors);
      assertTrue(server.errors().contains("seccomp"), server::errors);
    }
  }

  @Test
  void operationThatIsMissingMakesItEpoll() throws Exception {
    List<String> masked = List.of("env", "JAVA_TOOL_OPTIONS=-Dmillrace.uring.mask=OPENAT2");
    try (MillraceProcess doctor = new MillraceProcess(masked, "doctor")) {
      StringBuilder report = new StringBuilder();
      for (String line = doctor.line(); line != null; line = doctor.line()) {
        report.append(line).append('\n');
      }
      assertEquals(3, doctor.exitStatus(), doctor::errors);
      assertTrue(report.toString().contains("operation OPENAT2"), report::toString);
      assertTrue(report.toString().contains("backend          epoll: "), report::toString);
    }
  }

  @Test
  void jsonIsEscaped() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a\"\\\n\u0001", List.of("x", 1, 2L, true));
    map.put("none", null);
    map.put("empty", Map.of());

    assertEquals(
        """
        {
          "a\\"\\\\\\n\\u0001": [
            "x",
            1,
            2,
            true
          ],
          "none": null,
          "empty": {}
        }
        """,
        Json.write(map));
    assertThrows(IllegalArgumentException.class, () -> Json.write(1.5));
  }

  @Test
  void jsonReportIsReadByAnotherProgram() throws IOException, InterruptedException {
    ExternalTool.require("python3");
    for (Findings findings : new Findings[] {healthy(), unavailable(), Examination.run()}) {
      Path file = directory.resolve("report.json");
      Files.writeString(file, JsonReport.render(findings, Advice.of(findings)));
      String program =
          "import json,sys; r = json.load(open(sys.argv[1]));"
              + " print(r['usable'], len(r['advice']), r['limits']['nofile']['soft'])";
      String answer = ExternalTool.text("python3", "-c", program, file.toString());

      String expected =
          (findings.usable() ? "True " : "False ")
              + Advice.of(findings).size()
              + " "
              + findings.openFiles().soft();
      assertEquals(expected, answer.strip());
    }
  }
}
