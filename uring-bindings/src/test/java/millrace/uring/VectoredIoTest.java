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

/** Reads and writes of several buffers, of registered buffers, and with flags of their own. */
class VectoredIoTest {
  private static final String TEXT = "the quick brown fox";
  private static final int BUFFER_BYTES = 64;

  @TempDir private Path directory;
  private RingFixture ring;
  private Path file;
  private int fd;
  private MemorySegment buffer;
  private MemorySegment iovecs;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    file = Files.writeString(directory.resolve("file"), TEXT);
    fd = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), Libc.O_RDWR, 0));
    buffer = ring.arena.allocate(BUFFER_BYTES, 8);
    iovecs = ring.arena.allocate(2L * Iovec.BYTES, 8);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/read-write.c. */
  @Test
  void readvScattersAndWritevGathers() throws Exception {
    vectors(32, 5, 0, 9);
    assertEquals(14, ring.run(ring.next(1).readv(fd, iovecs.address(), 2, 4)));
    assertEquals("quick", text(32, 5));
    assertEquals(" brown fo", text(0, 9));
    assertEquals(14, ring.run(ring.next(1).writev(fd, iovecs.address(), 2, 0)));
    assertEquals("quick brown fon fox", Files.readString(file));
  }

  /** Mirrors liburing test/read-write.c and test/fpos.c. */
  @Test
  void theFilePositionMovesOnlyWhenItIsUsed() {
    long none = Sqe.AT_FILE_POSITION;
    long address = buffer.address();
    assertEquals(4, ring.run(ring.next(1).read(fd, address, 4, none)));
    assertEquals("the ", text(0, 4));
    assertEquals(3, ring.run(ring.next(1).read(fd, address, 3, 10)));
    assertEquals("bro", text(0, 3));
    vectors(0, 3, 3, 2);
    assertEquals(5, ring.run(ring.next(1).readv(fd, iovecs.address(), 2, none)));
    assertEquals("quick", text(0, 5));
  }

  /** Mirrors liburing test/short-read.c. */
  @Test
  void readsAreShortAtTheEndAndEmptyBeyond() {
    vectors(0, 10, 10, 40);
    assertEquals(4, ring.run(ring.next(1).readv(fd, iovecs.address(), 2, 15)));
    assertEquals(" fox", text(0, 4));
    assertEquals(0, ring.run(ring.next(1).readv(fd, iovecs.address(), 2, 1L << 40)));
  }

  @Test
  void flagsOfOneWriteAppendToTheFile() throws Exception {
    put(0, "!?");
    vectors(1, 1, 0, 1);
    int append = FileFlags.RWF_APPEND | FileFlags.RWF_DSYNC;
    assertEquals(2, ring.run(ring.next(1).writev2(fd, iovecs.address(), 2, 0, append)));
    assertEquals(TEXT + "?!", Files.readString(file));
    Sqe plain = ring.next(1).write(fd, buffer.address(), 1, 0).operationFlags(append);
    assertEquals(1, ring.run(plain));
    assertEquals(TEXT + "?!!", Files.readString(file));
  }

  @Test
  void flagsThatTheFileDoesNotKnowAreRefused() {
    vectors(0, 1, 1, 1);
    int unknown = 1 << 30;
    assertFailed(
        Errno.EOPNOTSUPP, ring.run(ring.next(1).readv2(fd, iovecs.address(), 2, 0, unknown)));
    assertFailed(
        Errno.EOPNOTSUPP, ring.run(ring.next(1).writev2(fd, iovecs.address(), 2, 0, unknown)));
  }

  @Test
  void readThatMayNotWaitIsEagain() {
    int pipe = ring.pipe()[0];
    vectors(0, 1, 1, 1);
    int noWait = FileFlags.RWF_NOWAIT;
    assertFailed(
        Errno.EAGAIN, ring.run(ring.next(1).readv2(pipe, iovecs.address(), 2, -1, noWait)));
  }

  @Test
  void moreVectorsThanTheLimitAreRefused() {
    int limit = IoUring.UIO_MAXIOV();
    MemorySegment many = ring.arena.allocate((limit + 1L) * Iovec.BYTES, 8);
    Iovec.set(many, limit - 1, buffer.address(), 3);
    assertEquals(3, ring.run(ring.next(1).readv(fd, many.address(), limit, 0)));
    assertEquals("the", text(0, 3));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).readv(fd, many.address(), limit + 1, 0)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).readv(fd, 0x10, 1, 0)));
  }

  /** Mirrors liburing test/read-write.c, fixed buffers. */
  @Test
  void registeredBuffersAreReadIntoAndWrittenFrom() throws Exception {
    registerBuffer();
    long inside = buffer.address() + 8;
    assertEquals(5, ring.run(ring.next(1).readFixed(fd, inside, 5, 4, 0)));
    assertEquals("quick", text(8, 5));
    assertEquals(3, ring.run(ring.next(1).writeFixed(fd, inside, 3, 0, 0)));
    assertEquals("qui quick brown fox", Files.readString(file));
  }

  @Test
  void rangesOutsideTheRegisteredBufferAreEfault() {
    long address = buffer.address();
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).readFixed(fd, address, 1, 0, 0)));
    registerBuffer();
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).readFixed(fd, address - 1, 2, 0, 0)));
    assertFailed(
        Errno.EFAULT, ring.run(ring.next(1).writeFixed(fd, address, BUFFER_BYTES + 1, 0, 0)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).readFixed(fd, address, 1, 0, 1)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).writeFixed(fd, address, 1, 0, 65535)));
  }

  /** Mirrors liburing test/vec-regbuf.c. */
  @Test
  void partsOfARegisteredBufferAreScatteredAndGathered() throws Exception {
    registerBuffer();
    vectors(40, 5, 8, 6);
    assertEquals(11, ring.run(ring.next(1).readvFixed(fd, iovecs.address(), 2, 4, 0, 0)));
    assertEquals("quick", text(40, 5));
    assertEquals(" brown", text(8, 6));
    assertEquals(11, ring.run(ring.next(1).writevFixed(fd, iovecs.address(), 2, 0, 0, 0)));
    assertEquals("quick brownrown fox", Files.readString(file));
    vectors(40, 5, BUFFER_BYTES, 1);
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).readvFixed(fd, iovecs.address(), 2, 0, 0, 0)));
  }

  private void registerBuffer() {
    MemorySegment registered = ring.arena.allocate(Iovec.BYTES, 8);
    Iovec.set(registered, 0, buffer.address(), BUFFER_BYTES);
    assertEquals(0, ring.ring.register(IoUring.IORING_REGISTER_BUFFERS(), registered, 1));
  }

  private void vectors(int first, int firstLength, int second, int secondLength) {
    Iovec.set(iovecs, 0, buffer.address() + first, firstLength);
    Iovec.set(iovecs, 1, buffer.address() + second, secondLength);
  }

  private void put(int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, offset, bytes.length);
  }

  private String text(int offset, int length) {
    byte[] bytes = buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
