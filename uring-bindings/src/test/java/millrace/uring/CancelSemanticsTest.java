package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancellation: what is found, how much of it, and what the target reports. */
class CancelSemanticsTest {
  private static final long HOUR = 3_600_000_000_000L;
  private static final int ECANCELED = -Errno.ECANCELED;
  private static final Downcall MKFIFO = Downcall.ofInt("mkfifo", 2);

  /** Operations that wait for ever. */
  enum Waiting {
    READ {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.read(fixture.pipe()[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      }
    },
    POLL {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.pollAdd(fixture.pipe()[0], Libc.POLLIN);
      }
    },
    POLL_MULTISHOT {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.pollMultishot(fixture.pipe()[0], Libc.POLLIN);
      }
    },
    ACCEPT {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.accept(fixture.own(SocketPairs.listener()), 0, 0, 0);
      }
    },
    ACCEPT_MULTISHOT {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.multishotAccept(fixture.own(SocketPairs.listener()), 0);
      }
    },
    RECV {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
        entry.recv(pair[0], fixture.buffer(8), 8, 0);
      }
    },
    RECV_POLL_FIRST {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
        entry.recv(pair[0], fixture.buffer(8), 8, 0).pollFirst();
      }
    },
    TIMEOUT {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.timeout(fixture.timespec(HOUR), 0, 0);
      }
    },
    TIMEOUT_MULTISHOT {
      @Override
      void prepare(Sqe entry, RingFixture fixture) {
        entry.timeout(fixture.timespec(HOUR), 3, SqeFlags.TIMEOUT_MULTISHOT);
      }
    };

    abstract void prepare(Sqe entry, RingFixture fixture);
  }

  /** Mirrors liburing test/io-cancel.c, poll-cancel.c, accept.c, timeout.c, recv-multishot.c. */
  @ParameterizedTest
  @EnumSource
  void waitingOperationIsCancelledByItsUserDataOnce(Waiting operation) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      operation.prepare(fixture.next(1), fixture);
      fixture.next(2).cancel(1, 0);
      Outcomes.assertResults(fixture, ECANCELED, 0);
      // Not in the same submit: until its completion is posted the operation is still found.
      fixture.next(3).cancel(1, 0);
      Outcomes.assertResults(fixture, ECANCELED, 0, -Errno.ENOENT);
    }
  }

  /** Mirrors liburing test/poll-cancel-all.c, for every kind of operation. */
  @ParameterizedTest
  @EnumSource
  void allOperationsWithTheUserDataAreCancelledAndCounted(Waiting operation) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      for (int i = 0; i < 3; i++) {
        operation.prepare(fixture.next(1), fixture);
      }
      operation.prepare(fixture.next(2), fixture);
      fixture.next(3).cancel(1, SqeFlags.ASYNC_CANCEL_ALL);
      fixture.await(4);
      assertEquals(new Completion(3, 3, 0), fixture.await(3L));
      assertEquals(
          3, fixture.seen.stream().filter(new Completion(1, ECANCELED, 0)::equals).count());
    }
  }

  /** Mirrors liburing test/poll-cancel-all.c (ANY): it stands for all, also without ALL. */
  @Test
  void cancelOfAnyEndsEveryOperationAndCountsThem() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      Waiting.POLL.prepare(fixture.next(1), fixture);
      Waiting.TIMEOUT.prepare(fixture.next(2), fixture);
      fixture.next(3).cancel(0, SqeFlags.ASYNC_CANCEL_ANY);
      Outcomes.assertResults(fixture, ECANCELED, ECANCELED, 2);
      fixture.forget();
      fixture.next(1).cancel(0, SqeFlags.ASYNC_CANCEL_ANY);
      Outcomes.assertResults(fixture, 0);
    }
  }

  /** Mirrors liburing test/poll-cancel-all.c (nothing there). */
  @Test
  void cancelOfAllCountsNothingWhereAllIsQuiet() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).cancelAll();
      fixture.next(2).cancel(7, SqeFlags.ASYNC_CANCEL_ALL);
      fixture.next(3).cancel(7, 0);
      fixture.next(4).cancelFd(fixture.pipe()[0], SqeFlags.ASYNC_CANCEL_ALL);
      fixture.next(5).cancelFd(fixture.pipe()[0], 0);
      fixture.next(6).cancelFd(-1, 0);
      Outcomes.assertResults(fixture, 0, 0, -Errno.ENOENT, 0, -Errno.ENOENT, -Errno.EBADF);
    }
  }

  /** Mirrors liburing test/io-cancel.c (a chain). */
  @Test
  void cancelOfARunningMemberCancelsTheRestOfItsChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).nop().link();
      fixture.next(2).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(3).nop().link();
      fixture.next(4).nop();
      // What follows the head starts with the work that this enter runs.
      assertEquals(new Completion(1, 0, 0), fixture.await(1L));
      assertEquals(0, fixture.ring.getEvents());
      fixture.next(5).cancel(2, 0);
      Outcomes.assertResults(fixture, 0, ECANCELED, ECANCELED, ECANCELED, 0);
    }
  }

  /** Mirrors liburing test/io-cancel.c: what waits in a chain is not found, only its head is. */
  @Test
  void memberThatHasNotStartedIsNotFound() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).nop();
      fixture.next(3).cancel(2, 0);
      assertEquals(new Completion(3, -Errno.ENOENT, 0), fixture.await(3L));
      assertEquals(8, Libc.write(pipe[1], fixture.buffer(8), 8));
      Outcomes.assertResults(fixture, 8, 0, -Errno.ENOENT);
    }
  }

  /** Mirrors liburing test/cancel-race.c: data or cancellation, never both, never neither. */
  @Test
  void readThatRacesWithItsCancelReportsTheDataOrLeavesIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      long target = fixture.buffer(1);
      long source = fixture.buffer(1);
      for (int round = 0; round < 2000; round++) {
        fixture.forget();
        fixture.next(1).read(pipe[0], target, 1, Sqe.AT_FILE_POSITION);
        assertEquals(1, fixture.ring.submit());
        if (round % 2 == 0) {
          fixture.next(2).write(pipe[1], source, 1, Sqe.AT_FILE_POSITION);
          fixture.next(3).cancel(1, 0);
        } else {
          fixture.next(3).cancel(1, 0);
          fixture.next(2).write(pipe[1], source, 1, Sqe.AT_FILE_POSITION);
        }
        assertEquals(3, fixture.await(3).size());
        int read = fixture.await(1L).result();
        int cancel = fixture.await(3L).result();
        assertEquals(1, fixture.await(2L).result());
        if (read == 1) {
          assertTrue(cancel != 0, fixture::toString);
        } else {
          assertEquals(ECANCELED, read);
          assertEquals(0, cancel);
          assertEquals(1, Libc.read(pipe[0], target, 1), "the byte is still there");
        }
      }
    }
  }

  /** Mirrors liburing test/io-cancel.c (EALREADY): a worker inside a system call is interrupted. */
  @Test
  void operationThatRunsOnAWorkerAnswersEalreadyAndEndsInterrupted(@TempDir Path directory)
      throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      long path = fixture.path(directory.resolve("fifo"));
      assertEquals(0, MKFIFO.call(path, 0600));
      // Opening a FIFO to read blocks until somebody opens it to write; nobody does.
      fixture.next(1).openat(-1, path, Libc.O_RDONLY, 0).async();
      assertEquals(1, fixture.ring.submit());
      fixture.next(2).cancel(1, 0);
      int cancel = fixture.await(2L).result();
      int open = fixture.await(1L).result();
      // 0: the worker had not yet taken it.
      assertTrue(cancel == -Errno.EALREADY || cancel == 0, () -> Errno.describe(cancel));
      assertTrue(Errno.isInterrupted(open) || open == ECANCELED, () -> Errno.describe(open));
      assertEquals(2, fixture.seen.size());
    }
  }

  /** Mirrors liburing test/shutdown.c and accept.c: a close does not cancel, a cancel does. */
  @Test
  void closedDescriptorKeepsItsOperationsUntilTheyAreCancelled() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = new int[2];
      assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
      fixture.own(pipe[1]);
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      fixture.next(2).close(pipe[0]);
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready());
      fixture.next(3).cancel(1, 0);
      Outcomes.assertResults(fixture, ECANCELED, 0, 0);
    }
  }
}
