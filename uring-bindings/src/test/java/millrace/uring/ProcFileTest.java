package millrace.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcFileTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/proc/sys/net/core/somaxconn",
        "/proc/sys/kernel/pid_max",
        "/proc/sys/fs/nr_open",
        "/proc/sys/kernel/osrelease",
        "/proc/sys/net/ipv4/tcp_wmem",
        "/proc/filesystems",
      })
  void readsAllThatCatReads(String file) throws Exception {
    Process cat = new ProcessBuilder("cat", file).start();
    String expected = new String(cat.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, cat.waitFor());

    assertEquals(expected, ProcFile.read(Path.of(file)));
  }

  @Test
  void readsMoreThanOneReadBrings() throws IOException {
    String text = "0123456789abcde\n".repeat(10_000);
    assertEquals(text, ProcFile.read(Files.writeString(directory.resolve("large"), text)));
  }

  @Test
  void aMissingFileIsNamed() {
    Path missing = directory.resolve("missing");
    NoSuchFileException refusal =
        assertThrows(NoSuchFileException.class, () -> ProcFile.read(missing));
    assertEquals(missing.toString(), refusal.getFile());
  }
}
