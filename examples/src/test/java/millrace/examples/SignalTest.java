package millrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class SignalTest {
  private static final int LARGE_BYTES = 32 << 20;

  @TempDir private Path root;

  @BeforeAll
  static void needTools() {
    ExternalTool.require("env");
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(120_000);
    return socket;
  }

  private static void request(Socket socket, String name) throws IOException {
    String text = "GET /" + name + " HTTP/1.1\r\nHost: h\r\n\r\n";
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void signalEndsTheServerWithStatusZero(String signal) throws IOException, InterruptedException {
    Files.writeString(root.resolve("a.txt"), "a");
    try (MillraceProcess server =
            new MillraceProcess("http", "--root", root.toString(), "--port", "0");
        Socket idle = connect(server.port())) {
      request(idle, "a.txt");
      assertTrue(idle.getInputStream().read() >= 0);
      server.signal(signal);

      idle.getInputStream().readAllBytes();
      assertEquals(0, server.exitStatus(), server::errors);
      assertEquals("", server.errors());
    }
  }

  @Test
  void signalLetsTheResponseUnderWayEnd() throws IOException, InterruptedException {
    Files.write(root.resolve("large.bin"), new byte[LARGE_BYTES]);
    try (MillraceProcess server =
            new MillraceProcess("http", "--root", root.toString(), "--port", "0", "--drain", "2m");
        Socket client = connect(server.port())) {
      request(client, "large.bin");
      InputStream in = client.getInputStream();
      assertEquals('H', in.read());
      server.signal("TERM");

      long received = in.transferTo(java.io.OutputStream.nullOutputStream());
      assertTrue(received > LARGE_BYTES, "received " + received);
      assertEquals(0, server.exitStatus(), server::errors);
    }
  }

  @Test
  void secondSignalEndsTheServerAtOnce() throws IOException, InterruptedException {
    Files.write(root.resolve("large.bin"), new byte[LARGE_BYTES]);
    try (MillraceProcess server =
        new MillraceProcess("http", "--root", root.toString(), "--port", "0", "--drain", "2m")) {
      int port = server.port();
      try (Socket client = connect(port)) {
        request(client, "large.bin");
        assertEquals('H', client.getInputStream().read());
        server.signal("TERM");
        // The first signal has arrived when nothing listens any more.
        assertThrows(
            IOException.class,
            () -> {
              while (true) {
                connect(port).close();
              }
            });
        server.signal("TERM");

        assertEquals(128 + 15, server.exitStatus());
      }
    }
  }

  @Test
  void echoServerEndsWithStatusZero() throws IOException, InterruptedException {
    try (MillraceProcess server = new MillraceProcess("echo", "--port", "0");
        Socket client = connect(server.port())) {
      client.getOutputStream().write('x');
      assertEquals('x', client.getInputStream().read());
      server.signal("TERM");

      assertEquals(-1, client.getInputStream().read());
      assertEquals(0, server.exitStatus(), server::errors);
    }
  }
}
