package millrace.proactor.file;

import static millrace.proactor.file.FileFixture.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import millrace.proactor.LoopFixture;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class AsyncDirectoryTest {

  @TempDir Path temporary;

  private LoopFixture loop;
  private Path root;
  private Path outside;
  private AsyncDirectory directory;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
    root = Files.createDirectory(temporary.resolve("root"));
    outside = Files.createDirectory(temporary.resolve("outside"));
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("plain"), "plain");
    Files.writeString(root.resolve("a/b/nested"), "nested");
    Files.writeString(outside.resolve("secret"), "secret");
    directory = AsyncDirectory.open(loop.proactor(), root);
  }

  @AfterEach
  void stop() {
    directory.close();
    directory.close();
    loop.close();
  }

  private static void link(Path at, String target) throws IOException {
    Files.createSymbolicLink(at, Path.of(target));
  }

  /** The content, or the name of the error. */
  private String open(AsyncDirectory from, String relativePath) {
    CompletableFuture<AsyncFile> opened = new CompletableFuture<>();
    loop.run(() -> from.openBeneath(relativePath, Libc.O_RDONLY, FileFixture.openInto(opened)));
    AsyncFile file;
    try {
      file = loop.await(opened);
    } catch (AssertionError e) {
      return Errno.name(failure(loop, opened).errno());
    }
    BufferSlice in = BufferSlice.unpooled(64);
    String content;
    if (loop.await(file.statusAsync()).isDirectory()) {
      content = "directory";
    } else {
      content = FileFixture.text(in, loop.await(file.readAsync(in, 0)));
    }
    loop.await(file.closeAsync());
    return content;
  }

  private String open(String relativePath) {
    return open(directory, relativePath);
  }

  @Test
  void opensWhatIsBeneath() {
    assertEquals("plain", open("plain"));
    assertEquals("nested", open("a/b/nested"));
    assertEquals("nested", open("a//b/./nested"));
    assertEquals("directory", open("."));
    assertEquals("directory", open("a/"));
    assertEquals("ENOENT", open("missing"));
    assertEquals("ENOENT", open(""));
    assertEquals("ENOTDIR", open("plain/below"));
  }

  @Test
  void dotsAreFollowedAsLongAsTheyStayBeneath() {
    assertEquals("plain", open("a/../plain"));
    assertEquals("nested", open("a/b/../../a/b/nested"));
    assertEquals("EXDEV", open(".."));
    assertEquals("EXDEV", open("../root/plain"));
    assertEquals("EXDEV", open("a/../../outside/secret"));
    assertEquals("EXDEV", open("a/../../root/plain"));
  }

  @Test
  void absolutePathsLeaveTheDirectoryEvenIfTheyLeadBackIntoIt() {
    assertEquals("EXDEV", open("/etc/passwd"));
    assertEquals("EXDEV", open(root.resolve("plain").toString()));
    assertEquals("EXDEV", open("/"));
  }

  @Test
  void symbolicLinksAreFollowedInsideAndNotOut() throws Exception {
    link(root.resolve("inside"), "a/b/nested");
    link(root.resolve("a/up"), "../plain");
    link(root.resolve("toDirectory"), "a/b");
    link(root.resolve("out"), "../outside/secret");
    link(root.resolve("outDirectory"), "../outside");
    link(root.resolve("absolute"), outside.resolve("secret").toString());
    link(root.resolve("absoluteInside"), root.resolve("plain").toString());
    assertEquals("nested", open("inside"));
    assertEquals("plain", open("a/up"));
    assertEquals("nested", open("toDirectory/nested"));
    assertEquals("EXDEV", open("out"));
    assertEquals("EXDEV", open("outDirectory/secret"));
    assertEquals("EXDEV", open("absolute"));
    assertEquals("EXDEV", open("absoluteInside"));
  }

  @Test
  void chainsOfLinksAreFollowedFortyTimesAndLoopsAreEloop() throws Exception {
    link(root.resolve("link1"), "plain");
    for (int i = 2; i <= 41; i++) {
      link(root.resolve("link" + i), "link" + (i - 1));
    }
    link(root.resolve("x"), "y");
    link(root.resolve("y"), "x");
    assertEquals("plain", open("link40"));
    assertEquals("ELOOP", open("link41"));
    assertEquals("ELOOP", open("x"));
    link(root.resolve("chainOut1"), "../outside/secret");
    link(root.resolve("chainOut2"), "chainOut1");
    assertEquals("EXDEV", open("chainOut2"));
  }

  @Test
  void magicLinksOfProcAreNotFollowed() throws Exception {
    try (AsyncDirectory proc = AsyncDirectory.open(loop.proactor(), Path.of("/proc/self"))) {
      assertEquals("ELOOP", open(proc, "root/etc/passwd"));
      assertEquals("ELOOP", open(proc, "cwd"));
      assertEquals("ELOOP", open(proc, "exe"));
      assertEquals("ELOOP", open(proc, "fd/0"));
    }
  }

  @Test
  void namesThatNoFileCanHaveAreRefused() {
    assertEquals("EINVAL", open("a\0b"));
    assertEquals("EINVAL", open("plain\0"));
    assertEquals("ENAMETOOLONG", open("n".repeat(256)));
    assertEquals("ENAMETOOLONG", open("n/".repeat(2048)));
  }

  @Test
  void namesAreUtf8WhateverTheLocale() throws Exception {
    Files.writeString(root.resolve("grüße 日本語 😀"), "unicode");
    assertEquals("unicode", open("grüße 日本語 😀"));
  }

  @Test
  void openingADirectoryThatIsNoneSaysSo() {
    UringException e =
        assertThrows(
            UringException.class,
            () -> AsyncDirectory.open(loop.proactor(), root.resolve("plain")));
    assertEquals(Errno.ENOTDIR, e.errno());
    e =
        assertThrows(
            UringException.class,
            () -> AsyncDirectory.open(loop.proactor(), root.resolve("missing")));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.getMessage().contains(root.resolve("missing").toString()), e.getMessage());
  }

  @Test
  void aClosedDirectoryOpensNothing() {
    directory.close();
    loop.run(
        () ->
            assertThrows(
                IllegalStateException.class,
                () -> directory.openBeneath("plain", 0, (file, errno) -> {})));
  }

  @Test
  void neverOpensAFileFromOutsideWhileALinkIsSwappedIn() throws Exception {
    Files.writeString(root.resolve("a/secret"), "inside");
    link(root.resolve("link"), "../outside");
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Exception> failure = new AtomicReference<>();
    Thread swapper = Thread.ofPlatform().start(() -> swap(stop, failure));
    int inside = 0;
    int refused = 0;
    try {
      // Until both have been seen often: which comes when is the scheduler's.
      for (int round = 0; round < 200_000 && (inside < 300 || refused < 300); round++) {
        String result = open(round % 2 == 0 ? "a/secret" : "a/../a/secret");
        switch (result) {
          case "inside" -> inside++;
          // ENOENT: between two renames. EAGAIN: openat2(2) says so when ".." meets a rename.
          case "EXDEV", "ENOENT", "EAGAIN" -> refused++;
          default -> throw new AssertionError("opened " + result);
        }
      }
    } finally {
      stop.set(true);
      swapper.join();
    }
    assertEquals(null, failure.get());
    assertTrue(inside > 0, "never inside");
    assertTrue(refused > 0, "never refused");
  }

  /** "a" is by turns the directory and the link that leads out. */
  private void swap(AtomicBoolean stop, AtomicReference<Exception> failure) {
    try {
      while (!stop.get()) {
        Files.move(root.resolve("a"), root.resolve("real"));
        Files.move(root.resolve("link"), root.resolve("a"));
        Files.move(root.resolve("a"), root.resolve("link"));
        Files.move(root.resolve("real"), root.resolve("a"));
      }
    } catch (IOException e) {
      failure.set(e);
    }
  }
}
