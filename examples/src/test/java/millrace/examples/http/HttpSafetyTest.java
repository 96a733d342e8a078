package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
@Timeout(120)
class HttpSafetyTest {
  private static final String SECRET = "nobody outside may read this";

  @TempDir private Path directory;
  private Path root;
  private ServerFixture server;

  @BeforeEach
  void startServer() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    Files.writeString(directory.resolve("secret.txt"), SECRET);
    Files.createDirectories(directory.resolve("outside/inner"));
    Files.writeString(directory.resolve("outside/inner/secret.txt"), SECRET);
    Files.createDirectories(root.resolve("sub/deep"));
    Files.writeString(root.resolve("sub/file.txt"), "inside");
    server = new ServerFixture(root);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/sub/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/%252e%252e/secret.txt",
        "//../secret.txt",
        "/./../secret.txt",
        "/..;/secret.txt",
        "http://h/../secret.txt",
        "/sub/../..//secret.txt",
        "/secret.txt%00.html",
        "/..%00/secret.txt",
      })
  void pathNeverLeavesTheRoot(String target) throws IOException {
    try (RawClient client = server.connect()) {
      RawClient.Reply reply = client.get(target);

      assertTrue(reply.status() == 400 || reply.status() == 404, target + ": " + reply.status());
      assertFalse(reply.text().contains(SECRET));
    }
  }

  @Test
  void symbolicLinkOutOfTheRootLeadsNowhere() throws IOException {
    Files.createSymbolicLink(root.resolve("relative"), Path.of("../secret.txt"));
    Files.createSymbolicLink(root.resolve("absolute"), directory.resolve("secret.txt"));
    Files.createSymbolicLink(root.resolve("out"), Path.of("../outside"));
    Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(root.resolve("dangling"), Path.of("nothing"));
    Files.createSymbolicLink(root.resolve("magic"), Path.of("/proc/self/cwd"));
    try (RawClient client = server.connect()) {
      for (String target :
          new String[] {
            "/relative", "/absolute", "/out", "/out/", "/out/inner", "/out/inner/",
            "/out/inner/secret.txt", "/loop", "/loop/", "/dangling", "/magic", "/magic/",
            "/magic/pom.xml"
          }) {
        RawClient.Reply reply = client.get(target);
        assertEquals(404, reply.status(), target);
        assertFalse(reply.text().contains("secret"), target);
      }
    }
  }

  @Test
  void symbolicLinkWithinTheRootIsFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("link.txt"), Path.of("sub/file.txt"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("sub"));
    Files.createSymbolicLink(root.resolve("sub/deep/up"), Path.of("../../sub"));
    try (RawClient client = server.connect()) {
      assertEquals("inside", client.get("/link.txt").text());
      assertEquals("inside", client.get("/sub/deep/up/file.txt").text());
      assertEquals("/link/", client.get("/link").field("Location"));
      assertTrue(client.get("/link/").text().contains("file.txt"));
    }
  }

  @Test
  void listingOfADirectoryThatTurnedIntoALinkShowsNothingOutside() throws IOException {
    try (RawClient client = server.connect()) {
      Path victim = root.resolve("sub/deep");
      Path aside = root.resolve("sub/aside");
      Path link = root.resolve("sub/link");
      Files.createSymbolicLink(link, directory.resolve("outside/inner"));
      for (int i = 0; i < 200; i++) {
        client.send(RawClient.text("GET", "/sub/deep/"));
        Files.move(victim, aside);
        Files.move(link, victim);
        Files.move(victim, link);
        Files.move(aside, victim);
        RawClient.Reply reply = client.reply();
        assertTrue(reply.status() == 200 || reply.status() == 404, "status " + reply.status());
        assertFalse(reply.text().contains("secret"), reply::text);
      }
    }
  }

  @Test
  void onlyRegularFilesAreSent() throws IOException, InterruptedException {
    Process mkfifo = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start();
    assumeTrue(mkfifo.waitFor() == 0, "mkfifo is needed");
    try (RawClient client = server.connect()) {
      // An open that waited for a writer would never answer.
      for (int i = 0; i < 20; i++) {
        assertEquals(404, client.get("/pipe").status());
        assertEquals(404, client.get("/pipe/").status());
      }
      assertFalse(client.get("/").text().contains("pipe"));
      assertEquals(404, client.get("/sub/file.txt/").status());
      assertEquals(404, client.get("/sub/file.txt/x").status());
    }
  }

  @Test
  void unreadableFileIsForbidden() throws IOException {
    Path file = Files.writeString(root.resolve("private.txt"), SECRET);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeTrue(!Files.isReadable(file), "root may read everything");
    try (RawClient client = server.connect()) {
      assertEquals(403, client.get("/private.txt").status());
    }
  }

  @Test
  void namesThatTheFileSystemDoesNotTakeAreNotFound() throws IOException {
    try (RawClient client = server.connect()) {
      assertEquals(404, client.get("/" + "n".repeat(300)).status());
      assertEquals(404, client.get("/" + "n/".repeat(4000)).status());
      assertEquals(404, client.get("/a%2Fb").status());
      assertEquals(400, client.get("/%FF").status());
    }
  }

  @Test
  void nameOutsideOfAsciiIsFoundInUtf8() throws IOException {
    Process touch =
        new ProcessBuilder("sh", "-c", "printf umlaut > \"$(printf '\\303\\244').txt\"")
            .directory(root.toFile())
            .start();
    assertEquals(0, waitFor(touch));
    try (RawClient client = server.connect()) {
      assertEquals("umlaut", client.get("/%C3%A4.txt").text());
    }
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
