package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static millrace.uring.Results.assertFailed;
import static millrace.uring.Results.succeeded;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import millrace.uring.abi.statx;
import millrace.uring.abi.statx_timestamp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {

  @TempDir private Path path;
  private int directory;

  @BeforeEach
  void openDirectory() {
    int flags = Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC;
    directory = succeeded(FileCalls.openat(Libc.AT_FDCWD, path.toString(), flags, 0));
  }

  @AfterEach
  void closeDirectory() {
    succeeded(Libc.close(directory));
  }

  @Test
  void whatIsWrittenAtAPositionIsReadThere() throws Exception {
    int flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC;
    int fd = succeeded(FileCalls.openat(directory, "file", flags, 0600));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom("water");
      assertEquals(5, FileCalls.pwrite(fd, data.address(), 5, 3));
      assertEquals(0, FileCalls.fsync(fd, false));
      assertEquals(0, FileCalls.fsync(fd, true));
      MemorySegment back = arena.allocate(16);
      assertEquals(3, FileCalls.pread(fd, back.address(), 16, 5));
      assertEquals("ter", back.getString(0));
      assertEquals(0, FileCalls.pread(fd, back.address(), 16, 8));
    } finally {
      succeeded(Libc.close(fd));
    }
    assertArrayEquals(
        "\0\0\0water".getBytes(StandardCharsets.US_ASCII),
        Files.readAllBytes(path.resolve("file")));
  }

  @Test
  void permissionsAreSetAndNamesRemoved() throws Exception {
    succeeded(Libc.close(create("file")));
    assertEquals(0, FileCalls.fchmodat(directory, "file", 0640));
    assertEquals(
        "rw-r-----",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("file"))));
    assertEquals(0, FileCalls.unlinkat(directory, "file", 0));
    assertFailed(Errno.ENOENT, FileCalls.unlinkat(directory, "file", 0));
    assertFailed(Errno.ENOENT, FileCalls.fchmodat(directory, "file", 0640));
    Files.createDirectory(path.resolve("inner"));
    assertFailed(Errno.EISDIR, FileCalls.unlinkat(directory, "inner", 0));
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom("inner").address();
      assertEquals(0, FileCalls.unlinkat(directory, name, Libc.AT_REMOVEDIR));
    }
    assertEquals(false, Files.exists(path.resolve("inner")));
  }

  @Test
  void pathsAndStructuresMayLieInNativeMemory() {
    succeeded(Libc.close(create("file")));
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom("file").address();
      int fd = succeeded(FileCalls.openat(directory, name, Libc.O_RDWR, 0));
      MemorySegment how = arena.allocate(OpenHow.BYTES, 8);
      OpenHow.set(how, Libc.O_RDONLY, 0, Libc.RESOLVE_BENEATH);
      succeeded(Libc.close(succeeded(FileCalls.openat2(directory, name, how.address()))));
      long parent = arena.allocateFrom("..").address();
      assertFailed(Errno.EXDEV, FileCalls.openat2(directory, parent, how.address()));
      assertEquals(3, FileCalls.pwrite(fd, arena.allocateFrom("abc").address(), 3, 0));
      MemorySegment status = arena.allocate(FileStat.BYTES, 8);
      int flags = Libc.AT_EMPTY_PATH | Libc.AT_STATX_DONT_SYNC;
      long empty = arena.allocateFrom("").address();
      succeeded(FileCalls.statx(fd, empty, flags, Libc.STATX_SIZE, status.address()));
      assertEquals(3, FileStat.sizeBytes(status));
      succeeded(Libc.close(fd));
    }
  }

  @Test
  void severalPiecesOfMemoryAreReadAndWrittenAtOnceAndWithoutWaiting() {
    int[] pipe = new int[2];
    succeeded(Libc.pipe2(pipe, Libc.O_CLOEXEC));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom("water");
      MemorySegment vectors = arena.allocate(32, 8);
      vectors.setAtIndex(JAVA_LONG, 0, data.address());
      vectors.setAtIndex(JAVA_LONG, 1, 2);
      vectors.setAtIndex(JAVA_LONG, 2, data.address() + 3);
      vectors.setAtIndex(JAVA_LONG, 3, 2);
      long address = vectors.address();
      assertFailed(Errno.EAGAIN, FileCalls.preadv2(pipe[0], address, 2, -1, Libc.RWF_NOWAIT));
      assertFailed(Errno.ESPIPE, FileCalls.preadv2(pipe[0], address, 2, 0, Libc.RWF_NOWAIT));
      assertEquals(4, FileCalls.pwritev2(pipe[1], address, 2, -1, Libc.RWF_NOWAIT));
      assertFailed(Errno.ESPIPE, FileCalls.pwritev2(pipe[1], address, 2, 7, 0));
      assertEquals(4, FileCalls.preadv2(pipe[0], address, 2, -1, Libc.RWF_NOWAIT));
      assertEquals("water", data.getString(0));
    }
    succeeded(Libc.close(pipe[0]));
    succeeded(Libc.close(pipe[1]));
  }

  @Test
  void namesBeyondAsciiAreUtf8() {
    String name = "Mühlbach";
    succeeded(Libc.close(create(name)));
    int found = FileCalls.openat2(directory, name, Libc.O_RDONLY, 0, Libc.RESOLVE_BENEATH);
    succeeded(Libc.close(succeeded(found)));
  }

  @Test
  void aPathThatLeavesTheDirectoryIsRefusedWhenAskedTo() throws Exception {
    Files.createSymbolicLink(path.resolve("out"), Path.of("/etc"));
    long beneath = Libc.RESOLVE_BENEATH;
    assertFailed(Errno.EXDEV, FileCalls.openat2(directory, "..", Libc.O_PATH, 0, beneath));
    assertFailed(Errno.EXDEV, FileCalls.openat2(directory, "/etc", Libc.O_PATH, 0, beneath));
    assertFailed(Errno.EXDEV, FileCalls.openat2(directory, "out/x", Libc.O_PATH, 0, beneath));
    assertFailed(
        Errno.ELOOP,
        FileCalls.openat2(directory, "out/x", Libc.O_PATH, 0, Libc.RESOLVE_NO_SYMLINKS));
    succeeded(Libc.close(succeeded(FileCalls.openat2(directory, ".", Libc.O_PATH, 0, beneath))));
  }

  @Test
  void refusalsAreResults() throws Exception {
    Files.createSymbolicLink(path.resolve("link"), Path.of("nowhere"));
    succeeded(Libc.close(create("file")));
    assertFailed(Errno.ENOENT, FileCalls.openat(directory, "none", Libc.O_RDONLY, 0));
    assertFailed(Errno.ENOENT, FileCalls.openat(directory, "", Libc.O_RDONLY, 0));
    assertFailed(Errno.EBADF, FileCalls.openat(-1, "file", Libc.O_RDONLY, 0));
    assertFailed(Errno.ENOTDIR, FileCalls.openat(directory, "file", Libc.O_DIRECTORY, 0));
    assertFailed(Errno.ELOOP, FileCalls.openat(directory, "link", Libc.O_NOFOLLOW, 0));
    assertFailed(Errno.EEXIST, FileCalls.openat(directory, "file", Libc.O_CREAT | Libc.O_EXCL, 0));
    assertFailed(Errno.EINVAL, FileCalls.openat2(directory, "file", Libc.O_RDONLY, 0600, 0));
    assertFailed(Errno.EINVAL, FileCalls.openat2(directory, "file", Libc.O_RDONLY, 0, 1L << 63));
    assertFailed(Errno.EBADF, FileCalls.pread(-1, 0, 0, 0));
    assertFailed(Errno.EBADF, FileCalls.pwrite(-1, 0, 0, 0));
    assertFailed(Errno.EBADF, FileCalls.fsync(-1, false));
    assertFailed(Errno.EBADF, FileCalls.fsync(-1, true));
  }

  @Test
  void aPathWithANulIsRefused() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> FileCalls.openat(directory, "file\0.txt", Libc.O_RDONLY, 0));
    assertEquals("path with a NUL at index 4", refusal.getMessage());
  }

  @Test
  void anUnnamedFileIsMadeInADirectory() {
    int flags = Libc.O_TMPFILE | Libc.O_RDWR;
    int fd = FileCalls.openat(Libc.AT_FDCWD, path.toString(), flags, 0600);
    if (fd != -Errno.EOPNOTSUPP) { // Not every file system has them.
      succeeded(Libc.close(succeeded(fd)));
    }
  }

  @Test
  void theStatusIsTheOneThatJavaSees() throws Exception {
    Path file = Files.write(path.resolve("file"), new byte[12345]);
    MemorySegment status = MemorySegment.ofArray(new long[32]);
    succeeded(FileCalls.statx(directory, "file", 0, Libc.STATX_BASIC_STATS, status));
    assertEquals(12345, statx.stx_size(status));
    assertEquals(Libc.S_IFREG, Short.toUnsignedInt(statx.stx_mode(status)) & Libc.S_IFMT);
    assertEquals(Files.getAttribute(file, "unix:ino"), statx.stx_ino(status));
    MemorySegment modified = statx.stx_mtime(status);
    assertEquals(
        Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS),
        TimeUnit.SECONDS.toNanos(statx_timestamp.tv_sec(modified))
            + statx_timestamp.tv_nsec(modified));
  }

  @Test
  void theStatusOfADescriptorNeedsNoPath() {
    MemorySegment status = MemorySegment.ofArray(new long[32]);
    succeeded(FileCalls.statx(directory, "", Libc.AT_EMPTY_PATH, Libc.STATX_TYPE, status));
    assertEquals(Libc.S_IFDIR, Short.toUnsignedInt(statx.stx_mode(status)) & Libc.S_IFMT);
  }

  @Test
  void aRefusedStatusLeavesTheMemoryAlone() {
    MemorySegment status = MemorySegment.ofArray(new long[32]).fill((byte) 1);
    assertFailed(
        Errno.ENOENT, FileCalls.statx(directory, "none", 0, Libc.STATX_BASIC_STATS, status));
    assertEquals(1, status.get(JAVA_BYTE, 0));
  }

  private int create(String name) {
    return succeeded(
        FileCalls.openat(directory, name, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL, 0600));
  }
}
