package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import millrace.examples.ExternalTool;
import millrace.examples.MillraceProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class HttpLocaleTest {
  @TempDir private Path root;

  /** Services often run without a locale, and then java.nio.file takes no name outside of ASCII. */
  @Test
  void nameOutsideOfAsciiIsServedWhateverTheLocale() throws IOException, InterruptedException {
    ExternalTool.require("env");
    String script = "mkdir \"$1/$(printf '\\303\\244')\"; echo o > \"$1/$(printf '\\303\\244')/o\"";
    ExternalTool.text("sh", "-c", script, "sh", root.toString());
    try (MillraceProcess server =
            new MillraceProcess(
                List.of("env", "LC_ALL=C"), "http", "--root", root.toString(), "--port", "0");
        RawClient client =
            new RawClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))) {
      assertEquals("o\n", client.get("/%C3%A4/o").text());
      assertEquals("/%C3%A4/", client.get("/%C3%A4").field("Location"));
      assertEquals(404, client.get("/%C3%B6/").status());
    }
  }
}
