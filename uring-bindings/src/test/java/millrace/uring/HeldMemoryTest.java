package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Memory of automatic arenas that is registered with a ring lives as long as it is registered,
 * whoever else refers to it.
 */
class HeldMemoryTest {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** A segment that nobody refers to; memory lives exactly as long as its segments. */
  private static WeakReference<MemorySegment> abandoned() {
    return new WeakReference<>(segment());
  }

  private static MemorySegment segment() {
    long pageBytes = Libc.pageSize();
    return Arena.ofAuto().allocate(pageBytes, pageBytes);
  }

  /** Waits until the collector has found something that was abandoned before the call. */
  private static void collect() {
    awaitCollected(abandoned(), "a segment that nobody refers to");
  }

  private static void awaitCollected(WeakReference<?> reference, String what) {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (reference.get() != null) {
      if (System.nanoTime() - deadline >= 0) {
        fail(what + " was not collected within the deadline");
      }
      System.gc();
    }
  }

  /** Registers a segment and forgets all but the ring. */
  private static WeakReference<MemorySegment> register(Ring ring) throws UringException {
    MemorySegment segment = segment();
    RegisteredBuffers table = RegisteredBuffers.register(ring, segment);
    assertEquals(1, table.count());
    return new WeakReference<>(segment);
  }

  @Test
  void registeredBufferIsHeldByTheOpenRingAlone() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      WeakReference<MemorySegment> registered = register(fixture.ring);
      collect();
      MemorySegment buffer = registered.get();
      assertNotNull(buffer, "the kernel still uses it");
      int[] pipe = fixture.pipe();
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      fixture.next(1).readFixed(pipe[0], buffer.address(), 4, 0, 0);
      assertEquals(4, fixture.await(1L).result());
      assertEquals('a', buffer.get(ValueLayout.JAVA_BYTE, 3));
    }
  }

  @Test
  void registeredBufferOfARingThatIsForgottenIsHeldUntilItIsClosed() throws Exception {
    Ring ring = Ring.open(RingOptions.builder().build());
    ring.enable();
    WeakReference<MemorySegment> registered = register(ring);
    WeakReference<Ring> forgotten = new WeakReference<>(ring);
    ring = null;
    collect();
    assertNotNull(registered.get(), "the kernel still uses it");
    forgotten.get().close();
    awaitCollected(registered, "the buffer of a closed ring");
  }

  @Test
  void bufferThatIsReplacedOrTakenOutIsLetGo() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      MemorySegment[] segments = {segment(), segment(), segment()};
      RegisteredBuffers table = RegisteredBuffers.register(fixture.ring, segments);
      WeakReference<?> kept = new WeakReference<>(segments[0]);
      WeakReference<?> replaced = new WeakReference<>(segments[1]);
      WeakReference<?> emptied = new WeakReference<>(segments[2]);
      segments = null;
      assertEquals(2, table.update(1, null, segment(), MemorySegment.NULL));
      awaitCollected(replaced, "a buffer that was replaced");
      awaitCollected(emptied, "a buffer that was taken out");
      assertNotNull(kept.get());
      table.close();
      awaitCollected(kept, "a buffer of a closed table");
    }
  }

  @Test
  void clonedBuffersAreHeldByBothRings() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(RegisterOpcode.REGISTER_CLONE_BUFFERS),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_CLONE_BUFFERS));
    try (RingFixture source = RingFixture.open();
        RingFixture target = RingFixture.open()) {
      MemorySegment segment = segment();
      RegisteredBuffers original = RegisteredBuffers.register(source.ring, segment);
      WeakReference<?> registered = new WeakReference<>(segment);
      segment = null;
      RegisteredBuffers clone = RegisteredBuffers.clone(target.ring, original);
      original.close();
      collect();
      assertNotNull(registered.get(), "the clone still uses it");
      clone.close();
      awaitCollected(registered, "a buffer that no ring has");
    }
  }

  @Test
  void memoryRegionIsHeldByItsRing() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(RegisterOpcode.REGISTER_MEM_REGION),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_MEM_REGION));
    awaitCollected(regionOfAClosedRing(), "the region of a closed ring");
  }

  // A method of its own: the interpreter keeps what a finished block has left in its variables.
  private static WeakReference<MemorySegment> regionOfAClosedRing() throws UringException {
    try (RingFixture fixture = RingFixture.open()) {
      MemorySegment segment = segment();
      assertEquals(segment, MemoryRegion.register(fixture.ring, segment, 0).memory());
      WeakReference<MemorySegment> registered = new WeakReference<>(segment);
      segment = null;
      collect();
      assertNotNull(registered.get(), "the kernel still uses it");
      return registered;
    }
  }

  @Test
  void memoryOfTheQueuesIsHeldByItsRing() throws Exception {
    long bytes = RingOptions.builder().require(SetupFlag.NO_MMAP).build().memoryBytes();
    AtomicBoolean freed = new AtomicBoolean();
    try (RingFixture fixture = RingFixture.open(queuesIn(bytes, freed))) {
      collect();
      assertFalse(freed.get(), "the kernel still uses it");
      fixture.next(1).nop();
      assertEquals(0, fixture.await(1L).result());
    }
  }

  /** Options with memory of an automatic arena that tells when it is freed. */
  private static RingOptions queuesIn(long bytes, AtomicBoolean freed) throws UringException {
    Arena arena = Arena.ofAuto();
    MemorySegment memory =
        MemorySegment.ofAddress(Libc.mmapAnonymous(bytes))
            .reinterpret(
                bytes,
                arena,
                mapped -> {
                  freed.set(true);
                  Libc.munmap(mapped.address(), bytes);
                });
    return RingOptions.builder().memory(memory).build();
  }
}
