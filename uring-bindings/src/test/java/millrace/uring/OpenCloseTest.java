package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening and closing ordinary descriptors. */
class OpenCloseTest {
  private static final int CWD = Libc.AT_FDCWD;

  @TempDir private Path directory;
  private RingFixture ring;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/open-close.c. */
  @Test
  void openatFindsAPathFromItsDirectory() throws Exception {
    Files.writeString(directory.resolve("file"), "content");
    int base = ring.own(ring.run(openDirectory()));
    int fd = ring.own(ring.run(ring.next(1).openat(base, ring.path(Path.of("file")), 0, 0)));
    long buffer = ring.buffer(16);
    assertEquals(7, ring.run(ring.next(1).read(fd, buffer, 16, 0)));
    assertEquals("content", MemorySegment.ofAddress(buffer).reinterpret(16).getString(0));
  }

  @Test
  void openatKeepsCloseOnExec() {
    int kept = ring.own(ring.run(openDirectory()));
    assertEquals(0, Libc.fcntl(kept, Libc.F_GETFD, 0) & Libc.FD_CLOEXEC);
    long path = ring.path(directory);
    int closed = ring.own(ring.run(ring.next(1).openat(CWD, path, Libc.O_CLOEXEC, 0)));
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(closed, Libc.F_GETFD, 0));
  }

  @Test
  void openatMakesAFileWithoutAName() throws Exception {
    long path = ring.path(directory);
    int flags = Libc.O_TMPFILE | Libc.O_RDWR;
    int fd = ring.own(ring.run(ring.next(1).openat(CWD, path, flags, 0600)));
    assertEquals(8, ring.run(ring.next(1).write(fd, ring.buffer(8), 8, 0)));
    try (var files = Files.list(directory)) {
      assertEquals(0, files.count());
    }
  }

  /** Mirrors liburing test/openat2.c. */
  @Test
  void openat2ResolvesAsItIsTold() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    MemorySegment how = ring.arena.allocate(OpenHow.BYTES, 8);
    OpenHow.set(how, Libc.O_RDONLY, 0, Libc.RESOLVE_NO_SYMLINKS);
    ring.own(ring.run(ring.next(1).openat2(CWD, ring.path(file), how.address())));
    assertFailed(Errno.ELOOP, ring.run(ring.next(1).openat2(CWD, ring.path(link), how.address())));
    OpenHow.set(how, Libc.O_RDONLY, 0600, 0);
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).openat2(CWD, ring.path(file), how.address())));
  }

  @Test
  void closeEndsADescriptorOnce() {
    int fd = ring.run(openDirectory());
    assertEquals(0, ring.run(ring.next(1).close(fd)));
    assertFailed(Errno.EBADF, Libc.fcntl(fd, Libc.F_GETFD, 0));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).close(fd)));
  }

  /** Mirrors liburing test/open-close.c: a ring does not close itself. */
  @Test
  void closeRefusesTheRingItself() {
    assertFailed(Errno.EBADF, ring.run(ring.next(1).close(ring.ring.fd())));
  }

  /** Mirrors liburing test/close-opath.c. */
  @Test
  void closeEndsADescriptorThatIsOnlyAPlace() {
    long path = ring.path(directory);
    int fd = ring.run(ring.next(1).openat(CWD, path, Libc.O_PATH, 0));
    assertEquals(0, ring.run(ring.next(1).close(fd)));
    assertFailed(Errno.EBADF, Libc.fcntl(fd, Libc.F_GETFD, 0));
  }

  private Sqe openDirectory() {
    return ring.next(1).openat(CWD, ring.path(directory), Libc.O_DIRECTORY, 0);
  }
}
