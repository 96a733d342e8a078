package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Chains: order, what breaks one, and what it takes with it. */
class LinkSemanticsTest {
  private static final int BAD_DESCRIPTOR = -1;
  private static final int UNDEFINED_FLAG = 1 << 7;
  private static final int ECANCELED = -Errno.ECANCELED;

  /** Mirrors liburing test/link.c (single link). */
  @Test
  void linkedNoOpsCompleteInOrder() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().link();
      fixture.next(2).nop().link();
      fixture.next(3).nop();
      Outcomes.assertSequence(
          fixture, new Completion(1, 0, 0), new Completion(2, 0, 0), new Completion(3, 0, 0));
    }
  }

  /** Mirrors liburing test/link.c (double chain with a failure). */
  @Test
  void failureBreaksItsOwnChainAndNoOther() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().link();
      fixture.next(2).close(BAD_DESCRIPTOR).link();
      fixture.next(3).nop();
      fixture.next(4).nop().link();
      fixture.next(5).nop().link();
      fixture.next(6).nop();
      Outcomes.assertResults(fixture, 0, -Errno.EBADF, ECANCELED, 0, 0, 0);
    }
  }

  /** Mirrors liburing test/link.c (early failure and wait). */
  @Test
  void longChainBehindAFailedHeadIsCancelledToItsEnd() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).read(BAD_DESCRIPTOR, fixture.buffer(8), 8, 0).link();
      for (int i = 2; i < 9; i++) {
        fixture.next(i).nop().link();
      }
      fixture.next(9).nop();
      Outcomes.assertResults(
          fixture,
          -Errno.EBADF,
          ECANCELED,
          ECANCELED,
          ECANCELED,
          ECANCELED,
          ECANCELED,
          ECANCELED,
          ECANCELED,
          ECANCELED);
    }
  }

  static Stream<Arguments> brokenChains() {
    Stream.Builder<Arguments> chains = Stream.builder();
    for (boolean hard : new boolean[] {false, true}) {
      for (boolean behindABarrier : new boolean[] {false, true}) {
        for (int length = 2; length <= 4; length++) {
          for (int refused = 0; refused < length; refused++) {
            chains.add(Arguments.of(hard, behindABarrier, length, refused));
          }
        }
      }
    }
    return chains.build();
  }

  /** Mirrors liburing test/submit-link-fail.c. */
  @ParameterizedTest(name = "hard {0}, drain {1}, {2} entries, refused {3}")
  @MethodSource("brokenChains")
  void refusedEntryCancelsItsWholeChainAlsoWhatIsBeforeIt(
      boolean hard, boolean behindABarrier, int length, int refused) throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      if (behindABarrier) {
        fixture.next(9).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).drain();
      }
      int[] expected = new int[length + (behindABarrier ? 1 : 0)];
      for (int i = 0; i < length; i++) {
        Sqe entry = fixture.next(i + 1).nop();
        expected[i] = ECANCELED;
        if (i == refused) {
          entry.flags(UNDEFINED_FLAG);
          expected[i] = -Errno.EINVAL;
        }
        if (behindABarrier) {
          entry.drain();
        }
        if (i < length - 1) {
          entry.flags(hard ? SqeFlags.IO_HARDLINK : SqeFlags.IO_LINK);
        }
      }
      assertEquals(expected.length, fixture.ring.submit());
      if (behindABarrier) {
        assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
        assertEquals(new Completion(9, 1, 0), fixture.await(9L));
        fixture.await(expected.length);
        fixture.seen.remove(new Completion(9, 1, 0));
        expected = Arrays.copyOf(expected, length);
      }
      Outcomes.assertResults(fixture, expected);
    }
  }

  /** Mirrors liburing test/link.c in what a chain is for: one starts when the other is done. */
  @Test
  void readOfAPipeFindsWhatTheWriteBeforeItWrote() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      MemorySegment text = fixture.arena.allocateFrom("handed on");
      MemorySegment target = fixture.arena.allocate(16);
      fixture.next(1).write(pipe[1], text.address(), 10, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).read(pipe[0], target.address(), 10, Sqe.AT_FILE_POSITION);
      Outcomes.assertSequence(fixture, new Completion(1, 10, 0), new Completion(2, 10, 0));
      assertEquals("handed on", target.getString(0));
    }
  }

  /** Mirrors liburing test/poll-link.c. */
  @Test
  void entryBehindAPollStartsWhenThePollIsDone() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollAdd(pipe[0], Libc.POLLIN).link();
      fixture.next(2).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      assertEquals(2, fixture.ring.submit());
      assertEquals(0, fixture.drain());
      assertEquals(6, Libc.write(pipe[1], fixture.buffer(6), 6));
      Outcomes.assertSequence(fixture, new Completion(1, Libc.POLLIN, 0), new Completion(2, 6, 0));
    }
  }

  /** Mirrors liburing test/short-read.c, linked: a short read counts as a failure of the chain. */
  @Test
  void shortReadBreaksAChain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(4, Libc.write(pipe[1], fixture.buffer(4), 4));
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
      fixture.next(2).nop();
      Outcomes.assertResults(fixture, 4, ECANCELED);
    }
  }

  /** Mirrors liburing test/hardlink.c. */
  @Test
  void shortReadDoesNotBreakAHardLink() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(4, Libc.write(pipe[1], fixture.buffer(4), 4));
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).hardlink();
      fixture.next(2).read(BAD_DESCRIPTOR, fixture.buffer(8), 8, 0).hardlink();
      fixture.next(3).nop();
      Outcomes.assertSequence(
          fixture,
          new Completion(1, 4, 0),
          new Completion(2, -Errno.EBADF, 0),
          new Completion(3, 0, 0));
    }
  }

  /** Mirrors liburing test/link.c: a hard link that ends in a soft one is as soft as that. */
  @Test
  void eachEntryDecidesForItselfHowHardItsLinkIs() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).read(BAD_DESCRIPTOR, fixture.buffer(8), 8, 0).hardlink();
      fixture.next(2).read(BAD_DESCRIPTOR, fixture.buffer(8), 8, 0).link();
      fixture.next(3).nop();
      Outcomes.assertResults(fixture, -Errno.EBADF, -Errno.EBADF, ECANCELED);
    }
  }

  /** Mirrors liburing test/recv-msgall.c, linked: MSG_WAITALL decides what short means. */
  @Test
  void shortReceiveBreaksAChainOnlyWithWaitall() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
      assertEquals(4, Libc.send(pair[1], fixture.buffer(4), 4, 0));
      fixture.next(1).recv(pair[0], fixture.buffer(8), 8, 0).link();
      fixture.next(2).nop();
      Outcomes.assertResults(fixture, 4, 0);

      fixture.forget();
      assertEquals(4, Libc.send(pair[1], fixture.buffer(4), 4, 0));
      assertEquals(0, Libc.shutdown(pair[1], Libc.SHUT_WR));
      fixture.next(1).recv(pair[0], fixture.buffer(8), 8, Libc.MSG_WAITALL).link();
      fixture.next(2).nop();
      Outcomes.assertResults(fixture, 4, ECANCELED);
    }
  }

  /** Mirrors liburing test/link.c in reverse: a chain does not reach across submits. */
  @Test
  void chainEndsWithItsSubmit() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).read(BAD_DESCRIPTOR, fixture.buffer(8), 8, 0).link();
      assertEquals(1, fixture.ring.submit());
      fixture.next(2).nop();
      assertEquals(1, fixture.ring.submit());
      Outcomes.assertResults(fixture, -Errno.EBADF, 0);
    }
  }

  /** Mirrors liburing test/link.c with IOSQE_ASYNC on every entry. */
  @Test
  void chainThroughWorkersKeepsItsOrder() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      for (int i = 1; i <= 4; i++) {
        fixture.next(i).nop().async().link();
      }
      fixture.next(5).nop().async();
      Outcomes.assertSequence(
          fixture,
          new Completion(1, 0, 0),
          new Completion(2, 0, 0),
          new Completion(3, 0, 0),
          new Completion(4, 0, 0),
          new Completion(5, 0, 0));
    }
  }
}
