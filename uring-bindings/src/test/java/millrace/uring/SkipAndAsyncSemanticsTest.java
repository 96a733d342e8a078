package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Entries that post no completion, and entries that start on a worker. */
class SkipAndAsyncSemanticsTest {
  private static final long MILLISECOND = 1_000_000;

  /** Mirrors liburing test/skip-cqe.c: a chain that reports only its end. */
  @Test
  void chainOfSkippedEntriesReportsOnlyTheLast() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture
          .next(1)
          .write(pipe[1], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION)
          .skipSuccessCqe()
          .link();
      fixture.next(2).nop().skipSuccessCqe().link();
      fixture.next(3).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      fixture.await(1);
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.drain());
      Outcomes.assertSequence(fixture, new Completion(3, 8, 0));
    }
  }

  /** Mirrors liburing test/skip-cqe.c: the entry that fails decides for what it cancels. */
  @Test
  void failureOfASkippedEntryIsTheOnlyCompletionOfItsChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().skipSuccessCqe().link();
      fixture.next(2).read(-1, fixture.buffer(8), 8, 0).skipSuccessCqe().link();
      fixture.next(3).nop();
      fixture.next(4).read(-1, fixture.buffer(8), 8, 0).link();
      fixture.next(5).nop().skipSuccessCqe().link();
      fixture.next(6).nop();
      fixture.await(4);
      assertEquals(0, fixture.ring.getEvents());
      fixture.drain();
      assertEquals(4, fixture.seen.size(), fixture::toString);
      assertEquals(new Completion(2, -Errno.EBADF, 0), fixture.await(2L));
      assertEquals(new Completion(4, -Errno.EBADF, 0), fixture.await(4L));
      assertEquals(new Completion(5, -Errno.ECANCELED, 0), fixture.await(5L));
      assertEquals(new Completion(6, -Errno.ECANCELED, 0), fixture.await(6L));
    }
  }

  /** Mirrors liburing test/skip-cqe.c (link timeout). */
  @Test
  void keptTimeLimitOfASkippedEntryIsSilentToo() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().skipSuccessCqe().link();
      fixture.next(2).linkTimeout(fixture.timespec(3600_000 * MILLISECOND), 0).skipSuccessCqe();
      fixture.next(3).nop();
      assertEquals(new Completion(3, 0, 0), fixture.await(3L));
      assertEquals(0, fixture.ring.getEvents());
      fixture.drain();
      assertTrue(fixture.seen.stream().noneMatch(c -> c.userData() == 1), fixture::toString);
    }
  }

  /** Mirrors liburing test/skip-cqe.c: a skipped cancel speaks through its target. */
  @Test
  void skippedCancelIsKnownByItsTargetOrByItsFailure() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).pollAdd(fixture.pipe()[0], Libc.POLLIN);
      fixture.next(2).cancel(1, 0).skipSuccessCqe();
      fixture.next(3).cancel(99, 0).skipSuccessCqe();
      fixture.await(2);
      assertEquals(new Completion(1, -Errno.ECANCELED, 0), fixture.await(1L));
      assertEquals(new Completion(3, -Errno.ENOENT, 0), fixture.await(3L));
      assertEquals(2, fixture.seen.size());
    }
  }

  /** Mirrors liburing test/read-write.c and test/socket-rw.c with IOSQE_ASYNC. */
  @Test
  void operationsThatStartOnAWorkerHaveTheSameResults() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      int[] pair = fixture.tcpPair();
      MemorySegment text = fixture.arena.allocateFrom("worker");
      MemorySegment read = fixture.arena.allocate(8);
      MemorySegment received = fixture.arena.allocate(8);
      fixture.next(1).read(pipe[0], read.address(), 7, Sqe.AT_FILE_POSITION).async();
      fixture.next(2).recv(pair[1], received.address(), 7, 0).async();
      fixture.next(3).pollAdd(pipe[0], Libc.POLLIN).async();
      fixture.next(4).write(pipe[1], text.address(), 7, Sqe.AT_FILE_POSITION).async();
      fixture.next(5).send(pair[0], text.address(), 7, 0).async();
      fixture.next(6).nop().async();
      fixture.next(7).timeout(fixture.timespec(MILLISECOND), 0, 0).async();
      fixture.next(8).cancel(99, 0).async();
      fixture.awaitThat(
          () -> fixture.seen.stream().filter(c -> c.userData() != 3).count() == 7,
          "all but the poll, which may find the pipe empty again");
      for (long userData : new long[] {1, 2, 4, 5}) {
        assertEquals(7, fixture.await(userData).result());
      }
      assertEquals(0, fixture.await(6L).result());
      assertEquals(-Errno.ETIME, fixture.await(7L).result());
      assertEquals(-Errno.ENOENT, fixture.await(8L).result());
      assertEquals("worker", read.getString(0));
      assertEquals("worker", received.getString(0));
    }
  }
}
