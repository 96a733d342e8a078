package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Readiness: events, edges, many descriptors. */
class PollSemanticsTest {

  /** Mirrors liburing test/poll.c and test/poll-v-poll.c. */
  @Test
  void pollReportsTheEventsThatPoll2Reports() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] readable = fixture.pipe();
      assertEquals(1, Libc.write(readable[1], fixture.buffer(1), 1));
      int[] closedWriter = new int[2];
      int[] closedReader = new int[2];
      assertEquals(0, Libc.pipe2(closedWriter, Libc.O_CLOEXEC));
      assertEquals(0, Libc.pipe2(closedReader, Libc.O_CLOEXEC));
      fixture.own(closedWriter[0]);
      fixture.own(closedReader[1]);
      assertEquals(0, Libc.close(closedWriter[1]));
      assertEquals(0, Libc.close(closedReader[0]));
      int[] halfClosed = fixture.socketPair(Libc.SOCK_STREAM);
      assertEquals(0, Libc.shutdown(halfClosed[1], Libc.SHUT_WR));

      fixture.next(1).pollAdd(readable[0], Libc.POLLIN | Libc.POLLOUT);
      fixture.next(2).pollAdd(readable[1], Libc.POLLIN | Libc.POLLOUT);
      fixture.next(3).pollAdd(closedWriter[0], Libc.POLLIN);
      fixture.next(4).pollAdd(closedReader[1], Libc.POLLOUT);
      fixture.next(5).pollAdd(halfClosed[0], Libc.POLLIN | Libc.POLLRDHUP);
      fixture.next(6).pollAdd(-1, Libc.POLLIN);
      Outcomes.assertResults(
          fixture,
          Libc.POLLIN,
          Libc.POLLOUT,
          Libc.POLLHUP,
          Libc.POLLOUT | Libc.POLLERR,
          Libc.POLLIN | Libc.POLLRDHUP,
          -Errno.EBADF);
    }
  }

  /** Mirrors liburing test/poll-many.c. */
  @Test
  void eachOfManyPollsIsTriggeredByItsOwnDescriptor() throws Exception {
    int count = 200;
    try (RingFixture fixture = RingFixture.open(256, 512)) {
      int[][] pipes = new int[count][];
      for (int i = 0; i < count; i++) {
        pipes[i] = fixture.pipe();
        fixture.next(i).pollAdd(pipes[i][0], Libc.POLLIN);
      }
      assertEquals(count, fixture.ring.submit());
      Set<Long> expected = new TreeSet<>();
      for (int i = count - 1; i >= 0; i -= 2) {
        assertEquals(1, Libc.write(pipes[i][1], fixture.buffer(1), 1));
        expected.add((long) i);
      }
      Set<Long> triggered = new TreeSet<>();
      for (Completion completion : fixture.await(count / 2)) {
        assertEquals(Libc.POLLIN, completion.result());
        assertTrue(triggered.add(completion.userData()), completion::toString);
      }
      assertEquals(expected, triggered);
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready());
    }
  }

  /** Mirrors liburing test/poll.c: a single poll looks at the level. */
  @Test
  void singlePollFindsDataThatWasThereBefore() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      for (int i = 1; i <= 3; i++) {
        fixture.next(i).pollAdd(pipe[0], Libc.POLLIN);
        assertEquals(new Completion(i, Libc.POLLIN, 0), fixture.await((long) i));
      }
    }
  }

  /** Mirrors liburing test/poll-mshot-update.c in its triggers: a multishot poll tells edges. */
  @Test
  void multishotPollTellsNewDataAndNotThatOldDataIsStillThere() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      fixture.next(1).pollMultishot(pipe[0], Libc.POLLIN);
      Completion readable = new Completion(1, Libc.POLLIN, CqeFlags.F_MORE);
      Outcomes.assertSequence(fixture, readable);
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready(), "nothing new, though the byte is unread");
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      Outcomes.assertSequence(fixture, readable, readable);
    }
  }

  /** Mirrors liburing test/poll-mshot-overflow.c (hang up) and test/pipe-eof.c. */
  @Test
  void multishotPollTellsThatThePeerHungUp() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = new int[2];
      assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
      fixture.own(pipe[0]);
      fixture.next(1).pollMultishot(pipe[0], Libc.POLLIN);
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, Libc.close(pipe[1]));
      Completion completion = fixture.await(1L);
      assertEquals(Libc.POLLHUP, completion.result() & Libc.POLLHUP);
    }
  }

  /** Mirrors liburing test/poll-cancel.c. */
  @Test
  void removedPollEndsOnceAndIsNotFoundAgain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollAdd(pipe[0], Libc.POLLIN);
      fixture.next(2).pollRemove(1);
      fixture.next(3).pollRemove(1);
      Outcomes.assertResults(fixture, -Errno.ECANCELED, 0, -Errno.ENOENT);
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready());
    }
  }

  /** Mirrors liburing test/poll-cancel.c: only polls are removed by pollRemove. */
  @Test
  void pollRemoveDoesNotFindOtherOperations() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      fixture.next(2).pollRemove(1);
      assertEquals(new Completion(2, -Errno.ENOENT, 0), fixture.await(2L));
      fixture.next(3).cancel(1, 0);
      Outcomes.assertResults(fixture, -Errno.ECANCELED, -Errno.ENOENT, 0);
    }
  }

  /** Mirrors liburing test/poll-ring.c. */
  @Test
  void ringIsReadableForAnotherOneWhenItHasCompletions() throws Exception {
    try (RingFixture watcher = RingFixture.open();
        RingFixture watched = RingFixture.open()) {
      watcher.next(1).pollAdd(watched.ring.fd(), Libc.POLLIN);
      assertEquals(1, watcher.ring.submit());
      assertEquals(0, watcher.ring.getEvents());
      assertEquals(0, watcher.completions.ready());
      watched.next(2).nop();
      assertEquals(1, watched.ring.submit());
      assertEquals(Libc.POLLIN, watcher.await(1L).result() & Libc.POLLIN);
      assertEquals(new Completion(2, 0, 0), watched.await(2L));
    }
  }

  /** Mirrors liburing test/poll-race.c: two polls of one descriptor are both told. */
  @Test
  void eachPollOfADescriptorIsTold() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      for (int i = 1; i <= 4; i++) {
        fixture.next(i).pollAdd(pipe[0], Libc.POLLIN);
      }
      assertEquals(4, fixture.ring.submit());
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      Outcomes.assertResults(fixture, Libc.POLLIN, Libc.POLLIN, Libc.POLLIN, Libc.POLLIN);
    }
  }
}
