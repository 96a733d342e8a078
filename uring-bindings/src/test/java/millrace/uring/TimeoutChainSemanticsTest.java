package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Timers as members of chains, and time limits of the entry before. */
class TimeoutChainSemanticsTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long HOUR = 3_600_000 * MILLISECOND;
  private static final int BAD_DESCRIPTOR = -1;
  private static final int ECANCELED = -Errno.ECANCELED;

  /** Mirrors liburing test/timeout.c (ETIME_SUCCESS). */
  @Test
  void elapsedTimerBreaksItsChainUnlessToldThatTimeIsSuccess() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long time = fixture.timespec(MILLISECOND);
      fixture.next(1).timeout(time, 0, 0).link();
      fixture.next(2).nop();
      fixture.next(3).timeout(time, 0, SqeFlags.TIMEOUT_ETIME_SUCCESS).link();
      fixture.next(4).nop();
      fixture.next(5).timeout(time, 0, 0).hardlink();
      fixture.next(6).nop();
      Outcomes.assertResults(fixture, -Errno.ETIME, ECANCELED, -Errno.ETIME, 0, -Errno.ETIME, 0);
    }
  }

  /** Mirrors liburing test/timeout.c (a timer that does not fail its chain). */
  @Test
  void timerThatReachesItsCountDoesNotBreakItsChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(HOUR), 1, 0).link();
      fixture.next(2).nop();
      fixture.next(3).nop();
      Outcomes.assertResults(fixture, 0, 0, 0);
    }
  }

  /** Mirrors liburing test/timeout.c (cancel of a linked timer). */
  @Test
  void removedTimerCancelsTheRestOfItsChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(HOUR), 0, 0).link();
      fixture.next(2).nop().link();
      fixture.next(3).nop();
      fixture.next(4).timeoutRemove(1, 0);
      Outcomes.assertResults(fixture, ECANCELED, ECANCELED, ECANCELED, 0);
    }
  }

  /** Mirrors liburing test/link-timeout.c (lone, and prior entry not linked). */
  @Test
  void timeLimitOfNothingIsRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long time = fixture.timespec(HOUR);
      fixture.next(1).linkTimeout(time, 0);
      fixture.next(2).nop();
      fixture.next(3).linkTimeout(time, 0);
      Outcomes.assertResults(fixture, -Errno.EINVAL, 0, -Errno.EINVAL);
    }
  }

  /** Mirrors liburing test/link-timeout.c (two in a row). */
  @Test
  void secondTimeLimitOfOneEntryIsRefusedWithItsChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long time = fixture.timespec(HOUR);
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).linkTimeout(time, 0).link();
      fixture.next(3).linkTimeout(time, 0);
      Outcomes.assertResults(fixture, ECANCELED, ECANCELED, -Errno.EINVAL);
    }
  }

  /** Mirrors liburing test/link-timeout.c (failed head). */
  @Test
  void timeLimitOfAnEntryThatFailsIsCancelled() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).read(BAD_DESCRIPTOR, fixture.buffer(8), 8, 0).link();
      fixture.next(2).linkTimeout(fixture.timespec(HOUR), 0);
      Outcomes.assertResults(fixture, -Errno.EBADF, ECANCELED);
    }
  }

  /** Mirrors liburing test/link-timeout.c (chain, the second entry has the limit). */
  @Test
  void timeLimitWithinAChainEndsItsEntryAndCancelsTheRest() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).nop().link();
      fixture.next(2).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(3).linkTimeout(fixture.timespec(MILLISECOND), 0).link();
      fixture.next(4).nop();
      Outcomes.assertResults(fixture, 0, ECANCELED, -Errno.ETIME, ECANCELED);
    }
  }

  /** Mirrors liburing test/link-timeout.c (chain that is in time). */
  @Test
  void chainGoesOnBehindATimeLimitThatWasKept() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).write(pipe[1], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).linkTimeout(fixture.timespec(HOUR), 0).link();
      fixture.next(3).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(4).linkTimeout(fixture.timespec(HOUR), 0);
      Outcomes.assertResults(fixture, 8, ECANCELED, 8, ECANCELED);
    }
  }

  /** Mirrors liburing test/link-timeout.c: the clock of a limit starts with its entry. */
  @Test
  void timeLimitDoesNotRunWhileItsEntryWaitsInTheChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      int flags = SqeFlags.TIMEOUT_ETIME_SUCCESS;
      fixture.next(1).timeout(fixture.timespec(20 * MILLISECOND), 0, flags).link();
      fixture.next(2).write(pipe[1], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(3).linkTimeout(fixture.timespec(10 * MILLISECOND), 0);
      Outcomes.assertResults(fixture, -Errno.ETIME, 8, ECANCELED);
    }
  }

  /** Mirrors liburing test/link-timeout.c (poll), test/accept-link.c and test/poll-link.c. */
  @Test
  void timeLimitEndsPollsAcceptsReceivesAndTimers() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long time = fixture.timespec(MILLISECOND);
      int listener = fixture.own(SocketPairs.listener());
      int socket = fixture.socketPair(Libc.SOCK_STREAM)[0];
      fixture.next(1).pollAdd(fixture.pipe()[0], Libc.POLLIN).link();
      fixture.next(2).linkTimeout(time, 0);
      fixture.next(3).accept(listener, 0, 0, 0).link();
      fixture.next(4).linkTimeout(time, 0);
      fixture.next(5).recv(socket, fixture.buffer(8), 8, 0).link();
      fixture.next(6).linkTimeout(time, 0);
      fixture.next(7).timeout(fixture.timespec(HOUR), 0, 0).link();
      fixture.next(8).linkTimeout(time, 0);
      Outcomes.assertResults(
          fixture,
          ECANCELED,
          -Errno.ETIME,
          ECANCELED,
          -Errno.ETIME,
          ECANCELED,
          -Errno.ETIME,
          ECANCELED,
          -Errno.ETIME);
    }
  }

  /** Mirrors liburing test/link-timeout.c (absolute): an instant of the past strikes at once. */
  @Test
  void timeLimitMayBeAnInstant() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).linkTimeout(fixture.timespec(1), SqeFlags.TIMEOUT_ABS);
      Outcomes.assertResults(fixture, ECANCELED, -Errno.ETIME);
    }
  }

  /** Mirrors liburing test/link-timeout.c: the operation and its limit end by one cancel. */
  @Test
  void cancelOfTheOperationEndsItsTimeLimitToo() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).linkTimeout(fixture.timespec(HOUR), 0);
      fixture.next(3).cancel(1, 0);
      Outcomes.assertResults(fixture, ECANCELED, ECANCELED, 0);
    }
  }

  /** Mirrors liburing test/link-timeout.c (a worker's operation). */
  @Test
  void timeLimitEndsAnOperationThatStartedOnAWorker() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).async().link();
      fixture.next(2).linkTimeout(fixture.timespec(MILLISECOND), 0);
      int read = fixture.await(1L).result();
      int limit = fixture.await(2L).result();
      assertTrue(read == ECANCELED || read == -Errno.EINTR, () -> Errno.describe(read));
      assertEquals(-Errno.ETIME, limit, () -> Errno.describe(limit));
      assertEquals(2, fixture.seen.size());
    }
  }
}
