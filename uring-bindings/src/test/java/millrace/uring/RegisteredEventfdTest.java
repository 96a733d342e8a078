package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Signals of completions to an eventfd. */
class RegisteredEventfdTest {
  private static final RingOptions PLAIN = RingOptions.builder().build();

  private static int eventfd(RingFixture fixture) {
    return fixture.own(Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC));
  }

  /** The eventfd's counter, which is 0 afterwards. */
  private static long take(RingFixture fixture, int eventfd) {
    MemorySegment counter = fixture.arena.allocate(ValueLayout.JAVA_LONG);
    long result = Libc.read(eventfd, counter.address(), Long.BYTES);
    if (result == -Errno.EAGAIN) {
      return 0;
    }
    assertEquals(Long.BYTES, result);
    return counter.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Mirrors liburing test/eventfd-reg.c and test/eventfd.c. */
  @Test
  void completionsSignalUntilTheRegistrationEnds() throws Exception {
    try (RingFixture fixture = RingFixture.open(PLAIN)) {
      int eventfd = eventfd(fixture);
      RegisteredEventfd registered = RegisteredEventfd.register(fixture.ring, eventfd);
      assertEquals(0, take(fixture, eventfd));
      fixture.next(1).nop();
      fixture.await(1);
      assertTrue(take(fixture, eventfd) >= 1);
      UringException busy =
          assertThrows(
              UringException.class, () -> RegisteredEventfd.register(fixture.ring, eventfd));
      assertEquals(Errno.EBUSY, busy.errno());
      registered.close();
      registered.close();
      fixture.next(2).nop();
      fixture.await(2);
      assertEquals(0, take(fixture, eventfd));
      RegisteredEventfd.register(fixture.ring, eventfd).close();
    }
  }

  /** Mirrors liburing test/eventfd-disable.c. */
  @Test
  void signalsAreSwitchedOffAndOnWithoutASystemCall() throws Exception {
    try (RingFixture fixture = RingFixture.open(PLAIN)) {
      int eventfd = eventfd(fixture);
      RegisteredEventfd registered = RegisteredEventfd.register(fixture.ring, eventfd);
      registered.setEnabled(false);
      fixture.next(1).nop();
      fixture.await(1);
      assertEquals(0, take(fixture, eventfd));
      registered.setEnabled(true);
      assertEquals(0, take(fixture, eventfd), "what completed meanwhile is not told later");
      fixture.next(2).nop();
      fixture.await(2);
      assertTrue(take(fixture, eventfd) >= 1);
      registered.close();
    }
  }

  /** Mirrors liburing test/eventfd.c: asynchronous completions only. */
  @Test
  void asynchronousRegistrationIsSilentAboutWhatCompletesAtOnce() throws Exception {
    try (RingFixture fixture = RingFixture.open(PLAIN)) {
      int eventfd = eventfd(fixture);
      RegisteredEventfd registered = RegisteredEventfd.registerAsync(fixture.ring, eventfd);
      fixture.next(1).nop();
      fixture.await(1);
      assertEquals(0, take(fixture, eventfd));
      fixture.next(2).nop().async();
      assertEquals(0, fixture.await(2L).result());
      assertTrue(take(fixture, eventfd) >= 1);
      registered.close();
    }
  }

  /** Mirrors liburing test/eventfd-ring.c: one ring waits for another. */
  @Test
  void oneRingWaitsForAnothersCompletions() throws Exception {
    try (RingFixture waiting = RingFixture.open();
        RingFixture working = RingFixture.open(PLAIN)) {
      int eventfd = eventfd(working);
      RegisteredEventfd registered = RegisteredEventfd.register(working.ring, eventfd);
      MemorySegment counter = waiting.arena.allocate(ValueLayout.JAVA_LONG);
      waiting.next(1).pollAdd(eventfd, 1);
      assertEquals(1, waiting.ring.submit());
      assertEquals(List.of(), List.copyOf(waiting.seen));
      working.next(2).nop();
      assertEquals(1, working.ring.submit());
      assertEquals(1, waiting.await(1L).result());
      assertEquals(Long.BYTES, Libc.read(eventfd, counter.address(), Long.BYTES));
      assertEquals(List.of(new Completion(2, 0, 0)), working.await(1));
      registered.close();
    }
  }

  @Test
  void descriptorThatIsNoEventfdIsRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open(PLAIN)) {
      int[] pipe = fixture.pipe();
      UringException refused =
          assertThrows(
              UringException.class, () -> RegisteredEventfd.register(fixture.ring, pipe[0]));
      assertEquals(Errno.EINVAL, refused.errno());
      assertEquals("descriptor " + pipe[0], refused.subject());
      UringException closed =
          assertThrows(UringException.class, () -> RegisteredEventfd.register(fixture.ring, 9999));
      assertEquals(Errno.EBADF, closed.errno());
    }
  }
}
