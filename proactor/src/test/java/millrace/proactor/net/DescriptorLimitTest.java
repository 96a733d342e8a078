package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DescriptorLimitTest {

  private static final int LIMIT = 100;
  private static final int CLIENTS = 150;
  private static final int LOOKS = 1000;

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void acceptingRestsWithoutDescriptorsAndGoesOnWhenThereAreSome() throws Exception {
    Process server = startServer();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII))) {
      try (Writer input = server.outputWriter(StandardCharsets.US_ASCII)) {
        exhaust(input, output);
      }
      assertEquals("ended", output.readLine());
      assertTrue(server.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, server.exitValue());
    } finally {
      server.destroyForcibly();
    }
  }

  private static void exhaust(Writer input, BufferedReader output) throws IOException {
    int port = Integer.parseInt(output.readLine());
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    assertEquals(0, failures(input, output));
    try (Socket first = Peers.connect(address)) {
      assertEquals(1, echo(first, 1));
    }

    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      sockets.add(Peers.connect(address));
    }
    while (failures(input, output) == 0) {}
    for (int look = 0; look < LOOKS; look++) {
      failures(input, output);
    }
    // In the order of the backlog: each that leaves makes room for one that waits.
    for (int i = 0; i < CLIENTS; i++) {
      try (Socket socket = sockets.get(i)) {
        assertEquals(i, echo(socket, i));
      }
    }
  }

  private static Process startServer() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            "sh",
            "-c",
            "ulimit -n " + LIMIT + " && exec \"$0\" \"$@\"",
            java,
            "-ea",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            DescriptorLimitServer.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static long failures(Writer input, BufferedReader output) throws IOException {
    input.write("?\n");
    input.flush();
    String[] counts = output.readLine().split(" ", -1);
    long failures = Long.parseLong(counts[0]);
    long reasons = Long.parseLong(counts[1]) + Long.parseLong(counts[2]);
    // Each further try has a reason, the end of a rest or of a connection: it is no busy loop. The
    // counts are read one after the other, so that the last event may be missing.
    assertTrue(failures <= reasons + 2, failures + " failures, " + reasons + " reasons to try");
    return failures;
  }

  private static int echo(Socket socket, int value) throws IOException {
    socket.getOutputStream().write(value);
    return socket.getInputStream().read();
  }
}
