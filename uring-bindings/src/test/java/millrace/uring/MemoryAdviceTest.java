package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Advice on memory, of which the kernel's dropping of pages can be seen. */
class MemoryAdviceTest {
  private static final int PAGE = Libc.pageSize();

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
