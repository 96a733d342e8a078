package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Rings that may do only what they are allowed. */
class RestrictionsTest {
  private static final RingOptions DISABLED =
      RingOptions.builder().require(SetupFlag.R_DISABLED).build();

  private static RingFixture open(Restrictions restrictions) throws UringException {
    Ring ring = Ring.open(DISABLED);
    restrictions.register(ring);
    return new RingFixture(ring);
  }

  private static int result(RingFixture fixture, long userData) {
    return fixture.await(userData).result();
  }

  /** Mirrors liburing test/register-restrictions.c: operations. */
  @Test
  void onlyAllowedOperationsRun() throws Exception {
    try (RingFixture fixture =
        open(new Restrictions().allow(Opcode.NOP, Opcode.WRITE).allow(Opcode.CLOSE))) {
      int[] pipe = fixture.pipe();
      long data = fixture.arena.allocateFrom("data").address();
      fixture.next(1).nop();
      fixture.next(2).write(pipe[1], data, 4, 0);
      assertEquals(0, result(fixture, 1));
      assertEquals(4, result(fixture, 2));
      fixture.next(3).read(pipe[0], fixture.buffer(4), 4, 0);
      assertEquals(-Errno.EACCES, result(fixture, 3));
      assertEquals(-Errno.EACCES, fixture.ring.registerIowqMaxWorkers(1, 1));
    }
  }

  /** Mirrors liburing test/register-restrictions.c: registrations. */
  @Test
  void onlyAllowedRegistrationsAreMade() throws Exception {
    try (RingFixture fixture =
        open(
            new Restrictions()
                .allow(
                    RegisterOpcode.REGISTER_BUFFERS, RegisterOpcode.REGISTER_IOWQ_MAX_WORKERS))) {
      assertEquals(0, fixture.ring.registerIowqMaxWorkers(1, 1));
      MemorySegment buffer = fixture.arena.allocate(8);
      RegisteredBuffers table = RegisteredBuffers.register(fixture.ring, buffer);
      UringException refused =
          assertThrows(UringException.class, () -> RegisteredFiles.registerSparse(fixture.ring, 1));
      assertEquals(Errno.EACCES, refused.errno());
      assertEquals("the ring's restrictions forbid it", refused.hint());
      // Not allowed to take the table away, which ends with the ring.
      assertThrows(UncheckedIOException.class, table::close);
      fixture.ring.close();
      table.close();
    }
  }

  /** Mirrors liburing test/register-restrictions.c: flags. */
  @Test
  void entriesNeedRequiredFlagsAndHaveOnlyAllowedOnes() throws Exception {
    try (RingFixture fixture =
        open(
            new Restrictions()
                .allow(Opcode.NOP)
                .allowFlags(SqeFlags.ASYNC | SqeFlags.IO_LINK)
                .requireFlags(SqeFlags.ASYNC))) {
      fixture.next(1).nop().async();
      assertEquals(0, result(fixture, 1));
      fixture.next(2).nop();
      assertEquals(-Errno.EACCES, result(fixture, 2));
      fixture.next(3).nop().async().drain();
      assertEquals(-Errno.EACCES, result(fixture, 3));
    }
  }

  /** Mirrors liburing test/register-restrictions.c: the order of things. */
  @Test
  void ringIsRestrictedOnceAndBeforeItIsEnabled() throws Exception {
    try (RingFixture fixture = RingFixture.open(DISABLED)) {
      UringException late =
          assertThrows(
              UringException.class,
              () -> new Restrictions().allow(Opcode.NOP).register(fixture.ring));
      assertEquals(Errno.EBADFD, late.errno());
      assertTrue(late.hint().contains("R_DISABLED"), late.hint());
    }
    try (Ring ring = Ring.open(DISABLED)) {
      new Restrictions().allow(Opcode.NOP).register(ring);
      UringException twice =
          assertThrows(
              UringException.class, () -> new Restrictions().allow(Opcode.READ).register(ring));
      assertEquals(Errno.EBUSY, twice.errno());
    }
    try (Ring ring = Ring.open(DISABLED)) {
      assertThrows(IllegalStateException.class, () -> new Restrictions().register(ring));
      assertThrows(IllegalArgumentException.class, () -> new Restrictions().allowFlags(256));
    }
  }

  /** Mirrors liburing test/task-restrict.c. */
  @Test
  void restrictionsOfAThreadHoldForItsRingsOrAreRefusedCleanly() throws Exception {
    FutureTask<Integer> restricted =
        new FutureTask<>(
            () -> {
              new Restrictions().allow(Opcode.NOP).registerForThread();
              try (RingFixture fixture = RingFixture.open()) {
                fixture.next(1).nop();
                assertEquals(0, result(fixture, 1));
                fixture.next(2).read(-1, 0, 0, 0);
                return result(fixture, 2);
              }
            });
    // The restrictions end with their thread.
    Thread.ofPlatform().start(restricted).join();
    try {
      assertEquals(-Errno.EACCES, restricted.get());
    } catch (ExecutionException e) {
      UringException refused = (UringException) e.getCause();
      assertEquals("io_uring_register(RESTRICTIONS)", refused.operation());
      assertTrue(refused.errno() == Errno.EINVAL || refused.errno() == Errno.EBADF, e::toString);
      assertEquals("needs Linux 7.0", refused.hint());
    }
  }
}
