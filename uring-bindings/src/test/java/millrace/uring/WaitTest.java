package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Waits with all that they can be told. */
class WaitTest {
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final long BRIEF_NANOS = 1_000_000;
  private static final int BRIEF_MICROS = 1000;

  private static void assumeMinimumWaits() {
    assumeTrue(
        KernelSupport.probe().supports(Feature.MIN_TIMEOUT),
        KernelSupport.probe().reason(Feature.MIN_TIMEOUT));
  }

  /** Mirrors liburing test/min-timeout.c: what came in the minimum time is enough. */
  @Test
  void afterTheMinimumWaitOneCompletionIsEnough() throws Exception {
    assumeMinimumWaits();
    try (RingFixture fixture = RingFixture.open()) {
      GetEventsArgument argument =
          new GetEventsArgument(fixture.ring).timeout(MINUTE_NANOS).minWait(BRIEF_MICROS);
      for (int round = 0; round < 3; round++) {
        fixture.next(round).nop();
        // ETIME after a minute is what a kernel would say that waits for all eight.
        assertEquals(1, argument.submitAndWait(8));
        assertEquals(1, fixture.drain());
      }
    }
  }

  /** Mirrors liburing test/min-timeout-wait.c: a later completion ends the wait. */
  @Test
  void completionAfterTheMinimumWaitEndsIt() throws Exception {
    assumeMinimumWaits();
    try (RingFixture fixture = RingFixture.open()) {
      GetEventsArgument argument =
          new GetEventsArgument(fixture.ring).timeout(MINUTE_NANOS).minWait(BRIEF_MICROS);
      fixture.next(1).timeout(fixture.timespec(20 * BRIEF_NANOS), 0, 0);
      assertEquals(1, argument.submitAndWait(8));
      assertEquals(1, fixture.drain());
      assertEquals(-Errno.ETIME, fixture.seen.get(0).result());
    }
  }

  /** Mirrors liburing test/min-timeout.c: nothing comes at all. */
  @Test
  void waitWithAMinimumEndsAtItsLimitWhenNothingComes() throws Exception {
    assumeMinimumWaits();
    try (RingFixture fixture = RingFixture.open()) {
      GetEventsArgument argument = new GetEventsArgument(fixture.ring);
      assertEquals(-Errno.ETIME, argument.timeout(BRIEF_NANOS).minWait(10).submitAndWait(1));
      fixture.next(1).nop();
      assertEquals(1, argument.timeout(-1).minWait(0).submitAndWait(1), "no limit again");
    }
  }

  /** Mirrors liburing test/wait-timeout.c: absolute times. */
  @Test
  void deadlineIsAnInstantOfTheRingsClock() throws Exception {
    assumeMinimumWaits(); // Of the same release.
    try (RingFixture fixture = RingFixture.open()) {
      GetEventsArgument argument = new GetEventsArgument(fixture.ring);
      assertEquals(-Errno.ETIME, argument.deadline(1).submitAndWait(1), "long ago");
      assertEquals(-Errno.ETIME, argument.deadline(System.nanoTime()).submitAndWait(1));
      fixture.next(1).nop();
      long far = System.nanoTime() + MINUTE_NANOS;
      assertEquals(1, argument.deadline(far).submitAndWait(1));
      assertEquals(1, fixture.drain());
      assertEquals(-Errno.ETIME, argument.timeout(BRIEF_NANOS).submitAndWait(1));
      fixture.next(2).timeout(fixture.timespec(20 * BRIEF_NANOS), 0, 0);
      assertEquals(1, fixture.ring.submit());
      // A minute after the boot is long ago.
      assertEquals(0, argument.timeout(MINUTE_NANOS).submitAndWait(1), "relative again");
      assertThrows(IllegalArgumentException.class, () -> argument.deadline(-1));
    }
  }

