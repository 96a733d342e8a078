package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/**
 * The JVM can stop all threads while one waits in {@code io_uring_enter}. Were that call linked as
 * critical, the collection would never begin, and this JVM hang.
 */
class SafepointTest {

  @Test
  void aWaitInTheKernelHoldsUpNoSafepoint() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      int eventfd = fixture.own(Libc.eventfd(0, Libc.EFD_CLOEXEC));
      MemorySegment counter = fixture.arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment entered = fixture.arena.allocate(1);
      MemorySegment seen = fixture.arena.allocate(1);
      // The write happens inside of the call that then waits for the read.
      fixture.next(1).write(pipe[1], entered.address(), 1, 0);
      fixture.next(2).read(eventfd, counter.address(), 8, 0);
      Thread collector =
          Thread.ofPlatform()
              .start(
                  () -> {
                    assertEquals(1, Libc.read(pipe[0], seen.address(), 1));
                    System.gc();
                    Libc.eventfdSignal(eventfd);
                  });
      assertEquals(2, fixture.ring.submitAndWait(2, -1));
      collector.join();
      assertEquals(2, fixture.drain());
      assertEquals(1, counter.get(ValueLayout.JAVA_LONG, 0));
    }
  }
}
