package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registered files. */
class RegisteredFilesTest {
  private static final int READ_ONLY = 0;

  @TempDir Path directory;

  private int open(String name, String content) throws Exception {
    Path path = Files.writeString(directory.resolve(name), content);
    int fd = FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_CLOEXEC, 0);
    assertTrue(fd >= 0, () -> Errno.describe(fd));
    return fd;
  }

  /** What a read of the file at an index gives: its first eight bytes, or -errno. */
  private static Object read(RingFixture fixture, int index) {
    MemorySegment buffer = fixture.arena.allocate(9);
    fixture.forget();
    fixture.next(1).read(index, buffer.address(), 8, 0).fixedFile();
    int result = fixture.await(1L).result();
    return result < 0 ? Errno.name(result) : buffer.getString(0);
  }

  /** Mirrors liburing test/file-register.c: basic. */
  @Test
  void registeredFileNeedsItsDescriptorNoMore() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int first = open("first", "one");
      int second = open("second", "two");
      try (RegisteredFiles table =
          RegisteredFiles.register(fixture.ring, first, RegisteredFiles.EMPTY, second)) {
        Libc.close(first);
        Libc.close(second);
        assertEquals(3, table.count());
        assertEquals("one", read(fixture, 0));
        assertEquals("EBADF", read(fixture, 1));
        assertEquals("two", read(fixture, 2));
        assertEquals("EBADF", read(fixture, 3));
      }
      assertEquals("EBADF", read(fixture, 0));
    }
  }

  /** Mirrors liburing test/file-register.c and test/file-update.c: replace, remove, add, skip. */
  @Test
  void filesAreReplacedEmptiedAndSkipped() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int first = fixture.own(open("first", "one"));
      int second = fixture.own(open("second", "two"));
      try (RegisteredFiles table = RegisteredFiles.register(fixture.ring, first, first, -1)) {
        assertEquals(3, table.update(0, second, RegisteredFiles.SKIP, second));
        assertEquals(
            List.of("two", "one", "two"),
            List.of(read(fixture, 0), read(fixture, 1), read(fixture, 2)));
        assertEquals(1, table.update(1, RegisteredFiles.EMPTY));
        assertEquals("EBADF", read(fixture, 1));
        assertEquals(-Errno.EBADF, table.update(1, 9999));
        // What comes before a bad descriptor is done.
        assertEquals(1, table.update(0, first, 9999));
        assertEquals("one", read(fixture, 0));
        assertThrows(IllegalArgumentException.class, () -> table.update(2, first, second));
        assertThrows(IllegalArgumentException.class, () -> table.update(3, first));
      }
    }
  }

  /** Mirrors liburing test/io_uring_register.c: files. */
  @Test
  void whatCannotBeRegisteredIsNamed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      Ring ring = fixture.ring;
      UringException bad =
          assertThrows(UringException.class, () -> RegisteredFiles.register(ring, 9999));
      assertEquals(Errno.EBADF, bad.errno());
      assertEquals("io_uring_register(FILES)", bad.operation());
      UringException large =
          assertThrows(
              UringException.class, () -> RegisteredFiles.registerSparse(ring, (1 << 20) + 1));
      assertEquals(Errno.EMFILE, large.errno());
      assertTrue(large.hint().contains("RLIMIT_NOFILE"), large.hint());
      assertThrows(IllegalArgumentException.class, () -> RegisteredFiles.register(ring));
      try (RegisteredFiles table = RegisteredFiles.registerSparse(ring, 4)) {
        assertEquals(4, table.count());
        UringException busy =
            assertThrows(UringException.class, () -> RegisteredFiles.registerSparse(ring, 4));
        assertEquals(Errno.EBUSY, busy.errno());
      }
      // A ring is a file too, but registering it with itself would be a circle.
      UringException circle =
          assertThrows(UringException.class, () -> RegisteredFiles.register(ring, ring.fd()));
      assertEquals(Errno.EBADF, circle.errno());
    }
  }

  /** Mirrors liburing test/file-alloc-range-hint.c and test/open-direct-pick.c. */
  @Test
  void kernelChoosesSlotsOnlyInTheRangeItIsGiven() throws Exception {
    Path path = Files.writeString(directory.resolve("file"), "direct");
    try (RingFixture fixture = RingFixture.open();
        RegisteredFiles table = RegisteredFiles.registerSparse(fixture.ring, 10)) {
      assertEquals(0, table.setAllocRange(7, 2));
      assertEquals(7, openDirect(fixture, path));
      assertEquals(8, openDirect(fixture, path));
      assertEquals(-Errno.ENFILE, openDirect(fixture, path));
      assertEquals("direct", read(fixture, 8));
      assertEquals(1, table.update(7, RegisteredFiles.EMPTY));
      assertEquals(7, openDirect(fixture, path));
      assertEquals(-Errno.EINVAL, table.setAllocRange(7, 4));
      assertEquals(0, table.setAllocRange(0, 10));
      assertEquals(0, openDirect(fixture, path));
    }
  }

  private static int openDirect(RingFixture fixture, Path path) {
    fixture.forget();
    fixture
        .next(1)
        .openatDirect(Libc.AT_FDCWD, fixture.path(path), READ_ONLY, 0, Sqe.FILE_INDEX_ALLOC);
    return fixture.await(1L).result();
  }

  /** Mirrors liburing test/rsrc_tags.c: files. */
  @Test
  void tagTellsWhenAFileIsClosed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int fd = fixture.own(open("file", "tagged"));
      RegisteredFiles table =
          RegisteredFiles.registerTagged(fixture.ring, new long[] {5, 0}, fd, fd);
      assertEquals("tagged", read(fixture, 0));
      fixture.forget();
      assertEquals(2, table.updateTagged(0, new long[] {6, 7}, fd, fd));
      assertEquals(List.of(new Completion(5, 0, 0)), fixture.await(1));
      assertEquals("tagged", read(fixture, 1));
      fixture.forget();
      assertEquals(1, table.update(1, RegisteredFiles.EMPTY));
      assertEquals(List.of(new Completion(7, 0, 0)), fixture.await(1));
      fixture.forget();
      table.close();
      assertEquals(List.of(new Completion(6, 0, 0)), fixture.await(1));
      // An empty slot can have no tag.
      UringException empty =
          assertThrows(
              UringException.class,
              () -> RegisteredFiles.registerTagged(fixture.ring, new long[] {1}, -1));
      assertEquals(Errno.EINVAL, empty.errno());
    }
  }

  /** Mirrors liburing test/ooo-file-unreg.c and test/file-exit-unreg.c. */
  @Test
  void fileOfAnOperationInFlightIsFreeOnlyAfterIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      MemorySegment buffer = fixture.arena.allocate(8);
      RegisteredFiles table = RegisteredFiles.registerTagged(fixture.ring, new long[] {9}, pipe[0]);
      fixture.next(1).read(0, buffer.address(), 8, 0).fixedFile();
      assertEquals(1, fixture.ring.submit());
      table.close();
      fixture.next(2).nop();
      assertEquals(List.of(new Completion(2, 0, 0)), fixture.await(1), "no tag before the read");
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      List<Completion> seen = fixture.await(3);
      assertEquals(new Completion(1, 4, 0), seen.get(1));
      assertEquals(new Completion(9, 0, 0), seen.get(2));
      assertEquals("data", buffer.getString(0));
    }
  }

  @Test
  void closedTableDoesNotStandForTheNextOne() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int fd = fixture.own(open("file", "kept"));
      RegisteredFiles closed = RegisteredFiles.register(fixture.ring, fd);
      closed.close();
      RegisteredFiles next = RegisteredFiles.register(fixture.ring, fd);
      assertEquals(-Errno.ENXIO, closed.update(0, RegisteredFiles.EMPTY));
      assertEquals(-Errno.ENXIO, closed.updateTagged(0, new long[] {0}, RegisteredFiles.EMPTY));
      assertEquals(-Errno.ENXIO, closed.setAllocRange(0, 1));
      assertEquals("kept", read(fixture, 0));
      next.close();
    }
  }
}
