package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_rsrc_update;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Opening, owning and closing. */
class RingLifecycleTest {
  @Test
  void ringIsNotEnteredBeforeItIsEnabled() throws Exception {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      for (Executable enter :
          List.<Executable>of(ring::submit, () -> ring.submitAndWait(1, -1), ring::getEvents)) {
        var thrown = assertThrows(IllegalStateException.class, enter);
        assertTrue(thrown.getMessage().endsWith("the ring is not enabled"), thrown.getMessage());
      }
      // What the kernel would have said.
      assertEquals(-Errno.EBADFD, Libc.ioUringEnter(ring.fd(), 0, 0, 0, 0, 0));
      ring.enable();
      assertEquals(0, ring.submit());
      assertThrows(IllegalStateException.class, ring::enable);
    }
  }

  @Test
  void foreignThreadIsToldTheKernelsRule() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      for (Executable use :
          List.<Executable>of(
              fixture.ring::submit,
              () -> fixture.ring.submitAndWait(0, 0),
              fixture.ring::getEvents,
              () -> fixture.ring.registerIowqMaxWorkers(1, 1))) {
        Throwable thrown = thrownBy(use);
        assertEquals(IllegalStateException.class, thrown.getClass());
        assertTrue(thrown.getMessage().contains("EEXIST"), thrown.getMessage());
      }
      for (Executable use : List.<Executable>of(fixture.submissions::next, fixture::drain)) {
        Throwable thrown = thrownBy(use);
        assertEquals(AssertionError.class, thrown.getClass());
        assertTrue(thrown.getMessage().contains("EEXIST"), thrown.getMessage());
      }
      int fd = fixture.ring.fd();
      int events = IoUring.IORING_ENTER_GETEVENTS();
      AtomicReference<Integer> answer = new AtomicReference<>();
      assertNull(thrownBy(() -> answer.set(Libc.ioUringEnter(fd, 0, 0, events, 0, 0))));
      assertEquals(-Errno.EEXIST, answer.get());
    }
  }

  @Test
  void virtualThreadCannotOwnARing() throws Exception {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread.ofVirtual()
          .start(() -> thrown.set(assertThrows(IllegalStateException.class, ring::enable)))
          .join();
      assertTrue(thrown.get().getMessage().startsWith("virtual thread "), thrown.get()::toString);
      ring.enable();
      assertEquals(0, ring.submit());
    }
  }

  @Test
  void withoutDisabledStartOnlyTheOpenerCanOwnASingleIssuerRing() throws Exception {
    RingOptions options = RingOptions.builder().require(SetupFlag.SINGLE_ISSUER).build();
    try (Ring ring = Ring.open(options)) {
      Throwable thrown = thrownBy(ring::enable);
      assertEquals(IllegalStateException.class, thrown.getClass());
      assertTrue(thrown.getMessage().contains("R_DISABLED"), thrown.getMessage());
      ring.enable();
      assertEquals(0, ring.submit());
    }
  }

  @Test
  void ringOpenedByOneThreadIsOwnedByAnother() throws Exception {
    Ring ring = Ring.open(RingOptions.proactorDefaults());
    AtomicReference<List<Completion>> seen = new AtomicReference<>();
    assertNull(
        thrownBy(
            () -> {
              try (RingFixture fixture = new RingFixture(ring)) {
                fixture.next(5).nop();
                seen.set(fixture.await(1));
              }
            }));
    assertEquals(List.of(new Completion(5, 0, 0)), seen.get());
  }

  @Test
  void everyUseAfterCloseIsAnIllegalState() throws Exception {
    Ring ring = Ring.open(RingOptions.proactorDefaults());
    ring.enable();
    SubmissionQueue submissions = ring.submissionQueue();
    CompletionQueue completions = ring.completionQueue();
    Sqe entry = submissions.next();
    ring.close();
    ring.close();
    for (Executable use :
        List.<Executable>of(
            ring::enable,
            ring::fd,
            ring::submit,
            () -> ring.submitAndWait(1, 1),
            ring::getEvents,
            ring::completionOverflowed,
            ring::eventsPending,
            ring::waitForRoom,
            ring::closeFd,
            () -> ring.resize(8, 16),
            () -> new GetEventsArgument(ring).submitAndWait(1),
            submissions::next128,
            () -> completions.drainWide((userData, result, flags, first, second) -> {}, 1),
            ring::overflowCount,
            ring::droppedSubmissions,
            () -> ring.register(IoUring.IORING_REGISTER_PROBE(), MemorySegment.NULL, 0),
            () -> ring.registerIowqMaxWorkers(1, 1),
            () -> ProvidedBufferRing.register(ring, 0, 1),
            submissions::room,
            submissions::pending,
            submissions::next,
            () -> submissions.reserve(1),
            entry::nop,
            () -> entry.userData(1),
            completions::ready,
            () -> completions.drain((userData, result, flags) -> {}, 1))) {
      assertThrows(IllegalStateException.class, use);
    }
    assertEquals(256, submissions.entries());
    assertTrue(ring.grantedFlags().contains(SetupFlag.R_DISABLED));
  }

  @Test
  void onlyTheOwnerClosesWhileItLives() throws Exception {
    Ring ring = Ring.open(RingOptions.proactorDefaults());
    ring.enable();
    Throwable thrown = thrownBy(ring::close);
    assertEquals(IllegalStateException.class, thrown.getClass());
    assertEquals(0, ring.submit());
    ring.close();

    Ring orphan = Ring.open(RingOptions.proactorDefaults());
    assertNull(thrownBy(orphan::enable));
    orphan.close();
    assertThrows(IllegalStateException.class, orphan::submit);

    Ring neverEnabled = Ring.open(RingOptions.proactorDefaults());
    assertNull(thrownBy(neverEnabled::close));
    assertThrows(IllegalStateException.class, neverEnabled::enable);
  }

  @Test
  void closedRingsLeaveNeitherDescriptorsNorMappingsNorSlots() throws Exception {
    long descriptors = descriptors();
    assertEquals(List.of(), ringMappings());
    for (int i = 0; i < 40; i++) {
      try (RingFixture fixture = RingFixture.open(8, 16)) {
        fixture.next(i).nop();
        assertEquals(1, fixture.await(1).size());
      }
    }
    assertEquals(descriptors, descriptors());
    assertEquals(List.of(), ringMappings());
    // A thread has 16 slots for registered rings: a leak would have used them up.
    try (Ring ring = Ring.open(RingOptions.proactorDefaults());
        Arena arena = Arena.ofConfined()) {
      ring.enable();
      MemorySegment update = arena.allocate(io_uring_rsrc_update.layout());
      io_uring_rsrc_update.offset(update, -1);
      io_uring_rsrc_update.data(update, ring.fd());
      assertEquals(1, ring.register(IoUring.IORING_REGISTER_RING_FDS(), update, 1));
      assertEquals(1, io_uring_rsrc_update.offset(update), "slot 0 is this ring's own");
      io_uring_rsrc_update.data(update, 0);
      assertEquals(1, ring.register(IoUring.IORING_UNREGISTER_RING_FDS(), update, 1));
    }
  }

  @Test
  void forkedChildrenDoNotGetTheMappings() throws Exception {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      assertEquals(2, ringMappings().size(), "rings and entries");
      boolean inRing = false;
      int marked = 0;
      for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
        if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
          inRing = line.endsWith("[io_uring]");
        } else if (inRing && line.startsWith("VmFlags:")) {
          assertTrue(List.of(line.split(" ", -1)).contains("dc"), line);
          marked++;
        }
      }
      assertEquals(2, marked);
      assertTrue(ring.fd() > 0);
    }
  }

  @Test
  void heapMemoryIsNoArgumentOfRegister() throws Exception {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      assertThrows(
          IllegalArgumentException.class,
          () -> ring.register(0, MemorySegment.ofArray(new byte[8]), 1));
      assertThrows(IllegalArgumentException.class, () -> ring.register(0, MemorySegment.NULL, -1));
      assertEquals(-Errno.EINVAL, ring.register(9999, MemorySegment.NULL, 0));
    }
  }

  @Test
  void workerLimitsAreTakenByTheKernel() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      assertEquals(0, fixture.ring.registerIowqMaxWorkers(3, 5));
      MemorySegment limits = fixture.arena.allocate(8);
      int opcode = IoUring.IORING_REGISTER_IOWQ_MAX_WORKERS();
      assertEquals(0, fixture.ring.register(opcode, limits, 2));
      assertEquals(3, limits.get(ValueLayout.JAVA_INT, 0));
      assertEquals(5, limits.get(ValueLayout.JAVA_INT, 4));
      assertThrows(
          IllegalArgumentException.class, () -> fixture.ring.registerIowqMaxWorkers(-1, 0));
    }
  }

  private static Throwable thrownBy(Executable task) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    task.execute();
                  } catch (Throwable e) {
                    thrown.set(e);
                  }
                });
    thread.join();
    return thrown.get();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links.count();
    }
  }

  private static List<String> ringMappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.endsWith("[io_uring]")).toList();
    }
  }
}
