package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rings in memory of the application (NO_MMAP), and rings without a file descriptor. */
class ApplicationMemoryTest {
  private static final int ENTRIES = 64;

  private static RingOptions.Builder noMmap() {
    return RingOptions.builder().submissionEntries(ENTRIES).require(SetupFlag.NO_MMAP);
  }

  private static void assertWorks(RingOptions options) throws UringException {
    try (RingFixture fixture = RingFixture.open(options)) {
      assertTrue(fixture.ring.grantedFlags().containsAll(options.required()));
      for (int round = 0; round < 4; round++) {
        for (int index = 0; index < ENTRIES; index++) {
          fixture.next(index).nop();
        }
        List<Completion> seen = fixture.await(ENTRIES);
        for (int index = 0; index < ENTRIES; index++) {
          assertEquals(new Completion(index, 0, 0), seen.get(index));
        }
        fixture.forget();
      }
    }
  }

  /** Mirrors liburing test/init-mem.c: several sizes and flags, in pages that the ring maps. */
  @Test
  void ringMapsPagesOfItsOwnWhenItIsGivenNone() throws Exception {
    assertWorks(noMmap().build());
    assertWorks(noMmap().require(SetupFlag.NO_SQARRAY).build());
    assertWorks(noMmap().require(SetupFlag.SQE128, SetupFlag.CQE32).build());
    assertWorks(noMmap().completionEntries(4096).build());
    assertWorks(noMmap().require(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN).build());
    assertTrue(
        noMmap().completionEntries(4096).build().memoryBytes() > 4L * Libc.pageSize(),
        "several pages");
  }

  /** Mirrors liburing test/init-mem.c: memory of the caller, and nothing beyond it. */
  @Test
  void ringLivesInTheCallersMemoryAndTouchesNothingBeyondIt() throws Exception {
    RingOptions sizes = noMmap().build();
    try (Arena arena = Arena.ofShared()) {
      long bytes = sizes.memoryBytes();
      long pageBytes = Libc.pageSize();
      MemorySegment memory = arena.allocate(bytes + pageBytes, pageBytes).fill((byte) 0x5a);
      RingOptions options = noMmap().memory(memory.asSlice(0, bytes)).build();
      assertWorks(options);
      assertWorks(options);
      MemorySegment beyond = memory.asSlice(bytes);
      assertEquals(
          -1, beyond.mismatch(arena.allocate(pageBytes).fill((byte) 0x5a)), "written beyond");
    }
  }

