package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are only in the table of registered files. */
class DirectDescriptorTest {
  private static final int CWD = Libc.AT_FDCWD;
  private static final int TABLE = 4;
  private static final int ALLOC = Sqe.FILE_INDEX_ALLOC;

  @TempDir private Path directory;
  private RingFixture ring;
  private long buffer;
  private Path file;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    buffer = ring.buffer(16);
    file = Files.writeString(directory.resolve("file"), "content");
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/open-close.c. */
  @Test
  void openAtAnIndexIsReadAndClosedThere() {
    ring.registerFiles(TABLE);
    assertEquals(0, ring.run(openDirect(2)));
    assertEquals("content", read(2));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).read(1, buffer, 16, 0).fixedFile()));
    assertEquals(0, ring.run(ring.next(1).closeDirect(2)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).read(2, buffer, 16, 0).fixedFile()));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).closeDirect(2)));
  }

  @Test
  void openReplacesTheFileThatIsThere() throws Exception {
    ring.registerFiles(TABLE);
    assertEquals(0, ring.run(openDirect(0)));
    Path other = Files.writeString(directory.resolve("other"), "another");
    assertEquals(0, ring.run(ring.next(1).openatDirect(CWD, ring.path(other), 0, 0, 0)));
    assertEquals("another", read(0));
    assertEquals(0, ring.run(ring.next(1).openDirect(ring.path(file), 0, 0, 0)));
    assertEquals("content", read(0));
  }

  @Test
  void socketsArePutWhereTheKernelPicks() {
    ring.registerFiles(2);
    int datagrams = Libc.SOCK_DGRAM;
    assertEquals(0, ring.run(ring.next(1).socketDirect(Libc.AF_UNIX, datagrams, 0, 1)));
    assertEquals(0, ring.run(ring.next(1).socketDirectAlloc(Libc.AF_UNIX, datagrams, 0)));
    assertFailed(
        Errno.ENFILE, ring.run(ring.next(1).socketDirectAlloc(Libc.AF_UNIX, datagrams, 0)));
  }

  @Test
  void withoutATableOrBeyondItsEndNothingIsOpened() {
    assertFailed(Errno.ENXIO, ring.run(openDirect(0)));
    assertFailed(Errno.ENFILE, ring.run(openDirect(ALLOC)));
    assertFailed(Errno.ENXIO, ring.run(ring.next(1).closeDirect(0)));
    ring.registerFiles(TABLE);
    assertFailed(Errno.EINVAL, ring.run(openDirect(TABLE)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).closeDirect(TABLE)));
    int cloexec = Libc.O_CLOEXEC;
    Sqe closedOnExec = ring.next(1).openatDirect(CWD, ring.path(file), cloexec, 0, 0);
    assertFailed(Errno.EINVAL, ring.run(closedOnExec));
  }

  /** Mirrors liburing test/open-direct-pick.c. */
  @Test
  void theKernelPicksFreeIndexesUntilNoneIsLeft() {
    ring.registerFiles(TABLE);
    assertEquals(0, ring.run(openDirect(1)));
    Set<Integer> picked = new TreeSet<>();
    for (int i = 1; i < TABLE; i++) {
      picked.add(ring.run(openDirect(ALLOC)));
    }
    assertEquals(Set.of(0, 2, 3), picked);
    assertFailed(Errno.ENFILE, ring.run(openDirect(ALLOC)));
    assertEquals(0, ring.run(ring.next(1).closeDirect(2)));
    assertEquals(2, ring.run(openDirect(ALLOC)));
    assertEquals("content", read(2));
  }

  @Test
  void openat2PicksAnIndexToo() {
    ring.registerFiles(TABLE);
    MemorySegment how = ring.arena.allocate(OpenHow.BYTES, 8);
    OpenHow.set(how, Libc.O_RDONLY, 0, Libc.RESOLVE_NO_SYMLINKS);
    long path = ring.path(file);
    assertEquals(0, ring.run(ring.next(1).openat2Direct(CWD, path, how.address(), 3)));
    assertEquals("content", read(3));
    int picked = ring.run(ring.next(1).openat2Direct(CWD, path, how.address(), ALLOC));
    assertNotEquals(3, picked);
    assertEquals("content", read(picked));
  }

  /** Mirrors liburing test/open-direct-link.c. */
  @Test
  void oneChainOpensReadsAndCloses() {
    ring.registerFiles(TABLE);
    openDirect(1).userData(1).link();
    // A short read would end the chain.
    ring.next(2).read(1, buffer, 7, 0).fixedFile().link();
    ring.next(3).closeDirect(1);
    ring.await(3);
    assertEquals(new Completion(1, 0, 0), ring.await(1L));
    assertEquals(new Completion(2, 7, 0), ring.await(2L));
    assertEquals(new Completion(3, 0, 0), ring.await(3L));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).read(1, buffer, 16, 0).fixedFile()));
  }

  /** Mirrors liburing test/fd-install.c. */
  @Test
  void anInstalledDescriptorOutlivesTheRegisteredFile() {
    ring.registerFiles(TABLE);
    assertEquals(0, ring.run(openDirect(1)));
    int fd = ring.own(ring.run(ring.next(1).fixedFdInstall(1, 0)));
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(fd, Libc.F_GETFD, 0));
    assertEquals(0, ring.run(ring.next(1).closeDirect(1)));
    assertEquals(7, ring.run(ring.next(1).read(fd, buffer, 16, 0)));
  }

  @Test
  void anInstalledDescriptorIsKeptOnExecWhenAskedFor() {
    ring.registerFiles(TABLE);
    assertEquals(0, ring.run(openDirect(1)));
    int noCloexec = SqeFlags.FIXED_FD_NO_CLOEXEC;
    int fd = ring.own(ring.run(ring.next(1).fixedFdInstall(1, noCloexec)));
    assertEquals(0, Libc.fcntl(fd, Libc.F_GETFD, 0));
    assertEquals("content", read(1));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).fixedFdInstall(0, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fixedFdInstall(1, 2)));
  }

  /** Mirrors liburing test/pipe.c. */
  @Test
  void pipeIsMadeAtTwoIndexes() {
    ring.registerFiles(TABLE);
    MemorySegment ends = ring.arena.allocate(ValueLayout.JAVA_INT, 2);
    assertEquals(0, ring.run(ring.next(1).pipeDirect(ends.address(), 0, 1)));
    assertPassesBytes(1, 2);
    assertFailed(Errno.EBADF, ring.run(ring.next(1).closeDirect(0)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).closeDirect(3)));
  }

  /** Mirrors liburing test/pipe.c, test/pipe-direct-fixed.c. */
  @Test
  void pipeIsMadeAtTwoFreeIndexesOrNotAtAll() {
    ring.registerFiles(TABLE);
    MemorySegment ends = ring.arena.allocate(ValueLayout.JAVA_INT, 2);
    assertEquals(0, ring.run(openDirect(1)));
    assertEquals(0, ring.run(ring.next(1).pipeDirect(ends.address(), 0, ALLOC)));
    int reading = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
    int writing = ends.getAtIndex(ValueLayout.JAVA_INT, 1);
    assertNotEquals(reading, writing);
    assertPassesBytes(reading, writing);
    // One index is left, a pipe needs two.
    assertFailed(Errno.ENFILE, ring.run(ring.next(1).pipeDirect(ends.address(), 0, ALLOC)));
    int left = 0 + 1 + 2 + 3 - 1 - reading - writing;
    assertEquals(left, ring.run(openDirect(ALLOC)));
  }

  private Sqe openDirect(int fileIndex) {
    return ring.next(1).openatDirect(CWD, ring.path(file), Libc.O_RDONLY, 0, fileIndex);
  }

  private String read(int index) {
    int length = ring.run(ring.next(1).read(index, buffer, 15, 0).fixedFile());
    MemorySegment text = MemorySegment.ofAddress(buffer).reinterpret(16);
    text.set(ValueLayout.JAVA_BYTE, Results.succeeded(length), (byte) 0);
    return text.getString(0);
  }

  private void assertPassesBytes(int reading, int writing) {
    long hello = ring.arena.allocateFrom("hello").address();
    assertEquals(5, ring.run(ring.next(1).write(writing, hello, 5, -1).fixedFile()));
    assertEquals(5, ring.run(ring.next(1).read(reading, buffer, 16, -1).fixedFile()));
    MemorySegment text = MemorySegment.ofAddress(buffer).reinterpret(16);
    assertEquals("hello", text.getString(0).substring(0, 5));
  }
}
