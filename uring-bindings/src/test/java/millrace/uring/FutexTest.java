package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Futexes. Mirrors liburing test/futex.c. */
class FutexTest {
  private static final int PRIVATE = FutexFlags.SIZE_U32 | FutexFlags.PRIVATE;
  private static final long ANY = FutexFlags.BITSET_MATCH_ANY;

  private RingFixture ring;
  private MemorySegment futexes;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    futexes = ring.arena.allocate(ValueLayout.JAVA_INT, 4);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  @Test
  void waiterIsWokenByAnEntryOfTheSameRing() {
    ring.next(1).futexWait(futex(0), 0, ANY, PRIVATE);
    assertEquals(1, ring.ring.submit());
    ring.next(2).futexWake(futex(0), 1, ANY, PRIVATE);
    assertEquals(new Completion(2, 1, 0), ring.await(2L));
    assertEquals(new Completion(1, 0, 0), ring.await(1L));
  }

  @Test
  void waiterIsWokenByAnotherThreadsRing() throws Exception {
    ring.next(1).futexWait(futex(0), 0, ANY, PRIVATE);
    assertEquals(1, ring.ring.submit());
    Thread waker =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (RingFixture other = RingFixture.open()) {
                    Sqe wake = other.next(1).futexWake(futex(0), 1, ANY, PRIVATE);
                    assertEquals(1, other.run(wake));
                  } catch (UringException e) {
                    throw new AssertionError(e);
                  }
                });
    assertEquals(new Completion(1, 0, 0), ring.await(1L));
    waker.join();
  }

  @Test
  void wakeReachesAsManyWaitersAsItSays() {
    for (int waiter = 0; waiter < 5; waiter++) {
      ring.next(10 + waiter).futexWait(futex(0), 0, ANY, PRIVATE);
    }
    assertEquals(5, ring.ring.submit());
    ring.next(1).futexWake(futex(0), 2, ANY, PRIVATE);
    assertEquals(3, ring.await(3).size());
    assertEquals(new Completion(1, 2, 0), ring.await(1L));
    assertEquals(3, ring.run(ring.next(1).futexWake(futex(0), 100, ANY, PRIVATE)));
    assertEquals(0, ring.run(ring.next(1).futexWake(futex(0), 100, ANY, PRIVATE)));
  }

  @Test
  void waitDoesNotBeginWhenTheValueIsAnother() {
    futexes.setAtIndex(ValueLayout.JAVA_INT, 0, 7);
    assertFailed(Errno.EAGAIN, ring.run(ring.next(1).futexWait(futex(0), 6, ANY, PRIVATE)));
    ring.next(1).futexWait(futex(0), 7, ANY, PRIVATE);
    assertEquals(1, ring.ring.submit());
    assertEquals(1, ring.run(ring.next(2).futexWake(futex(0), 1, ANY, PRIVATE)));
  }

  @Test
  void onlyWaitersOfTheMaskAreWoken() {
    ring.next(1).futexWait(futex(0), 0, 0b01, PRIVATE);
    ring.next(2).futexWait(futex(0), 0, 0b10, PRIVATE);
    assertEquals(2, ring.ring.submit());
    ring.next(3).futexWake(futex(0), 9, 0b10, PRIVATE);
    ring.await(2);
    assertEquals(new Completion(3, 1, 0), ring.await(3L));
    assertEquals(new Completion(2, 0, 0), ring.await(2L));
    assertFailed(Errno.EINVAL, ring.run(ring.next(4).futexWake(futex(0), 9, 0, PRIVATE)));
    assertEquals(1, ring.run(ring.next(4).futexWake(futex(0), 9, ANY, PRIVATE)));
  }

  @Test
  void sizesOtherThan32BitsAreRefused() {
    int[] sizes = {FutexFlags.SIZE_U8, FutexFlags.SIZE_U16, FutexFlags.SIZE_U64};
    for (int size : sizes) {
      assertFailed(
          Errno.EINVAL,
          ring.run(ring.next(1).futexWake(futex(0), 1, ANY, size | FutexFlags.PRIVATE)));
    }
  }

  @Test
  void futexWithANumaNodeIsWaitedForWhereTheKernelPutsIt() {
    int flags = PRIVATE | FutexFlags.NUMA;
    int noNode = -1;
    futexes.setAtIndex(ValueLayout.JAVA_INT, 1, noNode);
    int result = ring.run(ring.next(2).futexWake(futex(0), 1, ANY, flags));
    if (result == -Errno.EINVAL) {
      abort("refused cleanly: futexes with a node need Linux 6.16");
    }
    assertEquals(0, result, "nobody waits");
    ring.forget();
    ring.next(1).futexWait(futex(0), 0, ANY, flags);
    assertEquals(1, ring.ring.submit());
    ring.next(2).futexWake(futex(0), 1, ANY, flags);
    Outcomes.assertResults(ring, 0, 1);
    assertTrue(futexes.getAtIndex(ValueLayout.JAVA_INT, 1) >= noNode);
  }

  @Test
  void nodeOfTheMemoryPolicyIsTakenOrRefused() {
    int flags = PRIVATE | FutexFlags.NUMA | FutexFlags.MPOL;
    futexes.setAtIndex(ValueLayout.JAVA_INT, 1, -1);
    int result = ring.run(ring.next(2).futexWake(futex(0), 1, ANY, flags));
    assertTrue(result == 0 || result == -Errno.EINVAL, () -> Errno.describe(result));
  }

  @Test
  void waiterOfSeveralLearnsWhichOneWokeIt() {
    MemorySegment waiters = ring.arena.allocate(3L * FutexWaitv.BYTES, 8);
    for (int i = 0; i < 3; i++) {
      FutexWaitv.set(waiters, i, futex(i), 0, PRIVATE);
    }
    ring.next(1).futexWaitv(waiters.address(), 3);
    assertEquals(1, ring.ring.submit());
    ring.next(2).futexWake(futex(2), 1, ANY, PRIVATE);
    assertEquals(new Completion(2, 1, 0), ring.await(2L));
    assertEquals(new Completion(1, 2, 0), ring.await(1L));
    // It has left the others too.
    assertEquals(0, ring.run(ring.next(2).futexWake(futex(0), 1, ANY, PRIVATE)));
  }

  @Test
  void waiterOfSeveralDoesNotBeginWhenOneValueIsAnother() {
    MemorySegment waiters = ring.arena.allocate(2L * FutexWaitv.BYTES, 8);
    FutexWaitv.set(waiters, 0, futex(0), 0, PRIVATE);
    FutexWaitv.set(waiters, 1, futex(1), 5, PRIVATE);
    assertFailed(Errno.EAGAIN, ring.run(ring.next(1).futexWaitv(waiters.address(), 2)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).futexWaitv(waiters.address(), 0)));
    int tooMany = FutexFlags.WAITV_MAX + 1;
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).futexWaitv(waiters.address(), tooMany)));
  }

  @Test
  void aLinkedTimeoutEndsTheWait() {
    ring.next(1).futexWait(futex(0), 0, ANY, PRIVATE).link();
    ring.next(2).linkTimeout(ring.timespec(1_000_000), 0);
    ring.await(2);
    assertEquals(new Completion(1, -Errno.ECANCELED, 0), ring.await(1L));
    // The kernel lets the number of cancelled waits stand for ETIME, which it may stop doing.
    assertTrue(Set.of(-Errno.ETIME, 1).contains(ring.await(2L).result()), ring::toString);
    assertEquals(0, ring.run(ring.next(1).futexWake(futex(0), 1, ANY, PRIVATE)));
  }

  @Test
  void waitsAreCancelledByTheirKind() {
    ring.next(1).futexWait(futex(0), 0, ANY, PRIVATE);
    ring.next(2).futexWait(futex(1), 0, ANY, PRIVATE);
    assertEquals(2, ring.ring.submit());
    ring.next(3).cancelOp(Opcode.FUTEX_WAIT, SqeFlags.ASYNC_CANCEL_ALL);
    ring.await(3);
    // The kernel counts all futexes as one, which it may stop doing.
    assertTrue(Set.of(1, 2).contains(ring.await(3L).result()), ring::toString);
    assertEquals(new Completion(1, -Errno.ECANCELED, 0), ring.await(1L));
    assertEquals(new Completion(2, -Errno.ECANCELED, 0), ring.await(2L));
  }

  private long futex(int index) {
    return futexes.address() + (long) index * Integer.BYTES;
  }
}
