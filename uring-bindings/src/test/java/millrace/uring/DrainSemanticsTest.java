package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Barriers in the submission queue. */
class DrainSemanticsTest {

  /** A ring with a read that waits (user data 9), so that a barrier behind it has to wait too. */
  private static final class Clogged implements AutoCloseable {
    final RingFixture fixture = RingFixture.open();
    private final int[] pipe = fixture.pipe();

    Clogged() throws UringException {
      fixture.next(9).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
    }

    void assertNothingCompletes(int submitted) {
      assertEquals(submitted, fixture.ring.submit());
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.drain());
    }

    void unclog() {
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
    }

    @Override
    public void close() {
      fixture.close();
    }
  }

  /** Mirrors liburing test/defer.c. */
  @Test
  void whatComesAfterABarrierWaitsForTheBarrier() throws Exception {
    try (Clogged clogged = new Clogged()) {
      clogged.fixture.next(1).nop().drain();
      clogged.fixture.next(2).nop();
      clogged.assertNothingCompletes(3);
      clogged.fixture.next(3).nop();
      clogged.assertNothingCompletes(1);
      clogged.unclog();
      Outcomes.assertSequence(
          clogged.fixture,
          new Completion(9, 1, 0),
          new Completion(1, 0, 0),
          new Completion(2, 0, 0),
          new Completion(3, 0, 0));
    }
  }

  /** Mirrors liburing test/link_drain.c (a chain behind a barrier). */
  @Test
  void chainWhoseHeadIsABarrierRunsAsAWholeAfterIt() throws Exception {
    try (Clogged clogged = new Clogged()) {
      clogged.fixture.next(1).nop().drain().link();
      clogged.fixture.next(2).nop().link();
      clogged.fixture.next(3).nop();
      clogged.fixture.next(4).nop();
      clogged.assertNothingCompletes(5);
      clogged.unclog();
      Outcomes.assertSequence(
          clogged.fixture,
          new Completion(9, 1, 0),
          new Completion(1, 0, 0),
          new Completion(2, 0, 0),
          new Completion(3, 0, 0),
          new Completion(4, 0, 0));
    }
  }

  /** Mirrors liburing test/link_drain.c (a barrier within a chain). */
  @Test
  void barrierWithinAChainHoldsTheWholeChain() throws Exception {
    try (Clogged clogged = new Clogged()) {
      clogged.fixture.next(1).nop().link();
      clogged.fixture.next(2).nop().drain().link();
      clogged.fixture.next(3).nop();
      clogged.assertNothingCompletes(4);
      clogged.unclog();
      Outcomes.assertSequence(
          clogged.fixture,
          new Completion(9, 1, 0),
          new Completion(1, 0, 0),
          new Completion(2, 0, 0),
          new Completion(3, 0, 0));
    }
  }

  /** Mirrors liburing test/defer.c: a failure releases a barrier like a success. */
  @Test
  void cancelledOperationReleasesTheBarrierBehindIt() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).timeout(fixture.timespec(1_000_000), 0, 0);
      fixture.next(2).nop().drain();
      Outcomes.assertSequence(fixture, new Completion(1, -Errno.ETIME, 0), new Completion(2, 0, 0));
    }
  }

  /** Mirrors liburing test/skip-cqe.c: barriers count completions, so there must be one. */
  @Test
  void barrierIsRefusedOnceCompletionsWereSkipped() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(1).nop().skipSuccessCqe();
      fixture.next(2).nop().drain();
      Outcomes.assertSequence(fixture, new Completion(2, -Errno.EOPNOTSUPP, 0));
    }
  }
}
