package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Registered buffers. */
class RegisteredBuffersTest {
  private static final int BYTES = 8192;
  private static final byte[] TEXT = "registered".getBytes(StandardCharsets.US_ASCII);

  /** A ring, a pipe, and buffers to register. */
  private static final class Pipe implements AutoCloseable {
    final RingFixture fixture = RingFixture.open();
    final int[] ends = fixture.pipe();
    final MemorySegment source = fixture.arena.allocate(BYTES, 4096);
    final MemorySegment target = fixture.arena.allocate(BYTES, 4096);

    Pipe() throws UringException {
      MemorySegment.copy(TEXT, 0, source, ValueLayout.JAVA_BYTE, 0, TEXT.length);
    }

    /** Writes the text from one registered buffer and reads it into another. */
    void assertPasses(int sourceIndex, int targetIndex) {
      target.fill((byte) 0);
      assertEquals(TEXT.length, write(source.address(), sourceIndex));
      assertEquals(TEXT.length, read(target.address(), targetIndex));
      byte[] passed = target.asSlice(0, TEXT.length).toArray(ValueLayout.JAVA_BYTE);
      assertArrayEquals(TEXT, passed);
    }

    int write(long address, int index) {
      fixture.forget();
      fixture.next(1).writeFixed(ends[1], address, TEXT.length, 0, index);
      return fixture.await(1L).result();
    }

    int read(long address, int index) {
      fixture.forget();
      fixture.next(1).readFixed(ends[0], address, TEXT.length, 0, index);
      return fixture.await(1L).result();
    }

    @Override
    public void close() {
      fixture.close();
    }
  }

  /** Mirrors liburing test/read-write.c: fixed buffers. */
  @Test
  void operationsUseBuffersByTheirIndex() throws Exception {
    try (Pipe pipe = new Pipe();
        RegisteredBuffers table =
            RegisteredBuffers.register(pipe.fixture.ring, pipe.source, pipe.target)) {
      assertEquals(2, table.count());
      pipe.assertPasses(0, 1);
      // An address of another buffer, one beyond the end, an index beyond the table.
      assertEquals(-Errno.EFAULT, pipe.write(pipe.source.address(), 1));
      assertEquals(-Errno.EFAULT, pipe.write(pipe.source.address() + BYTES - 4, 0));
      assertEquals(-Errno.EFAULT, pipe.write(pipe.source.address(), 2));
    }
  }

  /** Mirrors liburing test/io_uring_register.c: one table a ring, and what cannot be registered. */
  @Test
  void ringHasOneTableAtATime() throws Exception {
    try (Pipe pipe = new Pipe()) {
      Ring ring = pipe.fixture.ring;
      RegisteredBuffers first = RegisteredBuffers.register(ring, pipe.source);
      UringException busy =
          assertThrows(UringException.class, () -> RegisteredBuffers.register(ring, pipe.target));
      assertEquals(Errno.EBUSY, busy.errno());
      assertEquals("io_uring_register(BUFFERS)", busy.operation());
      assertTrue(busy.hint().contains("unregister it first"), busy.hint());
      first.close();
      first.close();
      RegisteredBuffers.register(ring, pipe.target).close();

      MemorySegment unmapped = MemorySegment.ofAddress(8).reinterpret(8);
      UringException fault =
          assertThrows(UringException.class, () -> RegisteredBuffers.register(ring, unmapped));
      assertEquals(Errno.EFAULT, fault.errno());
      MemorySegment heap = MemorySegment.ofArray(new byte[8]);
      assertThrows(IllegalArgumentException.class, () -> RegisteredBuffers.register(ring, heap));
      assertThrows(IllegalArgumentException.class, () -> RegisteredBuffers.register(ring));
    }
  }

