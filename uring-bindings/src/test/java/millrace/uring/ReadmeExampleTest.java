package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's example is this code: it compiles, it runs, and it stands there word for word. */
class ReadmeExampleTest {

  // README begin
  static String firstPage(Path file) throws Exception {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults());
        Arena arena = Arena.ofConfined()) {
      ring.enable(); // this thread is the ring's owner from now on
      SubmissionQueue queue = ring.submissionQueue();
      MemorySegment path = arena.allocateFrom(file.toString());
      MemorySegment page = arena.allocate(4096);
      int[] results = new int[3];
      CompletionSink sink = (userData, result, flags) -> results[(int) userData] = result;

      queue.next().openat(Libc.AT_FDCWD, path.address(), Libc.O_RDONLY, 0).userData(0);
      ring.submitAndWait(1, -1);
      ring.completionQueue().drain(sink, 1);
      if (results[0] < 0) {
        throw new UringException("openat", -results[0], file.toString(), null);
      }
      queue.next().read(results[0], page.address(), 4096, 0).userData(1).hardlink();
      queue.next().close(results[0]).userData(2); // after the read, whatever its result
      ring.submitAndWait(2, -1);
      ring.completionQueue().drain(sink, 2);
      byte[] bytes = page.asSlice(0, Math.max(results[1], 0)).toArray(ValueLayout.JAVA_BYTE);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  // README end

  @Test
  void theExampleReadsAFile(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "hello, ring");
    assertEquals("hello, ring", firstPage(file));
    UringException missing =
        assertThrows(UringException.class, () -> firstPage(directory.resolve("none")));
    assertEquals(Errno.ENOENT, missing.errno());
  }

  @Test
  void theReadmeHasThisVeryCode() throws Exception {
    List<String> lines = Files.readAllLines(Readme.source("ReadmeExampleTest"));
    String code =
        String.join(
                "\n",
                lines.subList(
                    lines.indexOf("  // README begin") + 1, lines.indexOf("  // README end")))
            // A blank last line counts as one without indentation.
            .stripTrailing()
            .stripIndent()
            .stripLeading();
    assertTrue(Readme.text().contains("```java\n" + code + "\n```"), code);
  }
}
