package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The size of a file, what it takes on disk, and in memory. */
class FileSpaceTest {
  private static final int PAGE = Libc.pageSize();

  @TempDir private Path directory;
  private RingFixture ring;
  private Path file;
  private int fd;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    byte[] content = new byte[4 * PAGE];
    Arrays.fill(content, (byte) 'x');
    file = Files.write(directory.resolve("file"), content);
    fd = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), Libc.O_RDWR, 0));
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/fallocate.c. */
  @Test
  void fallocateGrowsTheFileUnlessItIsToKeepItsSize() throws Exception {
    int keep = FileFlags.FALLOC_FL_KEEP_SIZE;
    assertEquals(0, ring.run(ring.next(1).fallocate(fd, keep, 0, 100L * PAGE)));
    assertEquals(4L * PAGE, Files.size(file));
    assertEquals(0, ring.run(ring.next(1).fallocate(fd, 0, 4L * PAGE, 2L * PAGE)));
    assertEquals(6L * PAGE, Files.size(file));
    byte[] content = Files.readAllBytes(file);
    assertEquals('x', content[4 * PAGE - 1]);
    assertEquals(0, content[4 * PAGE]);
  }

  @Test
  void fallocateMakesAHoleThatReadsAsZeros() throws Exception {
    int mode = FileFlags.FALLOC_FL_PUNCH_HOLE | FileFlags.FALLOC_FL_KEEP_SIZE;
    assertEquals(0, ring.run(ring.next(1).fallocate(fd, mode, PAGE, 2L * PAGE)));
    byte[] content = Files.readAllBytes(file);
    assertEquals(4 * PAGE, content.length);
    assertEquals('x', content[PAGE - 1]);
    assertArrayEquals(new byte[2 * PAGE], Arrays.copyOfRange(content, PAGE, 3 * PAGE));
    assertEquals('x', content[3 * PAGE]);
  }

  @Test
  void fallocateRefusesWhatCannotBe() {
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fallocate(fd, 0, 0, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fallocate(fd, 0, -1, 1)));
    assertFailed(Errno.EFBIG, ring.run(ring.next(1).fallocate(fd, 0, Long.MAX_VALUE - 1, 2)));
    assertFailed(Errno.ESPIPE, ring.run(ring.next(1).fallocate(ring.pipe()[1], 0, 0, 1)));
    int readOnly = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), 0, 0));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).fallocate(readOnly, 0, 0, 1)));
  }

  /** Mirrors liburing test/truncate.c. */
  @Test
  void ftruncateShortensAndLengthens() throws Exception {
    assertEquals(0, ring.run(ring.next(1).ftruncate(fd, 10)));
    assertEquals("xxxxxxxxxx", Files.readString(file));
    assertEquals(0, ring.run(ring.next(1).ftruncate(fd, 12)));
    assertEquals("xxxxxxxxxx\0\0", Files.readString(file));
    long beyondIntegers = 1L << 33;
    assertEquals(0, ring.run(ring.next(1).ftruncate(fd, beyondIntegers)));
    assertEquals(beyondIntegers, Files.size(file));
    assertEquals(0, ring.run(ring.next(1).ftruncate(fd, 0)));
    assertEquals(0, Files.size(file));
  }

  @Test
  void ftruncateRefusesNegativeLengthsAndFilesItMayNotChange() {
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).ftruncate(fd, -1)));
    int readOnly = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), 0, 0));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).ftruncate(readOnly, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).ftruncate(ring.pipe()[1], 0)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).ftruncate(-1, 0)));
  }

  /** Mirrors liburing test/fsync.c. */
  @Test
  void rangesAreSynced() {
    assertEquals(0, ring.run(ring.next(1).fsync(fd, PAGE, PAGE, SqeFlags.FSYNC_DATASYNC)));
    assertEquals(0, ring.run(ring.next(1).fsync(fd, 0, 0, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fsync(fd, 0, 0, 2)));
    int all =
        FileFlags.SYNC_FILE_RANGE_WAIT_BEFORE
            | FileFlags.SYNC_FILE_RANGE_WRITE
            | FileFlags.SYNC_FILE_RANGE_WAIT_AFTER;
    assertEquals(0, ring.run(ring.next(1).syncFileRange(fd, PAGE, PAGE, all)));
    assertEquals(0, ring.run(ring.next(1).syncFileRange(fd, 0, 0, all)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).syncFileRange(fd, 0, 0, 8)));
    assertFailed(Errno.ESPIPE, ring.run(ring.next(1).syncFileRange(ring.pipe()[1], 0, 0, all)));
  }

  /** Mirrors liburing test/fadvise.c. */
  @Test
  void adviceOnAFileIsTakenWithLengthsOf32And64Bits() {
    int drop = FileFlags.POSIX_FADV_DONTNEED;
    int soon = FileFlags.POSIX_FADV_WILLNEED;
    assertEquals(0, ring.run(ring.next(1).fadvise(fd, 0, 4 * PAGE, drop)));
    assertEquals(0, ring.run(ring.next(1).fadvise(fd, PAGE, PAGE, soon)));
    assertEquals(0, ring.run(ring.next(1).fadvise64(fd, 0, 1L << 40, drop)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fadvise(fd, 0, PAGE, 99)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fadvise64(fd, 0, -1, drop)));
    assertFailed(Errno.ESPIPE, ring.run(ring.next(1).fadvise(ring.pipe()[0], 0, 0, drop)));
  }
}
