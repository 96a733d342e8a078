package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Timers, time limits and polls that are changed while they wait. */
class UpdateSemanticsTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long HOUR = 3_600_000 * MILLISECOND;

  /** Mirrors liburing test/timeout.c (update). */
  @Test
  void timerWithANewTimeEndsByIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(HOUR), 0, 0);
      fixture.next(2).timeoutUpdate(fixture.timespec(MILLISECOND), 1, 0);
      Outcomes.assertResults(fixture, -Errno.ETIME, 0);
    }
  }

  /** Mirrors liburing test/timeout.c (update, absolute). */
  @Test
  void timerCanBeGivenAnInstant() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(HOUR), 0, 0);
      fixture.next(2).timeoutUpdate(fixture.timespec(1), 1, SqeFlags.TIMEOUT_ABS);
      Outcomes.assertResults(fixture, -Errno.ETIME, 0);
    }
  }

  /** Mirrors liburing test/timeout.c (update): what is postponed still waits. */
  @Test
  void timerCanBePostponed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(50 * MILLISECOND), 0, 0);
      fixture.next(2).timeoutUpdate(fixture.timespec(HOUR), 1, 0);
      fixture.next(3).timeout(fixture.timespec(60 * MILLISECOND), 0, 0);
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertEquals(new Completion(3, -Errno.ETIME, 0), fixture.await(3L));
      assertEquals(2, fixture.seen.size(), fixture::toString);
    }
  }

  /** Mirrors liburing test/timeout.c (update of nothing, invalid flags and times). */
  @Test
  void updateOfNothingOrToNonsenseFails() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long time = fixture.timespec(MILLISECOND);
      int bothClocks = SqeFlags.TIMEOUT_BOOTTIME | SqeFlags.TIMEOUT_REALTIME;
      fixture.next(1).timeoutUpdate(time, 99, 0);
      fixture.next(2).timeoutUpdate(time, 99, bothClocks);
      fixture.next(3).timeoutUpdate(0, 99, 0);
      fixture.next(4).linkTimeoutUpdate(time, 99, 0);
      Outcomes.assertResults(fixture, -Errno.ENOENT, -Errno.EINVAL, -Errno.EFAULT, -Errno.ENOENT);
    }
  }

  /** Mirrors liburing test/timeout.c (update of a linked timeout). */
  @Test
  void timeLimitOfAnOperationCanBeShortened() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).linkTimeout(fixture.timespec(HOUR), 0);
      assertEquals(2, fixture.ring.submit());
      fixture.next(3).timeoutUpdate(fixture.timespec(MILLISECOND), 2, 0);
      assertEquals(new Completion(3, -Errno.ENOENT, 0), fixture.await(3L), "it is no timer");
      fixture.forget();
      fixture.next(3).linkTimeoutUpdate(fixture.timespec(MILLISECOND), 2, 0);
      Outcomes.assertResults(fixture, -Errno.ECANCELED, -Errno.ETIME, 0);
    }
  }

  /** Mirrors liburing test/poll-mshot-update.c and test/poll-update-trigger.c. */
  @Test
  void pollWithNewEventsIsTriggeredByThem() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int socket = fixture.socketPair(Libc.SOCK_STREAM)[0];
      fixture.next(1).pollAdd(socket, Libc.POLLIN);
      assertEquals(1, fixture.ring.submit());
      fixture.next(2).pollUpdate(1, 0, Libc.POLLOUT, SqeFlags.POLL_UPDATE_EVENTS);
      Outcomes.assertResults(fixture, Libc.POLLOUT, 0);
    }
  }

  /** Mirrors liburing test/poll-mshot-update.c (user data). */
  @Test
  void pollWithNewUserDataCompletesWithIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollMultishot(pipe[0], Libc.POLLIN);
      fixture.next(2).pollUpdate(1, 7, 0, SqeFlags.POLL_UPDATE_USER_DATA);
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      Completion triggered = fixture.await(7L);
      assertEquals(Libc.POLLIN, triggered.result());
      fixture.next(3).pollUpdate(1, 8, 0, SqeFlags.POLL_UPDATE_USER_DATA);
      assertEquals(new Completion(3, -Errno.ENOENT, 0), fixture.await(3L), "the old one is gone");
    }
  }

  /** Mirrors liburing test/poll.c (flags): what a poll does not know is refused. */
  @Test
  void pollRefusesFlagsThatItDoesNotKnow() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      fixture.next(1).pollAdd(pipe[0], Libc.POLLIN, 1 << 14);
      fixture.next(2).pollUpdate(99, 0, Libc.POLLIN, 1 << 14);
      fixture.next(3).pollAdd(pipe[0], Libc.POLLIN, SqeFlags.POLL_ADD_MULTI).skipSuccessCqe();
      fixture.next(4).pollAdd(pipe[0], Libc.POLLIN, 0);
      Outcomes.assertResults(fixture, -Errno.EINVAL, -Errno.EINVAL, -Errno.EINVAL, Libc.POLLIN);
    }
  }

  /** Mirrors liburing test/poll.c (level-triggered), which this kernel may refuse. */
  @Test
  void levelTriggeredPollIsRefusedCleanlyOrToldOfTheLevel() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      int flags = SqeFlags.POLL_ADD_MULTI | SqeFlags.POLL_ADD_LEVEL;
      fixture.next(1).pollAdd(pipe[0], Libc.POLLIN, flags);
      Completion completion = fixture.await(1L);
      Completion refused = new Completion(1, -Errno.EINVAL, 0);
      Completion told = new Completion(1, Libc.POLLIN, CqeFlags.F_MORE);
      assertTrue(completion.equals(refused) || completion.equals(told), completion::toString);
    }
  }

  /** Mirrors liburing test/poll-cancel-all.c (keys combined). */
  @Test
  void cancelKeysNarrowEachOther() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int first = fixture.pipe()[0];
      int second = fixture.pipe()[0];
      fixture.next(1).pollAdd(first, Libc.POLLIN);
      fixture.next(2).pollAdd(first, Libc.POLLIN);
      fixture.next(2).pollAdd(second, Libc.POLLIN);
      fixture.next(3).read(second, fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      int all = SqeFlags.ASYNC_CANCEL_ALL;
      fixture.next(9).cancelFd(first, SqeFlags.ASYNC_CANCEL_USERDATA | all).address(2);
      fixture.await(2);
      assertEquals(new Completion(9, 1, 0), fixture.await(9L));
      assertEquals(new Completion(2, -Errno.ECANCELED, 0), fixture.await(2L));
      fixture.next(10).cancelOp(Opcode.READ, all);
      assertEquals(new Completion(10, 1, 0), fixture.await(10L));
      assertEquals(new Completion(3, -Errno.ECANCELED, 0), fixture.await(3L));
      fixture.next(11).cancelOp(Opcode.ACCEPT, all);
      assertEquals(new Completion(11, 0, 0), fixture.await(11L));
      fixture.next(12).cancelOp(Opcode.POLL_ADD, all);
      assertEquals(new Completion(12, 2, 0), fixture.await(12L));
      assertTrue(fixture.await(8).contains(new Completion(1, -Errno.ECANCELED, 0)));
    }
  }
}
