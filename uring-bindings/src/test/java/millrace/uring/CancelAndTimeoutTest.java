package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Chains, time limits and cancellation. */
class CancelAndTimeoutTest {
  private static final int NO_DESCRIPTOR = -1;
  private static final long MILLISECOND = 1_000_000;
  private static final long HOUR = 3_600_000 * MILLISECOND;

  @Test
  void linkedTimeoutCancelsAReadOfAnEmptyPipe() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      assertEquals(true, fixture.submissions.reserve(2));
      fixture.next(1).read(fixture.pipe()[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).linkTimeout(fixture.timespec(MILLISECOND), 0);
      assertEquals(2, fixture.ring.submit());
      assertEquals(new Completion(1, -Errno.ECANCELED, 0), fixture.await(1L));
      assertEquals(new Completion(2, -Errno.ETIME, 0), fixture.await(2L));
    }
  }

  @Test
  void linkedTimeoutIsCancelledByAnOperationThatIsFaster() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().link();
      fixture.next(2).linkTimeout(fixture.timespec(HOUR), 0);
      assertEquals(new Completion(1, 0, 0), fixture.await(1L));
      assertEquals(new Completion(2, -Errno.ECANCELED, 0), fixture.await(2L));
    }
  }

  @Test
  void chainIsBrokenByAFailure() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().link();
      fixture.next(2).read(NO_DESCRIPTOR, fixture.buffer(8), 8, 0).link();
      fixture.next(3).nop().link();
      fixture.next(4).nop();
      fixture.next(5).nop();
      fixture.await(5);
      assertEquals(new Completion(1, 0, 0), fixture.await(1L));
      assertEquals(new Completion(2, -Errno.EBADF, 0), fixture.await(2L));
      assertEquals(new Completion(3, -Errno.ECANCELED, 0), fixture.await(3L));
      assertEquals(new Completion(4, -Errno.ECANCELED, 0), fixture.await(4L));
      assertEquals(new Completion(5, 0, 0), fixture.await(5L));
    }
  }

  @Test
  void hardLinkedChainGoesOnAfterAFailure() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).read(NO_DESCRIPTOR, fixture.buffer(8), 8, 0).hardlink();
      fixture.next(2).nop();
      assertEquals(
          List.of(new Completion(1, -Errno.EBADF, 0), new Completion(2, 0, 0)), fixture.await(2));
    }
  }

  @Test
  void cancelByUserDataEndsThatOperationOnly() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      fixture.next(2).pollAdd(pipe[0], Libc.POLLIN);
      fixture.next(3).cancel(1, 0);
      fixture.next(4).cancel(99, 0);
      fixture.await(3);
      assertEquals(new Completion(1, -Errno.ECANCELED, 0), fixture.await(1L));
      assertEquals(new Completion(3, 0, 0), fixture.await(3L));
      assertEquals(new Completion(4, -Errno.ENOENT, 0), fixture.await(4L));
      assertEquals(3, fixture.seen.size());
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      assertEquals(new Completion(2, Libc.POLLIN, 0), fixture.await(2L));
    }
  }

  @Test
  void cancelByDescriptorEndsOneOrAllOfItsOperations() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int cancelled = fixture.pipe()[0];
      int other = fixture.pipe()[0];
      for (long userData = 1; userData <= 3; userData++) {
        fixture.next(userData).pollAdd(cancelled, Libc.POLLIN);
      }
      fixture.next(4).pollAdd(other, Libc.POLLIN);
      fixture.next(5).cancelFd(cancelled, 0);
      fixture.await(2);
      assertEquals(new Completion(5, 0, 0), fixture.await(5L));
      fixture.next(6).cancelFd(cancelled, SqeFlags.ASYNC_CANCEL_ALL);
      fixture.await(5);
      assertEquals(new Completion(6, 2, 0), fixture.await(6L));
      for (long userData = 1; userData <= 3; userData++) {
        assertEquals(new Completion(userData, -Errno.ECANCELED, 0), fixture.await(userData));
      }
      assertEquals(5, fixture.seen.size(), "the poll of the other descriptor goes on");
    }
  }

  @Test
  void cancelAllEndsEverythingAndCountsIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).read(fixture.pipe()[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      fixture.next(2).pollMultishot(fixture.pipe()[0], Libc.POLLIN);
      fixture.next(3).timeout(fixture.timespec(HOUR), 0, 0);
      fixture.next(4).cancelAll();
      fixture.await(4);
      assertEquals(new Completion(4, 3, 0), fixture.await(4L));
      for (long userData = 1; userData <= 3; userData++) {
        assertEquals(new Completion(userData, -Errno.ECANCELED, 0), fixture.await(userData));
      }
    }
  }

  @Test
  void timeoutEndsByTimeByCountOrByRemoval() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(MILLISECOND), 0, 0);
      assertEquals(new Completion(1, -Errno.ETIME, 0), fixture.await(1L));

      fixture.next(2).timeout(fixture.timespec(HOUR), 2, 0);
      fixture.next(3).nop();
      fixture.next(4).nop();
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));

      fixture.next(5).timeout(fixture.timespec(HOUR), 0, 0);
      fixture.next(6).timeoutRemove(5, 0);
      fixture.next(7).timeoutRemove(99, 0);
      assertEquals(new Completion(5, -Errno.ECANCELED, 0), fixture.await(5L));
      assertEquals(new Completion(6, 0, 0), fixture.await(6L));
      assertEquals(new Completion(7, -Errno.ENOENT, 0), fixture.await(7L));
    }
  }

  @Test
  void multishotTimeoutFiresAsOftenAsAsked() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(1000), 3, SqeFlags.TIMEOUT_MULTISHOT);
      assertEquals(
          List.of(
              new Completion(1, -Errno.ETIME, CqeFlags.F_MORE),
              new Completion(1, -Errno.ETIME, CqeFlags.F_MORE),
              new Completion(1, -Errno.ETIME, 0)),
          fixture.await(3));
    }
  }

  @Test
  void drainedEntryCompletesAfterAllBeforeIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      fixture.next(2).nop().drain();
      assertEquals(2, fixture.ring.submit());
      assertEquals(0, fixture.drain());
      assertEquals(4, Libc.write(pipe[1], fixture.buffer(4), 4));
      assertEquals(List.of(new Completion(1, 4, 0), new Completion(2, 0, 0)), fixture.await(2));
    }
  }

  @Test
  void skippedSuccessPostsNothingButAFailureDoes() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().skipSuccessCqe();
      fixture.next(2).read(NO_DESCRIPTOR, fixture.buffer(8), 8, 0).skipSuccessCqe();
      fixture.next(3).nop();
      assertEquals(
          List.of(new Completion(2, -Errno.EBADF, 0), new Completion(3, 0, 0)), fixture.await(2));
    }
  }
}
