package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Completions and files that a ring sends to another of the same thread, or to itself. */
class MessageRingTest {
  private static final int TABLE = 2;
  private static final int ALLOC = Sqe.FILE_INDEX_ALLOC;

  private RingFixture source;
  private RingFixture target;
  private long buffer;

  @BeforeEach
  void open() throws Exception {
    source = RingFixture.open();
    target = RingFixture.open();
    buffer = source.buffer(16);
  }

  @AfterEach
  void close() {
    source.close();
    target.close();
  }

  /** Mirrors liburing test/msg-ring.c. */
  @Test
  void ringSendsToItself() {
    source.next(1).msgRing(source.ring.fd(), 20, 300, 0);
    source.await(2);
    assertEquals(new Completion(1, 0, 0), source.await(1L));
    assertEquals(new Completion(300, 20, 0), source.await(300L));
  }

  @Test
  void messagesKeepTheirOrder() {
    for (int message = 0; message < 8; message++) {
      source.next(message).msgRing(target.ring.fd(), message, 100 + message, 0);
    }
    source.await(8);
    List<Completion> received = target.await(8);
    for (int message = 0; message < 8; message++) {
      assertEquals(new Completion(100 + message, message, 0), received.get(message));
    }
  }

  /** Mirrors liburing test/msg-ring-flags.c. */
  @Test
  void messageCarriesCompletionFlags() {
    int flags = 0x1234_0000 | CqeFlags.F_BUFFER;
    assertEquals(0, source.run(source.next(1).msgRingCqeFlags(targetFd(), 5, 6, 0, flags)));
    assertEquals(List.of(new Completion(6, 5, flags)), target.await(1));
    assertEquals(0x1234, CqeFlags.bufferId(target.seen.get(0).flags()));
  }

  @Test
  void messageWithUnknownFlagsIsRefused() {
    assertFailed(Errno.EINVAL, source.run(source.next(1).msgRing(targetFd(), 5, 6, 1 << 8)));
    assertFailed(Errno.EBADF, source.run(source.next(1).msgRing(-1, 5, 6, 0)));
  }

  /** Mirrors liburing test/fd-pass.c. */
  @Test
  void fileIsPassedToAnIndexOfTheTarget() {
    int[] pipe = registerPipe();
    target.registerFiles(TABLE);
    assertEquals(0, source.run(source.next(1).msgRingFd(targetFd(), 0, 1, 77, 0)));
    assertEquals(List.of(new Completion(77, 0, 0)), target.await(1));
    assertReads(1, pipe);
  }

  @Test
  void theTargetPicksAnIndexUntilItIsFull() {
    int[] pipe = registerPipe();
    target.registerFiles(TABLE);
    int first = source.run(source.next(1).msgRingFd(targetFd(), 0, ALLOC, 77, 0));
    assertEquals(List.of(new Completion(77, first, 0)), target.await(1));
    assertReads(first, pipe);
    int second = source.run(source.next(1).msgRingFdAlloc(targetFd(), 0, 77, 0));
    assertNotEquals(first, Results.succeeded(second));
    assertFailed(Errno.ENFILE, source.run(source.next(1).msgRingFd(targetFd(), 0, ALLOC, 77, 0)));
  }

  /** Mirrors liburing test/msg-ring-fd.c. */
  @Test
  void fileIsPassedInSilence() {
    int[] pipe = registerPipe();
    target.registerFiles(TABLE);
    int skip = SqeFlags.MSG_RING_CQE_SKIP;
    assertEquals(0, source.run(source.next(1).msgRingFd(targetFd(), 0, 1, 77, skip)));
    // Whatever was posted would come before this.
    assertEquals(0, target.run(target.next(1).nop()));
    assertEquals(1, target.seen.size());
    assertReads(1, pipe);
  }

  @Test
  void fileThatCannotBePassedIsRefused() {
    registerPipe();
    assertFailed(Errno.ENXIO, source.run(source.next(1).msgRingFd(targetFd(), 0, 0, 77, 0)));
    target.registerFiles(TABLE);
    assertFailed(Errno.EINVAL, source.run(source.next(1).msgRingFd(targetFd(), 0, 9, 77, 0)));
    assertFailed(Errno.EBADF, source.run(source.next(1).msgRingFd(targetFd(), 1, 0, 77, 0)));
    assertFailed(Errno.EINVAL, source.run(source.next(1).msgRingFd(source.ring.fd(), 0, 0, 77, 0)));
  }

  private int targetFd() {
    return target.ring.fd();
  }

  /** Makes the reading end of a pipe the first registered file of the source. */
  private int[] registerPipe() {
    int[] pipe = source.pipe();
    source.registerFiles(TABLE);
    long ends = source.arena.allocateFrom(ValueLayout.JAVA_INT, pipe[0]).address();
    assertEquals(1, source.run(source.next(1).filesUpdate(ends, 1, 0)));
    return pipe;
  }

  private void assertReads(int index, int[] pipe) {
    assertEquals(3, Libc.write(pipe[1], buffer, 3));
    assertEquals(3, target.run(target.next(1).read(index, buffer, 16, -1).fixedFile()));
  }
}
