package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flags of reads, writes, allocations and advice, one by one. */
class FileFlagsTest {
  private static final int PAGE = Libc.pageSize();

  @TempDir private Path directory;
  private RingFixture ring;
  private Path file;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    file = Files.writeString(directory.resolve("file"), "0123456789");
  }

  @AfterEach
  void close() {
    ring.close();
  }

  private int descriptor(int flags) {
    return ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), flags, 0));
  }

  private int write(int fd, String text, long offset, int rwFlags) {
    long data = ring.arena.allocateFrom(text).address();
    ring.forget();
    ring.next(1).write(fd, data, text.length(), offset).operationFlags(rwFlags);
    return ring.await(1L).result();
  }

  private static int unlessUnknown(int result, String what) {
    if (result == -Errno.EOPNOTSUPP || result == -Errno.EINVAL) {
      abort("refused cleanly: " + what);
    }
    return result;
  }

  @Test
  void writeGoesWhereItsOffsetSaysAlthoughTheFileAppends() throws Exception {
    int fd = descriptor(Libc.O_WRONLY | Libc.O_APPEND);
    int result = write(fd, "ab", 3, FileFlags.RWF_NOAPPEND);
    assertEquals(2, unlessUnknown(result, "RWF_NOAPPEND needs Linux 6.9"));
    assertEquals("012ab56789", Files.readString(file));
    assertEquals(2, write(fd, "cd", 3, 0));
    assertEquals("012ab56789cd", Files.readString(file));
  }

  @Test
  void writeThatLeavesNoCacheWritesAllTheSame() throws Exception {
    int fd = descriptor(Libc.O_RDWR);
    int result = write(fd, "ab", 3, FileFlags.RWF_DONTCACHE);
    assertEquals(2, unlessUnknown(result, "no RWF_DONTCACHE on this file system"));
    assertEquals("012ab56789", Files.readString(file));
  }

  @Test
  void writeOfASizeThatIsNotAtomicIsRefused() throws Exception {
    int fd = descriptor(Libc.O_RDWR);
    int result = write(fd, "abc", 3, FileFlags.RWF_ATOMIC);
    assertTrue(
        result == -Errno.EOPNOTSUPP || result == -Errno.EINVAL, () -> Errno.describe(result));
    assertEquals("0123456789", Files.readString(file));
  }

  /** Without the flag the JVM, which ignores SIGPIPE, would not be killed either. */
  @Test
  void writeToAPipeWithoutAReaderIsAnErrorAlsoWithoutItsSignal() {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    ring.own(pipe[1]);
    assertEquals(0, Libc.close(pipe[0]));
    int result = write(pipe[1], "ab", 0, FileFlags.RWF_NOSIGNAL);
    assertFailed(Errno.EPIPE, unlessUnknown(result, "RWF_NOSIGNAL needs Linux 6.18"));
  }

  private int allocate(int mode, long offset, long length) throws Exception {
    int result = ring.run(ring.next(1).fallocate(descriptor(Libc.O_RDWR), mode, offset, length));
    return unlessUnknown(result, "the file system cannot do mode " + mode);
  }

  private void fillPages(String pages) throws Exception {
    StringBuilder content = new StringBuilder();
    pages.chars().forEach(page -> content.append(Character.toString(page).repeat(PAGE)));
    Files.writeString(file, content);
  }

  private String pages() throws Exception {
    String content = Files.readString(file);
    StringBuilder pages = new StringBuilder();
    for (int offset = 0; offset < content.length(); offset += PAGE) {
      char page = content.charAt(offset);
      assertEquals(page, content.charAt(offset + PAGE - 1));
      pages.append(page == 0 ? '.' : page);
    }
    return pages.toString();
  }

  @Test
  void rangeIsTakenOutOfTheFile() throws Exception {
    fillPages("abcd");
    assertEquals(0, allocate(FileFlags.FALLOC_FL_COLLAPSE_RANGE, PAGE, 2L * PAGE));
    assertEquals("ad", pages());
  }

  @Test
  void holeIsPutIntoTheFile() throws Exception {
    fillPages("ab");
    assertEquals(0, allocate(FileFlags.FALLOC_FL_INSERT_RANGE, PAGE, PAGE));
    assertEquals("a.b", pages());
  }

  @Test
  void rangeIsMadeZeroInPlace() throws Exception {
    fillPages("abc");
    assertEquals(0, allocate(FileFlags.FALLOC_FL_ZERO_RANGE, PAGE, PAGE));
    assertEquals("a.c", pages());
  }

  @Test
  void rangeThatIsSharedWithNobodyStaysAsItIs() throws Exception {
    fillPages("abc");
    assertEquals(0, allocate(FileFlags.FALLOC_FL_UNSHARE_RANGE, PAGE, PAGE));
    assertEquals("abc", pages());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void adviceIsTakenAndTheFileReadsAsBefore(int index) {
    int[] all = {
      FileFlags.POSIX_FADV_NORMAL,
      FileFlags.POSIX_FADV_RANDOM,
      FileFlags.POSIX_FADV_SEQUENTIAL,
      FileFlags.POSIX_FADV_WILLNEED,
      FileFlags.POSIX_FADV_DONTNEED,
      FileFlags.POSIX_FADV_NOREUSE
    };
    int fd = descriptor(Libc.O_RDONLY);
    assertEquals(0, ring.run(ring.next(1).fadvise(fd, 0, 0, all[index])));
    MemorySegment buffer = ring.arena.allocate(16);
    assertEquals(10, ring.run(ring.next(1).read(fd, buffer.address(), 16, 0)));
    assertEquals("0123456789", buffer.getString(0));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).fadvise(fd, 0, 0, 99)));
  }

  @Test
  void spliceMovesWhatItIsTold() {
    int[] pipe = ring.pipe();
    int fd = descriptor(Libc.O_RDONLY);
    int flags = FileFlags.SPLICE_F_MOVE | FileFlags.SPLICE_F_MORE;
    Sqe splice = ring.next(1).splice(fd, 2, pipe[1], Sqe.AT_FILE_POSITION, 5, flags);
    assertEquals(5, ring.run(splice));
    MemorySegment buffer = ring.arena.allocate(16);
    assertEquals(5, Libc.read(pipe[0], buffer.address(), 16));
    assertEquals("23456", buffer.getString(0));
  }
}
