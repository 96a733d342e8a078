package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.uring.abi.IoUring;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that go through pipes without a buffer of the caller. Mirrors liburing test/splice.c. */
class SpliceTest {
  private static final String TEXT = "the quick brown fox";
  private static final long NONE = Sqe.AT_FILE_POSITION;

  @TempDir private Path directory;
  private RingFixture ring;
  private Path target;
  private int in;
  private int out;
  private int[] pipe;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    Path source = Files.writeString(directory.resolve("source"), TEXT);
    target = Files.createFile(directory.resolve("target"));
    in = ring.own(FileCalls.openat(Libc.AT_FDCWD, source.toString(), Libc.O_RDWR, 0));
    out = ring.own(FileCalls.openat(Libc.AT_FDCWD, target.toString(), Libc.O_RDWR, 0));
    pipe = ring.pipe();
  }

  @AfterEach
  void close() {
    ring.close();
  }

  @Test
  void spliceCopiesFromFileToFileThroughAPipe() throws Exception {
    assertEquals(5, ring.run(ring.next(1).splice(in, 4, pipe[1], NONE, 5, 0)));
    assertEquals(5, ring.run(ring.next(1).splice(pipe[0], NONE, out, 2, 5, 0)));
    assertEquals("\0\0quick", Files.readString(target));
  }

  @Test
  void spliceMovesTheFilePositionWithoutAnOffset() throws Exception {
    assertEquals(4, ring.run(ring.next(1).splice(in, NONE, pipe[1], NONE, 4, 0)));
    assertEquals(5, ring.run(ring.next(1).splice(in, NONE, pipe[1], NONE, 5, 0)));
    assertEquals("the quick", read(pipe[0]));
    // An offset leaves the position alone.
    assertEquals(1, ring.run(ring.next(1).splice(in, 0, pipe[1], NONE, 1, 0)));
    assertEquals(10, ring.run(ring.next(1).splice(in, NONE, pipe[1], NONE, 100, 0)));
    assertEquals("t brown fox", read(pipe[0]));
    assertEquals(0, ring.run(ring.next(1).splice(in, NONE, pipe[1], NONE, 100, 0)));
  }

  @Test
  void spliceTakesARegisteredFileAsItsInputAndItsOutput() {
    MemorySegment files = ring.arena.allocateFrom(ValueLayout.JAVA_INT, -1, in, pipe[1]);
    assertEquals(0, ring.ring.register(IoUring.IORING_REGISTER_FILES(), files, 3));
    int fixed = SqeFlags.SPLICE_F_FD_IN_FIXED;
    assertEquals(3, ring.run(ring.next(1).splice(1, 0, pipe[1], NONE, 3, fixed)));
    assertEquals(6, ring.run(ring.next(1).splice(1, 3, 2, NONE, 6, fixed).fixedFile()));
    assertEquals("the quick", read(pipe[0]));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).splice(0, 0, pipe[1], NONE, 3, fixed)));
  }

  @Test
  void spliceNeedsAPipeAndNoOffsetIntoIt() {
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).splice(in, 0, out, 0, 5, 0)));
    assertFailed(Errno.ESPIPE, ring.run(ring.next(1).splice(in, 0, pipe[1], 0, 5, 0)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).splice(-1, NONE, pipe[1], NONE, 5, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).splice(in, 0, pipe[1], NONE, 5, 1 << 20)));
    assertEquals(0, ring.run(ring.next(1).splice(in, 0, out, 0, 0, 0)));
  }

  @Test
  void teeLeavesTheBytesInTheFirstPipe() {
    int[] other = ring.pipe();
    assertEquals(9, ring.run(ring.next(1).splice(in, 0, pipe[1], NONE, 9, 0)));
    assertEquals(5, ring.run(ring.next(1).tee(pipe[0], other[1], 5, 0)));
    assertEquals("the q", read(other[0]));
    assertEquals("the quick", read(pipe[0]));
  }

  @Test
  void teeNeedsTwoDifferentPipes() {
    assertEquals(9, ring.run(ring.next(1).splice(in, 0, pipe[1], NONE, 9, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).tee(in, pipe[1], 5, 0)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).tee(pipe[0], pipe[1], 5, 0)));
    int[] other = ring.pipe();
    int noWait = FileFlags.SPLICE_F_NONBLOCK;
    assertFailed(Errno.EAGAIN, ring.run(ring.next(1).tee(other[0], pipe[1], 5, noWait)));
    assertEquals(0, ring.run(ring.next(1).tee(pipe[0], other[1], 0, 0)));
  }

  private String read(int fd) {
    MemorySegment buffer = ring.arena.allocate(100);
    int length = Results.succeeded((int) Libc.read(fd, buffer.address(), 100));
    return new String(
        buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }
}
