package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The kernel's worker threads. */
class IowqTest {
  private static final RingOptions PLAIN = RingOptions.builder().build();
  private static final String ALLOWED = "Cpus_allowed_list:";

  private static List<Integer> limits(Ring ring) {
    int[] limits = new int[2];
    assertEquals(0, Iowq.registerMaxWorkers(ring, limits));
    return List.of(limits[Iowq.BOUND], limits[Iowq.UNBOUND]);
  }

  /** Mirrors liburing test/shared-wq.c. */
  @Test
  void sharedWorkersServeBothRingsAndAreLimitedByEither() throws Exception {
    try (RingFixture first = RingFixture.open(PLAIN);
        RingFixture second =
            RingFixture.open(RingOptions.builder().shareWorkers(first.ring).build())) {
      for (RingFixture fixture : List.of(first, second)) {
        fixture.next(1).nop().async();
        assertEquals(0, fixture.await(1L).result());
        int[] limits = {3, 5};
        assertEquals(0, Iowq.registerMaxWorkers(fixture.ring, limits));
        assertEquals(List.of(3, 5), limits(fixture.ring));
        assertEquals(0, fixture.ring.registerIowqMaxWorkers(0, 6));
        assertEquals(List.of(3, 6), limits(fixture.ring), "0 leaves a limit as it is");
      }
    }
    assertThrows(
        IllegalArgumentException.class, () -> Iowq.registerMaxWorkers(null, new int[] {1}));
  }

  /** In a thread of its own: an idle worker that another test left would keep its CPUs. */
  @Test
  void workersRunOnTheCpusTheyArePinnedTo() throws Exception {
    FutureTask<Void> task = new FutureTask<>(IowqTest::pinWorkers);
    Thread.ofPlatform().start(task);
    task.get();
  }

  /** Mirrors liburing test/wq-aff.c. */
  private static Void pinWorkers() throws Exception {
    long[] mask = new long[64];
    assertEquals(true, Libc.schedGetAffinity(mask) >= 0);
    int cpu = BitSet.valueOf(mask).nextSetBit(0);
    BitSet pinned = new BitSet();
    pinned.set(cpu);
    try (RingFixture fixture = RingFixture.open(PLAIN)) {
      assertEquals(0, Iowq.registerAffinity(fixture.ring, pinned.toLongArray()));
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, 0).async();
      assertEquals(1, fixture.ring.submit());
      String expected = String.valueOf(cpu);
      fixture.spinUntil(() -> workers().contains(expected), "worker on CPU " + cpu);
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      assertEquals(4, fixture.await(1L).result());
      assertEquals(0, Iowq.unregisterAffinity(fixture.ring));
    }
    return null;
  }

  /** The CPUs on which each of this process's workers may run. */
  private static List<String> workers() {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks
          .map(task -> text(task.resolve("status")))
          .filter(status -> status.startsWith("Name:\tiou-wrk-"))
          .map(IowqTest::allowed)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String allowed(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith(ALLOWED))
        .map(line -> line.substring(ALLOWED.length()).strip())
        .findFirst()
        .orElse("");
  }

  /** Empty when the thread has ended meanwhile. */
  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