  /** Mirrors liburing test/wait-timeout.c: clocks. */
  @Test
  void ringsClockIsChosen() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_CLOCK));
    try (RingFixture fixture = RingFixture.open()) {
      GetEventsArgument argument = new GetEventsArgument(fixture.ring);
      for (WaitClock clock : WaitClock.values()) {
        assertEquals(0, clock.register(fixture.ring));
        assertEquals(-Errno.ETIME, argument.timeout(BRIEF_NANOS).submitAndWait(1));
        assertEquals(-Errno.ETIME, argument.deadline(uptimeNanos()).submitAndWait(1));
        fixture.next(1).nop();
        assertEquals(1, argument.deadline(uptimeNanos() + MINUTE_NANOS).submitAndWait(1));
        fixture.drain();
      }
      MemorySegment unknown = fixture.arena.allocate(16);
      unknown.set(ValueLayout.JAVA_INT, 0, 4711);
      int code = RegisterOpcode.REGISTER_CLOCK.code();
      assertEquals(-Errno.EINVAL, fixture.ring.register(code, unknown, 0));
    }
  }

  // Since boot, in hundredths of a second; both clocks agree on a system that never sleeps.
  private static long uptimeNanos() throws Exception {
    String text = Files.readString(Path.of("/proc/uptime"));
    return (long) (Double.parseDouble(text.substring(0, text.indexOf(' '))) * 1e9);
  }

  /** Mirrors liburing test/reg-wait.c. */
  @Test
  void registeredWaitsAreUsedByTheirIndex() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_MEM_REGION));
    Ring ring = Ring.open(RingOptions.proactorDefaults());
    RegisteredWaits waits = RegisteredWaits.register(ring, 100);
    UringException second =
        assertThrows(UringException.class, () -> RegisteredWaits.register(ring, 1));
    assertEquals(Errno.EBUSY, second.errno());
    waits.set(0, BRIEF_NANOS, 0);
    waits.set(99, MINUTE_NANOS, BRIEF_MICROS);
    try (RingFixture fixture = new RingFixture(ring)) {
      assertEquals(100, waits.count());
      assertEquals(-Errno.ETIME, waits.submitAndWait(1, 0));
      fixture.next(1).nop();
      assertEquals(1, waits.submitAndWait(1, 50), "one that was never set has no limit");
      fixture.next(2).nop();
      assertEquals(1, waits.submitAndWait(9, 99), "after the minimum two are enough");
      assertEquals(2, fixture.drain());
      waits.set(0, 0, 0);
      assertEquals(-Errno.ETIME, waits.submitAndWait(1, 0));
      assertThrows(IllegalArgumentException.class, () -> waits.submitAndWait(1, 100));
      assertThrows(IllegalArgumentException.class, () -> waits.set(-1, 0, 0));
    }
  }

  /** Mirrors liburing test/reg-wait.c: where and when a region can be registered. */
  @Test
  void memoryRegionIsWholePagesAndForWaitsEarlyEnough() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_MEM_REGION));
    int waitArguments = MemoryRegion.REG_WAIT_ARG;
    try (RingFixture fixture = RingFixture.open()) {
      int pageBytes = Libc.pageSize();
      MemorySegment page = fixture.arena.allocate(pageBytes, pageBytes);
      UringException late =
          assertThrows(
              UringException.class, () -> MemoryRegion.register(fixture.ring, page, waitArguments));
      assertEquals(Errno.EINVAL, late.errno());
      UringException odd =
          assertThrows(
              UringException.class, () -> MemoryRegion.register(fixture.ring, page.asSlice(8), 0));
      assertEquals(Errno.EINVAL, odd.errno());
      assertEquals(page, MemoryRegion.register(fixture.ring, page, 0).memory());
    }
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      MemoryRegion region = MemoryRegion.allocate(ring, 1, waitArguments);
      assertEquals(Libc.pageSize(), region.memory().byteSize());
      region.memory().fill((byte) 0);
    }
  }

  /** Mirrors liburing test/iowait.c. */
  @Test
  void waitsCountAsIowaitOnlyWhenAskedTo() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      for (boolean iowait : new boolean[] {true, false, true}) {
        fixture.ring.setIowait(iowait);
        fixture.next(1).nop();
        assertEquals(1, fixture.ring.submitAndWait(1, -1));
        assertEquals(0, fixture.ring.submitAndWait(2, BRIEF_NANOS), "no ETIME: there is one");
        assertEquals(1, fixture.drain());
        assertEquals(-Errno.ETIME, fixture.ring.submitAndWait(1, BRIEF_NANOS));
      }
    }
  }

  /** Mirrors liburing test/reg-wait.c and test/timeout-new.c: signal masks. */
  @Test
  void signalsAreBlockedDuringAWait() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      GetEventsArgument argument =
          new GetEventsArgument(fixture.ring).timeout(BRIEF_NANOS).signalMask(-1);
      assertEquals(-Errno.ETIME, argument.submitAndWait(1));
      fixture.next(1).nop();
      assertEquals(1, argument.submitAndWait(1));
      assertEquals(1, argument.noSignalMask().submitAndWait(1) + 1);
      assertEquals(1, fixture.drain());
      assertEquals(List.of(new Completion(1, 0, 0)), fixture.seen);
    }
  }
}
