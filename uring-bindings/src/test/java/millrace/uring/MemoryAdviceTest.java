package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Advice on memory, of which the kernel's dropping of pages can be seen. */
class MemoryAdviceTest {
  private static final int PAGE = Libc.pageSize();
  private static final Pattern RANGE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) ");

  private RingFixture ring;
  private MemorySegment memory;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    long address = Results.succeeded(Libc.mmapAnonymous(4L * PAGE));
    memory = MemorySegment.ofAddress(address).reinterpret(4L * PAGE).fill((byte) 'x');
  }

  @AfterEach
  void close() {
    ring.close();
    assertEquals(0, Libc.munmap(memory.address(), 4L * PAGE));
  }

  /** Mirrors liburing test/madvise.c. */
  @Test
  void droppedPagesReadAsZerosAndTheOthersAsBefore() {
    long second = memory.address() + PAGE;
    assertEquals(0, ring.run(ring.next(1).madvise(second, PAGE, MemoryAdvice.DONTNEED)));
    assertPages("x.xx");
  }

  @Test
  void lengthsOf64BitsReachTheKernel() {
    long third = memory.address() + 2L * PAGE;
    assertEquals(0, ring.run(ring.next(1).madvise64(third, 2L * PAGE, MemoryAdvice.DONTNEED)));
    assertPages("xx..");
    // The lower half of this length alone would be one page.
    long beyond = (1L << 47) + PAGE;
    assertFailed(
        Errno.ENOMEM,
        ring.run(ring.next(1).madvise64(memory.address(), beyond, MemoryAdvice.WILLNEED)));
  }

  @Test
  void wrongAdviceAndAddressesAreRefused() {
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).madvise(memory.address(), PAGE, 9999)));
    assertFailed(
        Errno.EINVAL,
        ring.run(ring.next(1).madvise(memory.address() + 1, PAGE, MemoryAdvice.DONTNEED)));
    assertPages("xxxx");
  }

  /** An advice that marks a mapping, its mark in smaps, and the advice that takes it away. */
  @ParameterizedTest
  @MethodSource
  void adviceMarksTheMappingUntilItIsTakenBack(int advice, String mark, int undo) throws Exception {
    int result = ring.run(ring.next(1).madvise(memory.address(), 4 * PAGE, advice));
    if (result == -Errno.EINVAL && (mark.equals("hg") || mark.equals("nh") || mark.equals("mg"))) {
      abort("the kernel is built without what " + mark + " marks");
    }
    assertEquals(0, result);
    assertTrue(marks().contains(mark), () -> mark + " is not there");
    assertEquals(0, ring.run(ring.next(1).madvise(memory.address(), 4 * PAGE, undo)));
    assertFalse(marks().contains(mark), () -> mark + " is still there");
  }

  static List<Object[]> adviceMarksTheMappingUntilItIsTakenBack() {
    return List.of(
        marked(MemoryAdvice.RANDOM, "rr", MemoryAdvice.NORMAL),
        marked(MemoryAdvice.SEQUENTIAL, "sr", MemoryAdvice.NORMAL),
        marked(MemoryAdvice.DONTFORK, "dc", MemoryAdvice.DOFORK),
        marked(MemoryAdvice.WIPEONFORK, "wf", MemoryAdvice.KEEPONFORK),
        marked(MemoryAdvice.DONTDUMP, "dd", MemoryAdvice.DODUMP),
        marked(MemoryAdvice.MERGEABLE, "mg", MemoryAdvice.UNMERGEABLE),
        marked(MemoryAdvice.HUGEPAGE, "hg", MemoryAdvice.NOHUGEPAGE),
        marked(MemoryAdvice.NOHUGEPAGE, "nh", MemoryAdvice.HUGEPAGE));
  }

  private static Object[] marked(int advice, String mark, int undo) {
    return new Object[] {advice, mark, undo};
  }

  /** The flags of the mapping that the memory is, of which neighbours have others. */
  private List<String> marks() throws IOException {
    boolean found = false;
    for (String line : ProcFile.read(Path.of("/proc/self/smaps")).lines().toList()) {
      Matcher range = RANGE.matcher(line);
      if (range.lookingAt()) {
        long start = Long.parseUnsignedLong(range.group(1), 16);
        long end = Long.parseUnsignedLong(range.group(2), 16);
        found = start <= memory.address() && memory.address() < end;
      } else if (found && line.startsWith("VmFlags:")) {
        return List.of(line.substring("VmFlags:".length()).strip().split(" ", -1));
      }
    }
    throw new AssertionError("no mapping of " + memory);
  }

  @Test
  void adviceThatOnlyHintsKeepsWhatThePagesHold() {
    int[] hints = {MemoryAdvice.NORMAL, MemoryAdvice.COLD, MemoryAdvice.PAGEOUT};
    for (int advice : hints) {
      assertEquals(0, ring.run(ring.next(1).madvise(memory.address(), 4 * PAGE, advice)));
      assertPages("xxxx");
    }
  }

  @Test
  void droppedPagesCanBeBroughtBackReadableAndWritable() {
    assertEquals(
        0, ring.run(ring.next(1).madvise(memory.address(), PAGE, MemoryAdvice.DONTNEED_LOCKED)));
    assertEquals(
        0, ring.run(ring.next(1).madvise(memory.address(), PAGE, MemoryAdvice.POPULATE_READ)));
    assertPages(".xxx");
    assertEquals(
        0, ring.run(ring.next(1).madvise(memory.address(), PAGE, MemoryAdvice.POPULATE_WRITE)));
    assertPages(".xxx");
    // Lazily: each page is what it was, or zero.
    assertEquals(0, ring.run(ring.next(1).madvise(memory.address(), 4 * PAGE, MemoryAdvice.FREE)));
    memory.fill((byte) 'y');
    assertPages("yyyy");
  }

  @Test
  void onlyASharedMappingHasAHoleMadeInIt() {
    assertFailed(
        Errno.EINVAL, ring.run(ring.next(1).madvise(memory.address(), PAGE, MemoryAdvice.REMOVE)));
    assertPages("xxxx");
  }

  private void assertPages(String expected) {
    StringBuilder pages = new StringBuilder();
    for (long page = 0; page < 4; page++) {
      byte first = memory.get(ValueLayout.JAVA_BYTE, page * PAGE);
      byte last = memory.get(ValueLayout.JAVA_BYTE, (page + 1) * PAGE - 1);
      assertEquals(first, last, "page " + page);
      pages.append(first == 0 ? '.' : (char) first);
    }
    assertEquals(expected, pages.toString());
  }
}
