package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which results end a chain, operation by operation: more than the manual says. */
class LinkStopRuleTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long HOUR = 3_600_000 * MILLISECOND;
  private static final int LARGE_BYTES = 64 << 20;
  private static final int FILE_BYTES = 10;
  private static final int BAD_DESCRIPTOR = 999_999;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int ECANCELED = -Errno.ECANCELED;

  @TempDir Path directory;

  private RingFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = RingFixture.open();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private int file() throws Exception {
    Path path = directory.resolve("file");
    Files.write(path, new byte[FILE_BYTES]);
    return fixture.own(FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDWR, 0));
  }

  /** Links a no-op to the entry, which is number 1, and tells what both end with. */
  private void assertStops(Sqe entry, int result) {
    assertChain(entry, result, ECANCELED);
  }

  private void assertGoesOn(Sqe entry, int result) {
    assertChain(entry, result, 0);
  }

  private void assertChain(Sqe entry, int result, int next) {
    entry.link();
    fixture.next(2).nop();
    Outcomes.assertResults(fixture, result, next);
    fixture.forget();
  }

  @Test
  void readsAndWritesOfAnotherNumberOfBytesThanAskedForEndAChain() throws Exception {
    int file = file();
    assertGoesOn(fixture.next(1).read(file, fixture.buffer(10), FILE_BYTES, 0), FILE_BYTES);
    assertStops(fixture.next(1).read(file, fixture.buffer(20), 20, 0), FILE_BYTES);
    assertStops(fixture.next(1).read(file, fixture.buffer(20), 20, FILE_BYTES), 0);
    assertGoesOn(fixture.next(1).read(file, fixture.buffer(20), 0, FILE_BYTES), 0);
    int pipeBytes = 1 << 16;
    long large = fixture.buffer(LARGE_BYTES);
    assertStops(
        fixture.next(1).write(fixture.pipe()[1], large, LARGE_BYTES, Sqe.AT_FILE_POSITION),
        pipeBytes);
  }

  /** Also sends: io_uring_prep_send(3) and io_uring_prep_recv(3) name MSG_WAITALL as the switch. */
  @Test
  void shortSendsEndAChainOnlyWithWaitall() throws Exception {
    int socket = fixture.tcpPair()[0];
    fixture.next(1).send(socket, fixture.buffer(LARGE_BYTES), LARGE_BYTES, 0).link();
    fixture.next(2).nop();
    int sent = fixture.await(1L).result();
    assertEquals(true, sent > 0 && sent < LARGE_BYTES, "sent " + sent);
    assertEquals(new Completion(2, 0, 0), fixture.await(2L));
  }

  @Test
  void theEndOfAStreamEndsAChainOnlyWithWaitall() throws Exception {
    int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
    assertEquals(0, Libc.shutdown(pair[1], Libc.SHUT_WR));
    assertGoesOn(fixture.next(1).recv(pair[0], fixture.buffer(8), 8, 0), 0);
    assertStops(fixture.next(1).recv(pair[0], fixture.buffer(8), 8, Libc.MSG_WAITALL), 0);
  }

  @Test
  void shortAndTruncatedDatagramsEndAChainWithWaitall() throws Exception {
    int[] pair = fixture.socketPair(Libc.SOCK_DGRAM);
    for (int bytes : new int[] {4, 40}) {
      assertEquals(bytes, Libc.send(pair[1], fixture.buffer(bytes), bytes, 0));
      assertGoesOn(fixture.next(1).recv(pair[0], fixture.buffer(8), 8, 0), Math.min(8, bytes));
      assertEquals(bytes, Libc.send(pair[1], fixture.buffer(bytes), bytes, 0));
      assertStops(
          fixture.next(1).recv(pair[0], fixture.buffer(8), 8, Libc.MSG_WAITALL),
          Math.min(8, bytes));
    }
  }

  /** Nothing in the manual says so: whoever relies on a sync must look at its result first. */
  @Test
  void failedSyncAndStatusDoNotEndAChain() throws Exception {
    int pipe = fixture.pipe()[0];
    assertGoesOn(fixture.next(1).fsync(pipe, false), -Errno.EINVAL);
    long missing = fixture.path(directory.resolve("missing"));
    long status = fixture.buffer(FileStat.BYTES);
    assertGoesOn(
        fixture.next(1).statx(Libc.AT_FDCWD, missing, 0, STATX_BASIC_STATS, status), -Errno.ENOENT);
    // A descriptor that is none is found out before the operation itself, and ends it.
    assertStops(fixture.next(1).fsync(BAD_DESCRIPTOR, false), -Errno.EBADF);
  }

  @Test
  void otherErrorsEndAChain() throws Exception {
    long missing = fixture.path(directory.resolve("missing"));
    assertStops(fixture.next(1).openat(Libc.AT_FDCWD, missing, 0, 0), -Errno.ENOENT);
    assertStops(fixture.next(1).accept(fixture.pipe()[0], 0, 0, 0), -Errno.ENOTSOCK);
    assertStops(fixture.next(1).close(BAD_DESCRIPTOR), -Errno.EBADF);
    assertStops(fixture.next(1).pollAdd(BAD_DESCRIPTOR, Libc.POLLIN), -Errno.EBADF);
  }

  /** What is copied in at submission is checked there, and fails the chain before it has begun. */
  @Test
  void argumentsThatAreRefusedAtSubmissionCancelWhatIsBeforeThemToo() throws Exception {
    long empty = fixture.buffer(8);
    int socket = fixture.socketPair(Libc.SOCK_STREAM)[0];
    Runnable[] entries = {
      () -> fixture.next(2).openat(Libc.AT_FDCWD, empty, 0, 0).link(),
      () -> fixture.next(2).sendmsg(socket, 1, 0).link(),
      () -> fixture.next(2).connect(socket, fixture.buffer(256), 200).link(),
      () -> fixture.next(2).accept(socket, 0, 0, 0x7f).link(),
    };
    int[] errors = {Errno.ENOENT, Errno.EFAULT, Errno.EINVAL, Errno.EINVAL};
    for (int index = 0; index < entries.length; index++) {
      fixture.next(1).nop().link();
      entries[index].run();
      fixture.next(3).nop();
      Outcomes.assertResults(fixture, ECANCELED, -errors[index], ECANCELED);
      fixture.forget();
    }
  }

  /** The link of the time limit does not count: it only keeps the chain together. */
  @ParameterizedTest(name = "link hard {0}, that of the time limit {1}")
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void theLinkOfTheEntryDecidesAndNotThatOfItsTimeLimit(boolean hard, boolean limitHard)
      throws Exception {
    int[] pipe = fixture.pipe();
    int rest = hard ? 0 : ECANCELED;
    int[][] results = {{ECANCELED, -Errno.ETIME}, {-Errno.EBADF, ECANCELED}, {4, ECANCELED}};
    for (int variant = 0; variant < results.length; variant++) {
      int descriptor = variant == 1 ? BAD_DESCRIPTOR : pipe[0];
      if (variant == 2) {
        assertEquals(4, Libc.write(pipe[1], fixture.buffer(4), 4));
      }
      fixture
          .next(1)
          .read(descriptor, fixture.buffer(8), 8, Sqe.AT_FILE_POSITION)
          .flags(hard ? SqeFlags.IO_HARDLINK : SqeFlags.IO_LINK);
      fixture
          .next(2)
          .linkTimeout(fixture.timespec(variant == 2 ? HOUR : MILLISECOND), 0)
          .flags(limitHard ? SqeFlags.IO_HARDLINK : SqeFlags.IO_LINK);
      fixture.next(3).nop().link();
      fixture.next(4).nop();
      Outcomes.assertResults(fixture, results[variant][0], results[variant][1], rest, rest);
      fixture.forget();
    }
  }

  /** By user data, by descriptor or all of them: what has not begun is in no list of the kernel. */
  @Test
  void cancelDoesNotFindWhatHasNotBegun() throws Exception {
    int[] pipe = fixture.pipe();
    int[] other = fixture.pipe();
    fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).link();
    fixture.next(2).read(other[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
    assertEquals(2, fixture.ring.submit());
    assertEquals(-Errno.ENOENT, fixture.run(fixture.submissions.next().cancel(2, 0)));
    assertEquals(
        0, fixture.run(fixture.submissions.next().cancelFd(other[0], SqeFlags.ASYNC_CANCEL_ALL)));
    assertEquals(8, Libc.write(pipe[1], fixture.buffer(8), 8));
    assertEquals(new Completion(1, 8, 0), fixture.await(1L));
    assertEquals(1, Libc.write(other[1], fixture.buffer(1), 1));
    assertEquals(new Completion(2, 1, 0), fixture.await(2L));
  }

  @Test
  void cancelOfOneThatIsHardLinkedLetsTheNextBegin() throws Exception {
    int[] pipe = fixture.pipe();
    fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION).hardlink();
    fixture.next(2).nop();
    assertEquals(2, fixture.ring.submit());
    fixture.next(3).cancel(1, 0);
    Outcomes.assertResults(fixture, ECANCELED, 0, 0);
  }
}
