package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.FileCalls;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's example is this code: it compiles, it runs, and it stands there word for word. */
class ReadmeExampleTest {

  // README echo begin
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

  // README echo end

  // README chain begin
  static void append(
      Operations operations,
      int file,
      BufferSlice record,
      long position,
      OperationHandler handler) {
    try (OperationChain chain = operations.beginChain(2)) {
      chain.link().write(file, record, position, Operations.NO_TIMEOUT, handler, 0, null);
      chain.link().sync(file, true, handler, 1, null); // begins when all of it is written
      if (!chain.submit()) {
        throw new RejectedExecutionException("too many operations are in flight");
      }
    }
  }

  // README chain end

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
  void theExampleOfAChainWritesAndSyncs(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("log");
    int file = FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_WRONLY | Libc.O_CREAT, 0600);
    BufferSlice record = BufferSlice.copyOf("hello, disk".getBytes(StandardCharsets.UTF_8));
    List<Integer> results = new CopyOnWriteArrayList<>();
    try (LoopFixture loop = LoopFixture.start()) {
      Operations operations = loop.proactor().operations();
      loop.run(() -> append(operations, file, record, 0, (c, a, result, f) -> results.add(result)));
      loop.until("both results", () -> results.size() == 2);
    }
    Libc.close(file);
    assertEquals(List.of(11, 0), results);
    assertEquals("hello, disk", Files.readString(path));
  }

  @Test
  void theReadmeHasThisVeryCode() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    Path source = Path.of("src/test/java/millrace/proactor/ReadmeExampleTest.java");
    while (!Files.exists(root.resolve("README.md"))) {
      root = root.getParent();
    }
    List<String> lines = Files.readAllLines(root.resolve("proactor").resolve(source));
    String readme = Files.readString(root.resolve("README.md"));
    for (String example : List.of("echo", "chain")) {
      int begin = lines.indexOf("  // README " + example + " begin") + 1;
      int end = lines.indexOf("  // README " + example + " end");
      // A blank last line counts as one without indentation.
      String code =
          String.join("\n", lines.subList(begin, end)).stripTrailing().stripIndent().stripLeading();
      assertTrue(readme.contains("```java\n" + code + "\n```"), code);
    }
  }
}
