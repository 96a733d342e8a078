package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Submission by a kernel thread. */
class SqpollTest {
  private static final Path TASKS = Path.of("/proc/self/task");

  private static RingOptions.Builder polling(int idleMillis) {
    return RingOptions.builder()
        .submissionEntries(8)
        .completionEntries(64)
        .require(SetupFlag.SQPOLL)
        .pollThreadIdleMillis(idleMillis);
  }

  @BeforeEach
  @AfterEach
  void noPollThreadIsLeft() {
    // The kernel ends them after the ring is closed, not before close returns.
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!pollThreads().isEmpty()) {
      assertTrue(System.nanoTime() < deadline, () -> "still there: " + pollThreads());
      Thread.onSpinWait();
    }
  }

  /** The directories in /proc of this process's kernel threads that poll. */
  private static List<Path> pollThreads() {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(TASKS)) {
      for (Path task : tasks.toList()) {
        if (line(task.resolve("comm")).startsWith("iou-sqp-")) {
          found.add(task);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** Empty when the thread has ended meanwhile. */
  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** Mirrors liburing test/sq-poll-kthread.c: the kernel thread, and no system call. */
  @Test
  void entriesAreConsumedWithoutASystemCall() throws Exception {
    try (RingFixture fixture = RingFixture.open(polling(10_000).build())) {
      // Until it sees its first entry the thread sleeps at once.
      fixture.next(-1).nop();
      assertEquals(-1, fixture.await(-1L).userData());
      assertEquals(1, pollThreads().size());
      for (int round = 0; round < 20; round++) {
        fixture.next(round).nop();
        // The kernel thread may have consumed it already.
        assertTrue(fixture.submissions.publish() <= 1);
        fixture.spinUntil(() -> fixture.completions.ready() == 1, "completion");
        assertEquals(1, fixture.drain());
        assertEquals(round, fixture.seen.get(1 + round).userData());
      }
      assertEquals(0, fixture.submissions.pending());
      assertEquals(0, fixture.ring.submit(), "nothing pending, nothing to wake");
    }
  }

  /** Mirrors liburing test/sqpoll-sleep.c. */
  @Test
  void threadThatSleepsIsWokenBySubmit() throws Exception {
    try (RingFixture fixture = RingFixture.open(polling(1).build())) {
      for (int round = 0; round < 5; round++) {
        fixture.spinUntil(fixture.submissions::needsWakeup, "sleep of the kernel thread");
        fixture.next(round).nop();
        assertEquals(1, fixture.ring.submit());
        assertEquals(new Completion(round, 0, 0), fixture.await((long) round));
      }
    }
  }

  /** Mirrors liburing test/sqpoll-sleep.c: woken by a wait. */
  @Test
  void threadThatSleepsIsWokenByAWait() throws Exception {
    try (RingFixture fixture = RingFixture.open(polling(1).build())) {
      GetEventsArgument limit = new GetEventsArgument(fixture.ring).timeout(60_000_000_000L);
      for (int round = 0; round < 5; round++) {
        fixture.spinUntil(fixture.submissions::needsWakeup, "sleep of the kernel thread");
        fixture.next(round).nop();
        int result = round % 2 == 0 ? limit.submitAndWait(1) : fixture.ring.submitAndWait(1, -1);
        assertTrue(result >= 0, () -> Errno.describe(result));
        assertEquals(1, fixture.drain());
      }
    }
  }

  /** Mirrors liburing test/sqwait.c. */
  @Test
  void fullQueueIsWaitedForUntilTheThreadHasMadeRoom() throws Exception {
    try (RingFixture fixture = RingFixture.open(polling(1).build())) {
      int count = 1000;
      for (int index = 0; index < count; index++) {
        if (fixture.submissions.room() == 0) {
          assertEquals(0, fixture.ring.waitForRoom());
          assertTrue(fixture.submissions.room() > 0, fixture::toString);
        }
        fixture.next(index).nop();
        fixture.drain();
      }
      List<Completion> seen = fixture.await(count);
      for (int index = 0; index < count; index++) {
        assertEquals(new Completion(index, 0, 0), seen.get(index));
      }
    }
    try (RingFixture plain = RingFixture.open(8, 16)) {
      assertEquals(0, plain.ring.waitForRoom(), "no thread, no wait");
    }
  }

  /** Mirrors liburing test/fdinfo-sqpoll.c: where the thread runs. */
  @Test
  void threadRunsOnTheCpuItIsPinnedTo() throws Exception {
    long[] mask = new long[64];
    assertTrue(Libc.schedGetAffinity(mask) >= 0);
    int cpu = BitSet.valueOf(mask).length() - 1;
    RingOptions options = polling(100).pollThreadCpu(cpu).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      assertTrue(fixture.ring.grantedFlags().containsAll(Set.of(SetupFlag.SQ_AFF)));
      fixture.next(1).nop();
      assertEquals(0, fixture.await(1L).result());
      String allowed =
          Files.readAllLines(pollThreads().get(0).resolve("status")).stream()
              .filter(line -> line.startsWith("Cpus_allowed_list:"))
              .findFirst()
              .orElseThrow();
      assertEquals(cpu + "", allowed.substring(allowed.indexOf(':') + 1).strip());
    }
  }

  /** Mirrors liburing test/sq-poll-share.c and test/sq-poll-dup.c. */
  @Test
  void sharedThreadServesSeveralRingsAndOutlivesTheFirst() throws Exception {
    try (RingFixture first = RingFixture.open(polling(100).build());
        RingFixture second = openShared(first);
        RingFixture third = openShared(first)) {
      for (RingFixture fixture : List.of(first, second, third)) {
        fixture.next(7).nop();
        assertEquals(new Completion(7, 0, 0), fixture.await(7L));
      }
      assertEquals(1, pollThreads().size());
      first.quiesce();
      first.ring.close();
      for (RingFixture fixture : List.of(second, third)) {
        fixture.next(8).nop();
        assertEquals(new Completion(8, 0, 0), fixture.await(8L));
      }
      assertEquals(1, pollThreads().size());
    }
  }

  private static RingFixture openShared(RingFixture first) throws UringException {
    return RingFixture.open(polling(100).shareWorkers(first.ring).build());
  }

  /** Mirrors liburing test/sqpoll-disable-exit.c. */
  @Test
  void disabledRingIsClosedWithoutEverBeingEnabled() throws Exception {
    Ring ring = Ring.open(polling(1).require(SetupFlag.R_DISABLED).build());
    ring.close();
    try (RingFixture fixture = RingFixture.open(polling(1).require(SetupFlag.R_DISABLED).build())) {
      fixture.next(1).nop();
      assertEquals(0, fixture.await(1L).result());
    }
  }

  /** Mirrors liburing test/sqpoll-exit-hang.c. */
  @Test
  void closeWithOperationsInFlightEndsTheThread() throws Exception {
    RingFixture fixture = RingFixture.open(polling(1).build());
    int[] pipe = fixture.pipe();
    fixture.next(1).pollAdd(pipe[0], 1);
    fixture.ring.submit();
    fixture.spinUntil(() -> fixture.submissions.pending() == 0, "consumption");
    fixture.ring.close();
    noPollThreadIsLeft();
    fixture.close();
  }
}
