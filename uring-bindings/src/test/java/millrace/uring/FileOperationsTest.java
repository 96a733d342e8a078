package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.iovec;
import millrace.uring.abi.open_how;
import millrace.uring.abi.statx;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations on a file. */
class FileOperationsTest {
  private static final byte[] TEXT = "the quick brown fox".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;

  @Test
  void fileIsCreatedWrittenSyncedMeasuredReadAndClosed() throws Exception {
    Path path = directory.resolve("file");
    try (RingFixture fixture = RingFixture.open()) {
      MemorySegment text = fixture.arena.allocateFrom(ValueLayout.JAVA_BYTE, TEXT);
      MemorySegment read = fixture.arena.allocate(100);
      int flags = Libc.O_CREAT | Libc.O_EXCL | Libc.O_RDWR | Libc.O_CLOEXEC;
      int fd = run(fixture, fixture.next(1).openat(Libc.AT_FDCWD, fixture.path(path), flags, 0640));
      assertTrue(fd > 0, () -> Errno.describe(fd));
      assertEquals(
          TEXT.length, run(fixture, fixture.next(1).write(fd, text.address(), TEXT.length, 0)));
      assertEquals(5, run(fixture, fixture.next(1).write(fd, text.address(), 5, TEXT.length)));
      assertEquals(0, run(fixture, fixture.next(1).fsync(fd, false)));
      assertEquals(0, run(fixture, fixture.next(1).fsync(fd, true)));
      assertEquals("the quick brown foxthe q", Files.readString(path));

      MemorySegment status = fixture.arena.allocate(statx.layout());
      Sqe measure = fixture.next(1);
      measure.statx(Libc.AT_FDCWD, fixture.path(path), 0, Libc.STATX_BASIC_STATS, status.address());
      assertEquals(0, run(fixture, measure));
      assertEquals(TEXT.length + 5, statx.stx_size(status));
      int mode = Short.toUnsignedInt(statx.stx_mode(status));
      assertEquals(Libc.S_IFREG, mode & Libc.S_IFMT);

      assertEquals(TEXT.length + 3, run(fixture, fixture.next(1).read(fd, read.address(), 100, 2)));
      assertEquals("e quick brown foxthe q", read.getString(0));
      assertEquals(0, run(fixture, fixture.next(1).read(fd, read.address(), 100, 1000)));

      assertEquals(0, run(fixture, fixture.next(1).close(fd)));
      assertEquals(-Errno.EBADF, Libc.fcntl(fd, Libc.F_GETFD, 0));
      assertEquals(-Errno.EBADF, run(fixture, fixture.next(1).close(fd)));
    }
  }

