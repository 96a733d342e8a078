package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipes, and reads that repeat themselves. */
class PipeOperationsTest {
  private static final int GROUP = 9;
  private static final int BUFFERS = 2;
  private static final int BUFFER_BYTES = 8;
  private static final int ONE_MORE = CqeFlags.F_BUFFER | CqeFlags.F_MORE;

  @TempDir private Path directory;
  private RingFixture ring;
  private ProvidedBufferRing group;
  private MemorySegment buffers;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    group = ProvidedBufferRing.register(ring.ring, GROUP, BUFFERS);
    buffers = ring.arena.allocate((long) BUFFERS * BUFFER_BYTES);
    provide(0);
    provide(1);
  }

  @AfterEach
  void close() {
    ring.quiesce();
    group.close();
    ring.close();
  }

  /** Mirrors liburing test/pipe.c. */
  @Test
  void pipePassesBytesFromItsSecondEndToItsFirst() {
    int[] ends = pipe(Libc.O_CLOEXEC);
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(ends[0], Libc.F_GETFD, 0));
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(ends[1], Libc.F_GETFD, 0));
    long text = ring.arena.allocateFrom("hello").address();
    long read = ring.buffer(8);
    assertEquals(5, ring.run(ring.next(1).write(ends[1], text, 5, -1)));
    assertEquals(5, ring.run(ring.next(1).read(ends[0], read, 8, -1)));
    assertEquals("hello", MemorySegment.ofAddress(read).reinterpret(8).getString(0));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).write(ends[0], text, 5, -1)));
  }

  @Test
  void pipeTakesOnlyFlagsOfPipes() {
    int[] ends = pipe(Libc.O_NONBLOCK);
    assertEquals(Libc.O_NONBLOCK, Libc.fcntl(ends[0], Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).pipe(ring.buffer(8), Libc.O_APPEND)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).pipe(0x10, 0)));
  }

  /** Mirrors liburing test/read-mshot.c. */
  @Test
  void oneMultishotReadTakesEachWriteIntoABufferOfItsOwn() {
    int[] ends = ring.pipe();
    ring.next(1).readMultishot(ends[0], -1, GROUP);
    assertEquals(1, ring.ring.submit());
    for (int i = 0; i < 6; i++) {
      ring.forget();
      write(ends[1], "part " + i);
      Completion part = ring.await(1).get(0);
      assertEquals(new Completion(1, 6, part.flags()), part);
      assertEquals(ONE_MORE, part.flags() & 0xffff);
      int buffer = CqeFlags.bufferId(part.flags());
      assertEquals("part " + i, text(buffer, 6));
      provide(buffer);
    }
  }

  /** Mirrors liburing test/read-mshot-empty.c. */
  @Test
  void multishotReadEndsWithEnobufsWhenTheGroupIsEmpty() {
    int[] ends = ring.pipe();
    ring.next(1).readMultishot(ends[0], -1, GROUP);
    assertEquals(1, ring.ring.submit());
    write(ends[1], "12345678" + "12345678" + "1");
    List<Completion> parts = ring.await(3);
    assertEquals(8, parts.get(0).result());
    assertEquals(8, parts.get(1).result());
    assertEquals(new Completion(1, -Errno.ENOBUFS, 0), parts.get(2));
    // What did not fit is still there for a read of its own.
    assertEquals(1, ring.run(ring.next(2).read(ends[0], ring.buffer(8), 8, -1)));
  }

  @Test
  void multishotReadEndsWithZeroAtTheEndOfThePipe() {
    int[] ends = new int[2];
    assertEquals(0, Libc.pipe2(ends, Libc.O_CLOEXEC));
    ring.own(ends[0]);
    ring.next(1).readMultishot(ends[0], -1, GROUP);
    assertEquals(1, ring.ring.submit());
    write(ends[1], "last");
    assertEquals(4, ring.await(1).get(0).result());
    assertEquals(0, Libc.close(ends[1]));
    Completion end = ring.await(2).get(1);
    assertEquals(0, end.result());
    assertEquals(0, end.flags() & CqeFlags.F_MORE);
  }

  @Test
  void multishotReadOfARegularFileIsRefused() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");
    int fd = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), 0, 0));
    assertFailed(Errno.EBADFD, ring.run(ring.next(1).readMultishot(fd, 0, GROUP)));
  }

  /** Mirrors liburing test/read-write.c, buffer selection. */
  @Test
  void readTakesABufferOfItsGroup() {
    int[] ends = ring.pipe();
    write(ends[1], "bytes");
    ring.next(1).read(ends[0], 0, 5, -1).bufferSelect(GROUP);
    Completion read = ring.await(1).get(0);
    assertEquals(5, read.result());
    assertEquals(CqeFlags.F_BUFFER, read.flags() & 0xffff);
    assertEquals("bytes", text(CqeFlags.bufferId(read.flags()), 5));
  }

  /** Mirrors liburing test/read-write.c, legacy buffers. */
  @Test
  void providedBuffersAreTakenOnceAndRemoved() {
    int legacy = GROUP + 1;
    MemorySegment memory = ring.arena.allocate(3L * BUFFER_BYTES);
    Sqe provide = ring.next(1).provideBuffers(memory.address(), BUFFER_BYTES, 3, legacy, 70);
    Results.succeeded(ring.run(provide));
    int[] ends = ring.pipe();
    write(ends[1], "one");
    ring.forget();
    ring.next(1).read(ends[0], 0, BUFFER_BYTES, -1).bufferSelect(legacy);
    Completion read = ring.await(1).get(0);
    assertEquals(3, read.result());
    int buffer = CqeFlags.bufferId(read.flags()) - 70;
    MemorySegment taken = memory.asSlice((long) buffer * BUFFER_BYTES, 3);
    assertEquals("one", new String(taken.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
    assertEquals(2, ring.run(ring.next(1).removeBuffers(10, legacy)));
    assertFailed(Errno.ENOENT, ring.run(ring.next(1).removeBuffers(1, legacy + 1)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).removeBuffers(1, GROUP)));
  }

  private int[] pipe(int flags) {
    MemorySegment fds = ring.arena.allocate(ValueLayout.JAVA_INT, 2);
    assertEquals(0, ring.run(ring.next(1).pipe(fds.address(), flags)));
    int[] ends = fds.toArray(ValueLayout.JAVA_INT);
    ring.own(ends[0]);
    ring.own(ends[1]);
    return ends;
  }

  private void provide(int buffer) {
    group.add(buffers.address() + (long) buffer * BUFFER_BYTES, BUFFER_BYTES, buffer);
    group.publish();
  }

  private void write(int fd, String text) {
    long address = ring.arena.allocateFrom(text).address();
    assertEquals(text.length(), Libc.write(fd, address, text.length()));
  }

  private String text(int buffer, int length) {
    MemorySegment bytes = buffers.asSlice((long) buffer * BUFFER_BYTES, length);
    return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }
}
