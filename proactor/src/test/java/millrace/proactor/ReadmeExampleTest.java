package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import org.junit.jupiter.api.Test;

/** The README's example is this code: it compiles, it runs, and it stands there word for word. */
class ReadmeExampleTest {

  // README begin
  static final class Echo implements ConnectionHandler {
    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (!connection.write(data.retain())) { // above the high watermark:
        connection.pauseReceive(); // let TCP slow the peer down
      }
    }

    @Override
    public void writable(StreamConnection connection) {
      connection.resumeReceive();
    }
  }

  static TcpListener listen(Proactor proactor, int port) throws Exception {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return TcpListener.bind(
        proactor, address, TcpListenerOptions.defaults(), connection -> new Echo());
  }

  // README end

  @Test
  void theExampleEchoes() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      InetSocketAddress address = listen(loop.proactor(), 0).localAddress();
      byte[] message = "hello, ring".getBytes(StandardCharsets.UTF_8);
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        socket.getOutputStream().write(message);
        assertArrayEquals(message, socket.getInputStream().readNBytes(message.length));
      }
    }
  }

  @Test
  void theReadmeHasThisVeryCode() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    Path source = Path.of("src/test/java/millrace/proactor/ReadmeExampleTest.java");
    while (!Files.exists(root.resolve("README.md"))) {
      root = root.getParent();
    }
    List<String> lines = Files.readAllLines(root.resolve("proactor").resolve(source));
    String code =
        String.join(
                "\n",
                lines.subList(
                    lines.indexOf("  // README begin") + 1, lines.indexOf("  // README end")))
            // A blank last line counts as one without indentation.
            .stripTrailing()
            .stripIndent()
            .stripLeading();
    String readme = Files.readString(root.resolve("README.md"));
    assertTrue(readme.contains("```java\n" + code + "\n```"), code);
  }
}
