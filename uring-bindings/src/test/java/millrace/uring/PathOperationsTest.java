package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names in directories. */
class PathOperationsTest {
  private static final int CWD = Libc.AT_FDCWD;
  private static final long NO_ADDRESS = 0x10;

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

  /** Mirrors liburing test/mkdir.c. */
  @Test
  void mkdiratMakesADirectoryOnce() {
    Path made = directory.resolve("made");
    assertEquals(0, ring.run(ring.next(1).mkdirat(CWD, ring.path(made), 0700)));
    assertTrue(Files.isDirectory(made));
    assertFailed(Errno.EEXIST, ring.run(ring.next(1).mkdirat(CWD, ring.path(made), 0700)));
    Path orphan = directory.resolve("missing").resolve("child");
    assertFailed(Errno.ENOENT, ring.run(ring.next(1).mkdirat(CWD, ring.path(orphan), 0700)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).mkdirat(CWD, NO_ADDRESS, 0700)));
  }

  @Test
  void mkdiratTakesAPathRelativeToADirectoryAndItsMode() throws Exception {
    int base = openDirectory();
    assertEquals(0, ring.run(ring.next(1).mkdirat(base, ring.path(Path.of("made")), 0500)));
    Path made = directory.resolve("made");
    assertEquals("r-x------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
  }

  @Test
  void pathsWithoutADirectoryAreTakenAsTheyAre() throws Exception {
    long made = ring.path(directory.resolve("made"));
    assertEquals(0, ring.run(ring.next(1).mkdir(made, 0700)));
    long file = ring.path(directory.resolve("made/file"));
    int flags = Libc.O_CREAT | Libc.O_WRONLY;
    ring.own(Results.succeeded(ring.run(ring.next(1).open(file, flags, 0640))));
    long moved = ring.path(directory.resolve("moved"));
    assertEquals(0, ring.run(ring.next(1).rename(file, moved)));
    assertEquals(0, ring.run(ring.next(1).link(moved, file, 0)));
    long symbolic = ring.path(directory.resolve("symbolic"));
    assertEquals(0, ring.run(ring.next(1).symlink(moved, symbolic)));
    assertTrue(Files.isSameFile(directory.resolve("symbolic"), directory.resolve("made/file")));
    assertEquals(0, ring.run(ring.next(1).unlink(file, 0)));
    assertFailed(Errno.ENOENT, ring.run(ring.next(1).unlink(file, 0)));
    assertEquals(0, ring.run(ring.next(1).unlink(made, Libc.AT_REMOVEDIR)));
    assertFalse(Files.exists(directory.resolve("made")));
  }

  /** Mirrors liburing test/rename.c. */
  @Test
  void renameatMovesAFile() throws Exception {
    Path old = Files.writeString(directory.resolve("old"), "content");
    Path renamed = directory.resolve("new");
    assertEquals(0, rename(old, renamed, 0));
    assertFalse(Files.exists(old));
    assertEquals("content", Files.readString(renamed));
    assertFailed(Errno.ENOENT, rename(old, renamed, 0));
  }

  @Test
  void renameatReplacesExchangesOrRefusesAsItsFlagsSay() throws Exception {
    Path first = Files.writeString(directory.resolve("first"), "1");
    Path second = Files.writeString(directory.resolve("second"), "2");
    assertFailed(Errno.EEXIST, rename(first, second, Libc.RENAME_NOREPLACE));
    assertEquals(0, rename(first, second, Libc.RENAME_EXCHANGE));
    assertEquals("2", Files.readString(first));
    assertEquals("1", Files.readString(second));
    assertEquals(0, rename(first, second, 0));
    assertEquals("2", Files.readString(second));
    assertFalse(Files.exists(first));
  }

  /** Mirrors liburing test/unlink.c. */
  @Test
  void unlinkatRemovesAFileOnce() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertEquals(0, ring.run(ring.next(1).unlinkat(CWD, ring.path(file), 0)));
    assertFalse(Files.exists(file));
    assertFailed(Errno.ENOENT, ring.run(ring.next(1).unlinkat(CWD, ring.path(file), 0)));
  }

  @Test
  void unlinkatRemovesADirectoryOnlyWhenItIsEmptyAndAskedTo() throws Exception {
    Path child = Files.createDirectory(directory.resolve("child"));
    Path file = Files.createFile(child.resolve("file"));
    long path = ring.path(child);
    assertFailed(Errno.EISDIR, ring.run(ring.next(1).unlinkat(CWD, path, 0)));
    assertFailed(Errno.ENOTEMPTY, ring.run(ring.next(1).unlinkat(CWD, path, Libc.AT_REMOVEDIR)));
    Files.delete(file);
    assertEquals(0, ring.run(ring.next(1).unlinkat(CWD, path, Libc.AT_REMOVEDIR)));
    assertFalse(Files.exists(child));
  }

  /** Mirrors liburing test/symlink.c. */
  @Test
  void symlinkatSaysItsTargetWhetherThatIsThereOrNot() throws Exception {
    Path link = directory.resolve("link");
    long target = ring.path(Path.of("no/such/target"));
    assertEquals(0, ring.run(ring.next(1).symlinkat(target, CWD, ring.path(link))));
    assertEquals(Path.of("no/such/target"), Files.readSymbolicLink(link));
    assertFailed(Errno.EEXIST, ring.run(ring.next(1).symlinkat(target, CWD, ring.path(link))));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).symlinkat(NO_ADDRESS, CWD, NO_ADDRESS)));
  }

  /** Mirrors liburing test/hardlink.c. */
  @Test
  void linkatGivesAFileAnotherName() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "content");
    Path link = directory.resolve("link");
    assertEquals(0, link(file, link, 0));
    assertEquals(inode(file, 0), inode(link, 0));
    assertFailed(Errno.EEXIST, link(file, link, 0));
    assertFailed(Errno.ENOENT, link(directory.resolve("missing"), directory.resolve("x"), 0));
    assertFailed(Errno.EPERM, link(directory, directory.resolve("x"), 0));
  }

  @Test
  void linkatFollowsASymbolicLinkOnlyWhenAskedTo() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    Path symbolic = Files.createSymbolicLink(directory.resolve("symbolic"), file);
    assertEquals(0, link(symbolic, directory.resolve("same"), 0));
    assertEquals(0, link(symbolic, directory.resolve("followed"), Libc.AT_SYMLINK_FOLLOW));
    int noFollow = Libc.AT_SYMLINK_NOFOLLOW;
    assertEquals(inode(symbolic, noFollow), inode(directory.resolve("same"), noFollow));
    assertEquals(inode(file, 0), inode(directory.resolve("followed"), noFollow));
    assertNotEquals(inode(file, 0), inode(symbolic, noFollow));
  }

  /** Mirrors liburing test/statx.c. */
  @Test
  void statxTellsOfAPathAndOfAnOpenFile() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "12345");
    MemorySegment status = ring.arena.allocate(FileStat.BYTES, 8);
    Sqe byPath = ring.next(1);
    byPath.statx(CWD, ring.path(file), 0, Libc.STATX_BASIC_STATS, status.address());
    assertEquals(0, ring.run(byPath));
    assertEquals(5, FileStat.sizeBytes(status));
    assertEquals(Libc.S_IFREG, FileStat.mode(status) & Libc.S_IFMT);
    assertEquals(
        Files.getLastModifiedTime(file).toInstant().getEpochSecond(),
        FileStat.modifiedSeconds(status));

    Files.writeString(file, "1234567");
    int fd = ring.own(FileCalls.openat(CWD, file.toString(), Libc.O_RDONLY, 0));
    Sqe byDescriptor = ring.next(1);
    byDescriptor.statx(
        fd, ring.path(Path.of("")), Libc.AT_EMPTY_PATH, Libc.STATX_SIZE, status.address());
    assertEquals(0, ring.run(byDescriptor));
    assertEquals(7, FileStat.sizeBytes(status));

    long missing = ring.path(directory.resolve("missing"));
    assertFailed(
        Errno.ENOENT,
        ring.run(ring.next(1).statx(CWD, missing, 0, Libc.STATX_SIZE, status.address())));
    assertFailed(
        Errno.EFAULT,
        ring.run(ring.next(1).statx(CWD, ring.path(file), 0, Libc.STATX_SIZE, NO_ADDRESS)));
  }

  private int openDirectory() {
    return ring.own(FileCalls.openat(CWD, directory.toString(), Libc.O_PATH | Libc.O_DIRECTORY, 0));
  }

  private int rename(Path old, Path renamed, int flags) {
    return ring.run(ring.next(1).renameat(CWD, ring.path(old), CWD, ring.path(renamed), flags));
  }

  private int link(Path file, Path link, int flags) {
    return ring.run(ring.next(1).linkat(CWD, ring.path(file), CWD, ring.path(link), flags));
  }

  private long inode(Path path, int flags) {
    MemorySegment status = ring.arena.allocate(FileStat.BYTES, 8);
    int result = FileCalls.statx(CWD, path.toString(), flags, Libc.STATX_BASIC_STATS, status);
    assertEquals(0, result);
    return FileStat.inode(status);
  }
}
