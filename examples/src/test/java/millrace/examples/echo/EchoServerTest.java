package millrace.examples.echo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import millrace.proactor.BackendChoice;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(300)
class EchoServerTest {
  private static final int LIMIT_MILLIS = 120_000;

  private EchoServer server;

  @BeforeEach
  void startServer() throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = EchoServer.start(address, 2000, BackendChoice.ofProperty());
  }

  @AfterEach
  void stopServer() {
    ShutdownReport report =
        server.proactor().shutdown(Duration.ofSeconds(30)).toCompletableFuture().join();
    assertNull(report.failure());
    assertTrue(report.drained(), report::toString);
    assertEquals(0, report.buffersOutstanding(), report::toString);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.connect(server.localAddress(), LIMIT_MILLIS);
    return socket;
  }

  private static Future<Void> start(IoTask task) {
    FutureTask<Void> future =
        new FutureTask<>(
            () -> {
              task.run();
              return null;
            });
    Thread.ofVirtual().start(future);
    return future;
  }

  private interface IoTask {
    void run() throws IOException, InterruptedException, ExecutionException;
  }

  /** Writes and reads at the same time: a message may be larger than all buffers on its way. */
  private static void exchange(Socket socket, byte[] message)
      throws IOException, InterruptedException, ExecutionException {
    Future<Void> writer =
        start(
            () -> {
              socket.getOutputStream().write(message);
              socket.shutdownOutput();
            });
    byte[] answer = socket.getInputStream().readAllBytes();
    writer.get();
    assertArrayEquals(message, answer);
  }

  @Test
  void thousandConnectionsGetBackWhatTheySent()
      throws IOException, InterruptedException, ExecutionException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      sockets.add(connect());
    }
    Random random = new Random(3);
    List<Future<Void>> clients = new ArrayList<>();
    for (Socket socket : sockets) {
      // Many small ones, a few of a mebibyte.
      byte[] message = new byte[1 + random.nextInt(1 << random.nextInt(21))];
      random.nextBytes(message);
      clients.add(start(() -> exchange(socket, message)));
    }
    for (Future<Void> client : clients) {
      client.get();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Test
  void peerThatSendsAndDoesNotReadIsHeldBack()
      throws IOException, InterruptedException, ExecutionException {
    byte[] message = new byte[64 << 20];
    new Random(4).nextBytes(message);
    try (Socket socket = connect();
        Socket other = connect()) {
      Future<Void> writer =
          start(
              () -> {
                socket.getOutputStream().write(message);
                socket.shutdownOutput();
              });
      // Somebody else is served meanwhile.
      exchange(other, new byte[] {1, 2, 3});
      assertArrayEquals(message, socket.getInputStream().readAllBytes());
      writer.get();
    }
    // Slabs are never given back, so this is the most that was ever used.
    CompletableFuture<Long> poolBytes = new CompletableFuture<>();
    server
        .proactor()
        .execute(() -> poolBytes.complete(server.proactor().buffers().allocatedBytes()));
    assertTrue(poolBytes.get() <= 16 << 20, "pool grew to " + poolBytes.get());
  }

  @Test
  void peerThatResetsTheConnectionHarmsNobody()
      throws IOException, InterruptedException, ExecutionException {
    for (int i = 0; i < 50; i++) {
      try (Socket socket = connect()) {
        socket.getOutputStream().write(new byte[100_000]);
        socket.setSoLinger(true, 0);
      }
    }
    try (Socket socket = connect()) {
      exchange(socket, new byte[] {4, 5, 6});
    }
  }
}
