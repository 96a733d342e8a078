package millrace.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --unix}, as a user has it. */
@Timeout(300)
class UnixSocketTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void httpIsServedToCurlAndTheSocketGoesWithTheServer(String backend) throws Exception {
    ExternalTool.require("curl");
    Files.writeString(directory.resolve("file.txt"), "through the file system");
    Path socket = directory.resolve("http.sock");
    try (MillraceProcess server =
        new MillraceProcess(
            "http",
            "--root",
            directory.toString(),
            "--unix",
            socket.toString(),
            "--backend",
            backend)) {
      assertEquals("listening on " + socket, server.line(), server::errors);
      List<String> curl =
          List.of(
              "curl",
              "--silent",
              "--show-error",
              "--max-time",
              "60",
              "--unix-socket",
              socket.toString(),
              "http://localhost/file.txt");
      assertArrayEquals("through the file system".getBytes(US_ASCII), ExternalTool.run(curl));
      server.signal("TERM");
      assertEquals(0, server.exitStatus(), server::errors);
    }
    assertFalse(Files.exists(socket), "the socket is left");
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void echoReplacesTheSocketOfAServerThatWasKilled(String backend) throws Exception {
    Path socket = directory.resolve("echo.sock");
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(address);
    }
    assertTrue(Files.exists(socket));
    try (MillraceProcess server =
        new MillraceProcess("echo", "--unix", socket.toString(), "--backend", backend)) {
      assertEquals("listening on " + socket, server.line(), server::errors);
      try (SocketChannel client = SocketChannel.open(address)) {
        client.write(ByteBuffer.wrap("grist".getBytes(US_ASCII)));
        ByteBuffer back = ByteBuffer.allocate(5);
        while (back.hasRemaining()) {
          assertTrue(client.read(back) >= 0);
        }
        assertEquals("grist", new String(back.array(), US_ASCII));
      }
      server.signal("INT");
      assertEquals(0, server.exitStatus(), server::errors);
    }
    assertFalse(Files.exists(socket), "the socket is left");
  }

  @Test
  void echoWantsAPortOrAPath() throws Exception {
    try (MillraceProcess server = new MillraceProcess("echo")) {
      assertEquals(2, server.exitStatus());
      assertTrue(
          server.errors().contains("Missing required option: '--port=PORT' or '--unix=PATH'"),
          server::errors);
    }
  }
}
