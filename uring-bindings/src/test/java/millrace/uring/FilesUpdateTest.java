package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of the table of registered files. Mirrors liburing test/file-register.c. */
class FilesUpdateTest {
  private static final int TABLE = 4;

  private RingFixture ring;
  private long buffer;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    buffer = ring.buffer(16);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  @Test
  void descriptorsArePutIntoTheTableAndTakenOut() {
    ring.registerFiles(TABLE);
    int[] pipe = ring.pipe();
    assertEquals(2, update(1, pipe[0], pipe[1]));
    assertPassesByte(1, 2);
    assertEquals(1, update(1, -1));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).read(1, buffer, 1, -1).fixedFile()));
    assertEquals(1, ring.run(ring.next(1).write(2, buffer, 1, -1).fixedFile()));
  }

  @Test
  void entriesAreSkipped() {
    ring.registerFiles(TABLE);
    int[] first = ring.pipe();
    int[] second = ring.pipe();
    assertEquals(2, update(0, first[0], first[1]));
    assertEquals(2, update(0, SqeFlags.REGISTER_FILES_SKIP, second[1]));
    assertEquals(1, ring.run(ring.next(1).write(1, buffer, 1, -1).fixedFile()));
    assertEquals(1, Libc.read(second[0], buffer, 16));
    assertEquals(1, Libc.write(first[1], buffer, 1));
    assertEquals(1, ring.run(ring.next(1).read(0, buffer, 16, -1).fixedFile()));
  }

  /** Mirrors liburing test/file-update.c. */
  @Test
  void updateGoesAsFarAsItsDescriptorsAreGood() {
    ring.registerFiles(TABLE);
    int[] pipe = ring.pipe();
    assertEquals(1, update(0, pipe[0], 1_000_000));
    assertFailed(Errno.EBADF, update(0, 1_000_000));
    assertFailed(Errno.EINVAL, update(TABLE, pipe[0]));
    assertFailed(Errno.EINVAL, update(TABLE - 1, pipe[0], pipe[1]));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).filesUpdate(0x10, 1, 0)));
  }

  @Test
  void aRingWithoutATableHasNothingToChange() {
    assertFailed(Errno.ENXIO, update(0, ring.pipe()[0]));
  }

  @Test
  void theKernelPicksIndexesAndWritesThemOverTheDescriptors() {
    ring.registerFiles(TABLE);
    int[] pipe = ring.pipe();
    MemorySegment files = ring.arena.allocateFrom(ValueLayout.JAVA_INT, pipe[0], pipe[1]);
    int alloc = Sqe.FILE_INDEX_ALLOC;
    assertEquals(2, ring.run(ring.next(1).filesUpdate(files.address(), 2, alloc)));
    int[] picked = files.toArray(ValueLayout.JAVA_INT);
    assertEquals(Set.of(0, 1), Set.of(picked[0], picked[1]));
    assertPassesByte(picked[0], picked[1]);
  }

  private int update(int firstIndex, int... descriptors) {
    MemorySegment files = ring.arena.allocateFrom(ValueLayout.JAVA_INT, descriptors);
    return ring.run(ring.next(1).filesUpdate(files.address(), descriptors.length, firstIndex));
  }

  private void assertPassesByte(int reading, int writing) {
    assertEquals(1, ring.run(ring.next(1).write(writing, buffer, 1, -1).fixedFile()));
    assertEquals(1, ring.run(ring.next(1).read(reading, buffer, 16, -1).fixedFile()));
  }
}