  @Test
  void vectoredWriteAndReadKeepTheOrderOfTheirBuffers() throws Exception {
    Path path = Files.createFile(directory.resolve("file"));
    try (RingFixture fixture = RingFixture.open()) {
      int fd = fixture.own(FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDWR, 0));
      MemorySegment text = fixture.arena.allocateFrom(ValueLayout.JAVA_BYTE, TEXT);
      long gather = vectors(fixture, text.asSlice(4, 6), text.asSlice(0, 4));
      assertEquals(10, run(fixture, fixture.next(1).writev(fd, gather, 2, 1)));
      assertEquals("\0quick the ", Files.readString(path));

      MemorySegment first = fixture.arena.allocate(3);
      MemorySegment second = fixture.arena.allocate(100);
      long scatter = vectors(fixture, first, second);
      assertEquals(11, run(fixture, fixture.next(1).readv(fd, scatter, 2, 0)));
      assertArrayEquals("\0qu".getBytes(StandardCharsets.UTF_8), bytes(first, 3));
      assertArrayEquals("ick the ".getBytes(StandardCharsets.UTF_8), bytes(second, 8));
    }
  }

  @Test
  void openat2HoldsAPathBeneathItsDirectory() throws Exception {
    Files.writeString(directory.resolve("inside"), "x");
    try (RingFixture fixture = RingFixture.open()) {
      int base =
          fixture.own(
              FileCalls.openat(
                  Libc.AT_FDCWD, directory.toString(), Libc.O_PATH | Libc.O_DIRECTORY, 0));
      MemorySegment how = fixture.arena.allocate(open_how.layout());
      open_how.flags(how, Libc.O_RDONLY);
      open_how.resolve(how, Libc.RESOLVE_BENEATH);
      long inside = fixture.path(Path.of("inside"));
      fixture.own(run(fixture, fixture.next(1).openat2(base, inside, how.address())));
      long outside = fixture.path(Path.of("../inside"));
      assertEquals(
          -Errno.EXDEV, run(fixture, fixture.next(1).openat2(base, outside, how.address())));
    }
  }

  @Test
  void missingFileIsEnoent() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long path = fixture.path(directory.resolve("missing"));
      assertEquals(-Errno.ENOENT, run(fixture, fixture.next(1).openat(Libc.AT_FDCWD, path, 0, 0)));
    }
  }

  @Test
  void registeredFileIsReadByItsIndexInAWorker() throws Exception {
    Path path = Files.write(directory.resolve("file"), TEXT);
    try (RingFixture fixture = RingFixture.open()) {
      int fd = FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDONLY, 0);
      MemorySegment files = fixture.arena.allocateFrom(ValueLayout.JAVA_INT, -1, fd);
      assertEquals(0, fixture.ring.register(IoUring.IORING_REGISTER_FILES(), files, 2));
      assertEquals(0, Libc.close(fd));
      MemorySegment read = fixture.arena.allocate(TEXT.length);
      Sqe entry = fixture.next(1).read(1, read.address(), TEXT.length, 0).fixedFile().async();
      assertEquals(TEXT.length, run(fixture, entry));
      assertArrayEquals(TEXT, bytes(read, TEXT.length));
      assertEquals(
          -Errno.EBADF,
          run(fixture, fixture.next(1).read(0, read.address(), TEXT.length, 0).fixedFile()));
    }
  }

  @Test
  void negativeLengthsAreRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      Sqe entry = fixture.next(1);
      var length = assertThrows(IllegalArgumentException.class, () -> entry.read(0, 0, -1, 0));
      assertEquals("lengthBytes -1 is not in 0..2147483647", length.getMessage());
      assertThrows(IllegalArgumentException.class, () -> entry.write(0, 0, -1, 0));
      assertThrows(IllegalArgumentException.class, () -> entry.send(0, 0, -1, 0));
      assertThrows(IllegalArgumentException.class, () -> entry.recv(0, 0, -1, 0));
      assertThrows(IllegalArgumentException.class, () -> entry.connect(0, 0, -1));
      var count = assertThrows(IllegalArgumentException.class, () -> entry.readv(0, 0, -1, 0));
      assertEquals("count -1 is not in 0..2147483647", count.getMessage());
      assertThrows(IllegalArgumentException.class, () -> entry.writev(0, 0, -1, 0));
      assertThrows(IllegalArgumentException.class, () -> entry.timeout(0, -1, 0));
      var group = assertThrows(IllegalArgumentException.class, () -> entry.bufferSelect(65536));
      assertEquals("bufferGroup 65536 is not in 0..65535", group.getMessage());
      assertThrows(IllegalArgumentException.class, () -> entry.flags(256));
      // The entry is still the no-op it was born as.
      assertEquals(new Completion(1, 0, 0), fixture.await(1L));
    }
  }

  /** Runs the entry that was prepared last, with user data 1, and gives its result. */
  private static int run(RingFixture fixture, Sqe entry) {
    fixture.forget();
    Completion completion = fixture.await(1L);
    assertEquals(0, completion.flags(), entry::toString);
    return completion.result();
  }

  private static long vectors(RingFixture fixture, MemorySegment first, MemorySegment second) {
    MemorySegment vectors = iovec.allocateArray(2, fixture.arena);
    MemorySegment[] buffers = {first, second};
    for (int i = 0; i < 2; i++) {
      iovec.iov_base(iovec.asSlice(vectors, i), buffers[i]);
      iovec.iov_len(iovec.asSlice(vectors, i), buffers[i].byteSize());
    }
    return vectors.address();
  }

  private static byte[] bytes(MemorySegment segment, long length) {
    return segment.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