  @Test
  void memoryOfAnOpenRingIsRefusedToAnotherOneAndNotTouched() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      long bytes = noMmap().build().memoryBytes();
      long pageBytes = Libc.pageSize();
      MemorySegment memory = arena.allocate(2 * bytes, pageBytes);
      RingOptions options = noMmap().memory(memory.asSlice(0, bytes)).build();
      RingOptions overlapping = noMmap().memory(memory.asSlice(pageBytes, bytes)).build();
      RingOptions beside = noMmap().memory(memory.asSlice(bytes)).build();
      try (RingFixture first = RingFixture.open(options)) {
        first.next(1).nop();
        for (RingOptions other : List.of(options, options.toBuilder().build(), overlapping)) {
          var refused = assertThrows(IllegalStateException.class, () -> Ring.open(other));
          assertTrue(refused.getMessage().contains("queues of another ring"), refused::getMessage);
        }
        assertWorks(beside);
        assertEquals(1, first.submissions.pending(), "its queues are as they were");
        assertEquals(List.of(new Completion(1, 0, 0)), first.await(1));
      }
      assertWorks(overlapping);
    }
  }

  @Test
  void memoryOfARingThatCouldNotBeOpenedIsFreeAgain() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      long bytes = noMmap().build().memoryBytes();
      MemorySegment memory = arena.allocate(bytes, Libc.pageSize());
      RingOptions options = noMmap().memory(memory).build();
      UringUnavailableException refused =
          SeccompThread.callWithRefusedSetup(
              Errno.EPERM,
              () -> assertThrows(UringUnavailableException.class, () -> Ring.open(options)));
      assertEquals(Errno.EPERM, refused.errno());
      assertWorks(options);
    }
  }

  /** Mirrors liburing test/no-mmap-inval.c. */
  @Test
  void memoryThatCannotBeIsNamed() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(Libc.pageSize(), Libc.pageSize());
      RingOptions.Builder builder = noMmap().completionEntries(4096).memory(page);
      String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
      assertTrue(message.startsWith("memory of 4096 bytes is too small"), message);
      MemorySegment odd = arena.allocate(1 << 16, Libc.pageSize()).asSlice(8);
      assertThrows(IllegalArgumentException.class, () -> noMmap().memory(odd));
      MemorySegment heap = MemorySegment.ofArray(new byte[1 << 16]);
      assertThrows(IllegalArgumentException.class, () -> noMmap().memory(heap));
    }
  }

  /** Mirrors liburing test/reg-fd-only.c. */
  @Test
  void ringWithoutAFileDescriptorSubmitsRegistersAndLeavesNothing() throws Exception {
    RingOptions options = noMmap().require(SetupFlag.REGISTERED_FD_ONLY).build();
    long descriptors = descriptors();
    // A thread has 16 places for registered rings: a leak would use them up.
    for (int round = 0; round < 20; round++) {
      try (RingFixture fixture = RingFixture.open(options)) {
        assertEquals(descriptors, descriptors());
        assertThrows(IllegalStateException.class, fixture.ring::fd);
        fixture.next(round).nop();
        assertEquals(List.of(new Completion(round, 0, 0)), fixture.await(1));
        int[] limits = {3, 4};
        assertEquals(0, Iowq.registerMaxWorkers(fixture.ring, limits));
        limits = new int[2];
        assertEquals(0, Iowq.registerMaxWorkers(fixture.ring, limits));
        assertEquals(List.of(3, 4), List.of(limits[0], limits[1]));
      }
    }
    assertEquals(descriptors, descriptors());
  }

  @Test
  void ringWithoutAFileDescriptorBelongsToTheThreadThatOpenedIt() throws Exception {
    RingOptions options =
        noMmap().require(SetupFlag.R_DISABLED, SetupFlag.REGISTERED_FD_ONLY).build();
    Ring ring = Ring.open(options);
    FutureTask<IllegalStateException> opener =
        new FutureTask<>(() -> assertThrows(IllegalStateException.class, () -> Ring.open(options)));
    Thread.ofVirtual().start(opener).join();
    assertTrue(opener.get().getMessage().contains("carrier"), opener.get()::getMessage);
    for (Runnable use : List.<Runnable>of(() -> enable(ring), ring::close)) {
      FutureTask<IllegalStateException> task =
          new FutureTask<>(() -> assertThrows(IllegalStateException.class, use::run));
      Thread.ofPlatform().start(task).join();
      assertTrue(task.get().getMessage().startsWith("ring "), task.get()::getMessage);
    }
    ring.enable();
    assertEquals(0, ring.submit());
    ring.close();
  }

  /** Mirrors liburing test/reg-reg-ring.c: the descriptor is closed, the ring goes on. */
  @Test
  void ringGoesOnWithItsRegisteredDescriptorAlone() throws Exception {
    long descriptors = descriptors();
    try (RingFixture fixture = RingFixture.open()) {
      int fd = fixture.ring.fd();
      assertEquals(0, fixture.ring.closeFd());
      assertEquals(descriptors, descriptors());
      assertEquals(-Errno.EBADF, Libc.ioUringEnter(fd, 0, 0, 0, 0, 0));
      assertThrows(IllegalStateException.class, fixture.ring::fd);
      assertEquals(-Errno.EBADF, fixture.ring.closeFd());
      fixture.next(1).nop();
      assertEquals(List.of(new Completion(1, 0, 0)), fixture.await(1));
      assertEquals(0, fixture.ring.registerIowqMaxWorkers(2, 2));
    }
    assertEquals(descriptors, descriptors());
  }

  private static void enable(Ring ring) {
    try {
      ring.enable();
    } catch (UringException e) {
      throw new AssertionError(e);
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links.count();
    }
  }
}
