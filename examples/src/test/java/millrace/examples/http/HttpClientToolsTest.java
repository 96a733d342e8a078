package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.examples.ExternalTool;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that other people wrote. */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(300)
class HttpClientToolsTest {
  @TempDir private Path root;
  private final byte[] large = new byte[3_000_000];
  private ServerFixture server;

  @BeforeEach
  void startServer() throws IOException {
    new Random(5).nextBytes(large);
    Files.write(root.resolve("large.bin"), large);
    Files.writeString(root.resolve("small.txt"), "small");
    Files.createDirectory(root.resolve("dir"));
    server = new ServerFixture(root);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private static String curl(String... arguments) throws IOException, InterruptedException {
    return new String(curlBytes(arguments), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static byte[] curlBytes(String... arguments) throws IOException, InterruptedException {
    ExternalTool.require("curl");
    List<String> command =
        new ArrayList<>(List.of("curl", "--silent", "--show-error", "--max-time", "60"));
    command.addAll(Arrays.asList(arguments));
    return ExternalTool.run(command);
  }

  @Test
  void curlGetsFilesAndRanges() throws IOException, InterruptedException {
    assertArrayEquals(large, curlBytes(server.url("/large.bin")));
    assertArrayEquals(
        Arrays.copyOfRange(large, 100_000, 2_000_001),
        curlBytes("--range", "100000-2000000", server.url("/large.bin")));
    assertArrayEquals(
        Arrays.copyOfRange(large, large.length - 10, large.length),
        curlBytes("--range", "-10", server.url("/large.bin")));
    assertEquals(
        "416",
        curl("-o", "/dev/null", "-w", "%{http_code}", "-r", "9999999-", server.url("/large.bin")));
  }

  @Test
  void curlResumesADownload() throws IOException, InterruptedException {
    Path part = root.resolveSibling(root.getFileName() + ".part");
    try {
      Files.write(part, Arrays.copyOf(large, 1_234_567));
      curl("--continue-at", "-", "-o", part.toString(), server.url("/large.bin"));

      assertArrayEquals(large, Files.readAllBytes(part));
    } finally {
      Files.deleteIfExists(part);
    }
  }

  @Test
  void curlKnowsWhatHasNotChanged() throws IOException, InterruptedException {
    Path tag = root.resolveSibling(root.getFileName() + ".tag");
    Path file = root.resolveSibling(root.getFileName() + ".file");
    try {
      String url = server.url("/small.txt");
      curl("--etag-save", tag.toString(), "-o", file.toString(), url);
      String status =
          curl("--etag-compare", tag.toString(), "-o", file.toString(), "-w", "%{http_code}", url);
      assertEquals("304", status);
      curl("--remote-time", "-o", file.toString(), url);
      assertEquals(
          "304", curl("-z", file.toString(), "-o", "/dev/null", "-w", "%{http_code}", url));
    } finally {
      Files.deleteIfExists(tag);
      Files.deleteIfExists(file);
    }
  }

  @Test
  void curlKeepsItsConnectionAndFollowsRedirects() throws IOException, InterruptedException {
    String connections =
        curl(
            "-L",
            "-w",
            "%{num_connects} ",
            "-o",
            "/dev/null",
            server.url("/small.txt"),
            "-o",
            "/dev/null",
            server.url("/large.bin"),
            "-o",
            "/dev/null",
            server.url("/dir"));
    assertEquals("1 0 0", connections.strip());
    assertTrue(curl("--head", server.url("/small.txt")).contains("Content-Length: 5\r\n"));
    assertEquals("small", curl("--http1.0", server.url("/small.txt")));
    assertEquals(
        "405", curl("-d", "body", "-o", "/dev/null", "-w", "%{http_code}", server.url("/x")));
    // Curl asks for a 100 before it sends a large body.
    assertEquals(
        "405",
        curl(
            "-T",
            root.resolve("large.bin").toString(),
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            server.url("/x")));
  }

  @Test
  void curlGetsFilesOverAUnixSocket() throws IOException, InterruptedException {
    Path socket = root.resolveSibling(root.getFileName() + ".sock");
    HttpServerOptions options =
        HttpServerOptions.defaults(root, UnixDomainSocketAddress.of(socket));
    try (HttpServer unix = HttpServer.start(options)) {
      assertEquals(UnixDomainSocketAddress.of(socket), unix.localAddress());
      String path = socket.toString();
      assertArrayEquals(large, curlBytes("--unix-socket", path, "http://localhost/large.bin"));
      assertEquals("small", curl("--unix-socket", path, "http://localhost/small.txt"));
    }
    assertFalse(Files.exists(socket), "the socket is left");
  }

  @Test
  void eightRequestsOnOneSocketAreAnsweredInOrder() throws IOException {
    try (RawClient client = server.connect()) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 8; i++) {
        requests.append(RawClient.text("GET", "/large.bin", "Range: bytes=" + i + "-" + i));
      }
      client.send(requests.toString());
      for (int i = 0; i < 8; i++) {
        assertArrayEquals(new byte[] {large[i]}, client.reply().body());
      }
    }
  }

  @Test
  void jdkClientRunsManyRequestsAtOnce() {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      List<CompletableFuture<HttpResponse<byte[]>>> responses = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String target = i % 4 == 0 ? "/large.bin" : "/small.txt";
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url(target))).build();
        responses.add(client.sendAsync(request, BodyHandlers.ofByteArray()));
      }
      for (int i = 0; i < 100; i++) {
        HttpResponse<byte[]> response = responses.get(i).join();
        assertEquals(200, response.statusCode());
        assertEquals(i % 4 == 0 ? large.length : 5, response.body().length);
      }
    }
  }

  @Test
  void wrkSeesNoErrors() throws IOException, InterruptedException {
    ExternalTool.require("wrk");
    for (String target : new String[] {"/small.txt", "/large.bin"}) {
      String report =
          ExternalTool.text(
              "wrk", "-t", "2", "-c", "50", "-d", "3s", "--timeout", "30s", server.url(target));

      Matcher requests = Pattern.compile("([0-9]+) requests in").matcher(report);
      assertTrue(requests.find() && Long.parseLong(requests.group(1)) > 0, report);
      assertFalse(report.contains("Socket errors"), report);
      assertFalse(report.contains("Non-2xx"), report);
    }
    server.awaitNoConnections();
    assertEquals(0, server.outstandingBuffers());
  }
}
