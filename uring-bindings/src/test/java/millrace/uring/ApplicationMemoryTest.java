package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

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

  /**
   * Mapped, not allocated: the kernel writes to the queues of a closed ring once more when it tears
   * it down, and would write to what malloc has given to somebody else meanwhile.
   */
  private static MemorySegment map(long bytes, Arena arena) {
    long address = Results.succeeded(Libc.mmapAnonymous(bytes));
    return MemorySegment.ofAddress(address)
        .reinterpret(bytes, arena, mapped -> Libc.munmap(mapped.address(), bytes));
  }

  /** Mirrors liburing test/init-mem.c: memory of the caller, and nothing beyond it. */
  @Test
  void ringLivesInTheCallersMemoryAndTouchesNothingBeyondIt() throws Exception {
    RingOptions sizes = noMmap().build();
    try (Arena arena = Arena.ofShared()) {
      long bytes = sizes.memoryBytes();
      long pageBytes = Libc.pageSize();
      MemorySegment memory = map(bytes + pageBytes, arena).fill((byte) 0x5a);
      assertWorks(noMmap().memory(memory.asSlice(0, bytes)).build());
      assertNotEquals(0, memory.get(ValueLayout.JAVA_LONG, 0), "nothing was written there");
      MemorySegment beyond = memory.asSlice(bytes);
      assertEquals(
          -1, beyond.mismatch(arena.allocate(pageBytes).fill((byte) 0x5a)), "written beyond");
    }
  }

  @Test
  void memoryOfARingIsRefusedToAnotherOneForGoodAndNotTouched() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      long bytes = noMmap().build().memoryBytes();
      long pageBytes = Libc.pageSize();
      MemorySegment memory = map(2 * bytes, arena);
      RingOptions options = noMmap().memory(memory.asSlice(0, bytes)).build();
      RingOptions overlapping = noMmap().memory(memory.asSlice(pageBytes, bytes)).build();
      List<RingOptions> refused = List.of(options, options.toBuilder().build(), overlapping);
      try (RingFixture first = RingFixture.open(options)) {
        first.next(1).nop();
        refused.forEach(ApplicationMemoryTest::assertRefused);
        assertWorks(noMmap().memory(memory.asSlice(bytes)).build());
        assertEquals(1, first.submissions.pending(), "its queues are as they were");
        assertEquals(List.of(new Completion(1, 0, 0)), first.await(1));
      }
      refused.forEach(ApplicationMemoryTest::assertRefused);
    }
  }

  private static void assertRefused(RingOptions options) {
    var refused = assertThrows(IllegalStateException.class, () -> Ring.open(options));
    assertTrue(refused.getMessage().contains("are for one ring"), refused::getMessage);
  }

  @Test
  void memoryThatIsMappedAnewIsOtherMemory() {
    long address = 1L << 40; // Never touched.
    MemorySegment again;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(4096, arena, null);
      QueueMemory.claim(memory);
      assertThrows(IllegalStateException.class, () -> QueueMemory.claim(memory));
      again = MemorySegment.ofAddress(address).reinterpret(4096);
      assertThrows(IllegalStateException.class, () -> QueueMemory.claim(again));
    }
    QueueMemory.claim(again);
    QueueMemory.giveBack(again);
  }

  @Test
  void memoryOfARingThatCouldNotBeOpenedIsFreeAgain() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      RingOptions options = noMmap().memory(map(noMmap().build().memoryBytes(), arena)).build();
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

  @Test
  void queuesOfAClosedRingThrowAlsoInTheCallersMemory() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      RingOptions options = noMmap().memory(map(noMmap().build().memoryBytes(), arena)).build();
      Ring ring = Ring.open(options);
      ring.enable();
      SubmissionQueue submissions = ring.submissionQueue();
      CompletionQueue completions = ring.completionQueue();
      submissions.next().nop();
      assertEquals(1, ring.submitAndWait(1, -1));
      ring.close();
      List<Executable> uses =
          List.of(
              submissions::next,
              submissions::room,
              submissions::pending,
              completions::ready,
              ring::overflowCount,
              ring::eventsPending,
              () -> completions.drain((userData, result, flags) -> {}, 1),
              () -> completions.drainWide((userData, result, flags, first, second) -> {}, 1));
      for (Executable use : uses) {
        assertThrows(IllegalStateException.class, use);
      }
    }
  }

  @Test
  void memoryThatWasUnmappedIsNotThatOfAnOldRing() throws Exception {
    RingOptions sizes = noMmap().build();
    long bytes = sizes.memoryBytes();
    long address = Results.succeeded(Libc.mmapAnonymous(bytes));
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(bytes);
    assertWorks(noMmap().memory(memory).build());
    assertRefused(noMmap().memory(memory).build());
    assertEquals(-Errno.EINVAL, Libc.munmap(address, -1));
    assertEquals(-Errno.EINVAL, Libc.munmap(address, 0));
    assertRefused(noMmap().memory(memory).build());
    assertEquals(0, Libc.munmap(address, bytes));
    QueueMemory.claim(memory);
    QueueMemory.giveBack(memory);
  }
}