  /** The kernel pins for a long time only what a file system need not write back meanwhile. */
  @Test
  void mappingsOfAFileAreRefused(@TempDir Path directory) throws Exception {
    Path path = Files.write(directory.resolve("mapped"), new byte[BYTES]);
    try (Pipe pipe = new Pipe();
        FileChannel file =
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, pipe.fixture.arena);
      UringException refused =
          assertThrows(
              UringException.class, () -> RegisteredBuffers.register(pipe.fixture.ring, mapped));
      assertTrue(
          refused.errno() == Errno.EFAULT || refused.errno() == Errno.EOPNOTSUPP,
          refused.getMessage());
      RegisteredBuffers.register(pipe.fixture.ring, pipe.source).close();
    }
  }

  /** Mirrors liburing test/rsrc_tags.c: empty slots. */
  @Test
  void emptySlotsAreFilledAndEmptied() throws Exception {
    try (Pipe pipe = new Pipe();
        RegisteredBuffers table = RegisteredBuffers.registerSparse(pipe.fixture.ring, 100)) {
      assertEquals(-Errno.EFAULT, pipe.write(pipe.source.address(), 98));
      assertEquals(2, table.update(98, null, pipe.source, pipe.target));
      pipe.assertPasses(98, 99);
      assertEquals(1, table.update(98, null, MemorySegment.NULL));
      assertEquals(-Errno.EFAULT, pipe.write(pipe.source.address(), 98));
      assertThrows(
          IllegalArgumentException.class, () -> table.update(99, null, pipe.source, pipe.target));
      assertThrows(IllegalArgumentException.class, () -> table.update(0, new long[2], pipe.source));
    }
  }

  /** Mirrors liburing test/rsrc_tags.c: a tag tells that its buffer is free. */
  @Test
  void tagTellsWhenAReplacedBufferIsFree() throws Exception {
    try (Pipe pipe = new Pipe()) {
      RingFixture fixture = pipe.fixture;
      long[] tags = {77, 78};
      RegisteredBuffers table =
          RegisteredBuffers.registerTagged(fixture.ring, tags, pipe.source, pipe.target);
      pipe.assertPasses(0, 1);
      fixture.forget();
      assertEquals(1, table.update(0, new long[] {79}, pipe.source));
      assertEquals(List.of(new Completion(77, 0, 0)), fixture.await(1));
      pipe.assertPasses(0, 1);
      fixture.forget();
      table.close();
      assertEquals(
          List.of(new Completion(78, 0, 0), new Completion(79, 0, 0)),
          fixture.await(2).stream()
              .sorted((a, b) -> Long.compare(a.userData(), b.userData()))
              .toList());
    }
  }

  /** Mirrors liburing test/rsrc_tags.c: an operation in flight holds its buffer. */
  @Test
  void bufferOfAnOperationInFlightIsFreeOnlyAfterIt() throws Exception {
    try (Pipe pipe = new Pipe()) {
      RingFixture fixture = pipe.fixture;
      RegisteredBuffers table =
          RegisteredBuffers.registerTagged(fixture.ring, new long[] {9}, pipe.target);
      fixture.next(1).readFixed(pipe.ends[0], pipe.target.address(), TEXT.length, 0, 0);
      assertEquals(1, fixture.ring.submit());
      table.close();
      fixture.next(2).nop();
      assertEquals(List.of(new Completion(2, 0, 0)), fixture.await(1), "no tag before the read");
      assertEquals(TEXT.length, Libc.write(pipe.ends[1], pipe.source.address(), TEXT.length));
      List<Completion> seen = fixture.await(3);
      assertEquals(new Completion(1, TEXT.length, 0), seen.get(1));
      assertEquals(new Completion(9, 0, 0), seen.get(2));
      assertEquals(0, pipe.target.getString(0).indexOf("registered"));
    }
  }

  /** Mirrors liburing test/regbuf-clone.c. */
  @Test
  void clonedTableOutlivesItsSource() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_CLONE_BUFFERS));
    try (Pipe pipe = new Pipe();
        RingFixture other = RingFixture.open()) {
      RegisteredBuffers source = RegisteredBuffers.register(other.ring, pipe.source, pipe.target);
      RegisteredBuffers clone = RegisteredBuffers.clone(pipe.fixture.ring, source);
      assertEquals(2, clone.count());
      UringException busy =
          assertThrows(
              UringException.class, () -> RegisteredBuffers.clone(pipe.fixture.ring, source));
      assertEquals(Errno.EBUSY, busy.errno());
      source.close();
      pipe.assertPasses(0, 1);
      UringException none =
          assertThrows(UringException.class, () -> RegisteredBuffers.clone(other.ring, source));
      assertEquals(Errno.ENXIO, none.errno());
      clone.close();
      assertEquals(-Errno.EFAULT, pipe.write(pipe.source.address(), 0));
    }
  }

  /** Mirrors liburing test/regbuf-clone.c: a source that is only registered. */
  @Test
  void tableOfARingWithoutAFileDescriptorIsCloned() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_CLONE_BUFFERS));
    try (Pipe pipe = new Pipe();
        RingFixture other = RingFixture.open()) {
      RegisteredBuffers source = RegisteredBuffers.register(other.ring, pipe.source, pipe.target);
      assertEquals(0, other.ring.closeFd());
      RegisteredBuffers clone = RegisteredBuffers.clone(pipe.fixture.ring, source);
      pipe.assertPasses(0, 1);
      clone.close();
      source.close();
    }
  }

  /** Mirrors liburing test/regbuf-clone.c: ranges. */
  @Test
  void rangeIsClonedIntoATableAtAnotherPlace() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_RESIZE_RINGS), "6.13");
    try (Pipe pipe = new Pipe();
        RingFixture other = RingFixture.open()) {
      RegisteredBuffers source =
          RegisteredBuffers.register(
              other.ring, pipe.fixture.arena.allocate(64), pipe.source, pipe.target);
      RegisteredBuffers table = RegisteredBuffers.registerSparse(pipe.fixture.ring, 4);
      assertEquals(1, table.update(1, null, pipe.source));
      RegisteredBuffers grown = table.cloneInto(source, 1, 3, 2);
      assertEquals(5, grown.count());
      pipe.assertPasses(3, 4);
      pipe.assertPasses(1, 4);
      assertThrows(IllegalArgumentException.class, () -> grown.cloneInto(source, 2, 0, 2));
      grown.close();
      source.close();
    }
  }

  @Test
  void tableEndsWithItsRing() throws Exception {
    RegisteredBuffers table;
    try (Pipe pipe = new Pipe()) {
      table = RegisteredBuffers.register(pipe.fixture.ring, pipe.source);
    }
    table.close();
    assertThrows(IllegalStateException.class, () -> table.update(0, null, MemorySegment.NULL));
  }

  @Test
  void closedTableDoesNotStandForTheNextOne() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_CLONE_BUFFERS));
    try (Pipe pipe = new Pipe();
        RingFixture other = RingFixture.open()) {
      RegisteredBuffers closed = RegisteredBuffers.register(other.ring, pipe.target);
      closed.close();
      RegisteredBuffers next = RegisteredBuffers.register(other.ring, pipe.source);
      assertEquals(-Errno.ENXIO, closed.update(0, null, pipe.target));
      RegisteredBuffers table = RegisteredBuffers.registerSparse(pipe.fixture.ring, 1);
      assertNone(() -> table.cloneInto(closed, 0, 0, 1));
      table.close();
      assertNone(() -> table.cloneInto(next, 0, 0, 1));
      assertNone(() -> RegisteredBuffers.clone(pipe.fixture.ring, closed));
      next.close();
    }
  }

  private static void assertNone(Executable clone) {
    assertEquals(Errno.ENXIO, assertThrows(UringException.class, clone).errno());
  }

  @Test
  void tableOfAClosedRingIsNotCloned() throws Exception {
    try (Pipe pipe = new Pipe()) {
      RegisteredBuffers source;
      try (RingFixture other = RingFixture.open()) {
        source = RegisteredBuffers.register(other.ring, pipe.source);
      }
      assertThrows(
          IllegalStateException.class, () -> RegisteredBuffers.clone(pipe.fixture.ring, source));
    }
  }
}
