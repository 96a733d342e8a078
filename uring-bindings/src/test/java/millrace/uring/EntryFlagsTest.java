package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flags of entries as numbers, where other tests set them by a method. */
class EntryFlagsTest {
  private static final int GROUP = 3;

  private RingFixture ring;
  private long data;
  private long buffer;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    data = ring.arena.allocateFrom("data").address();
    buffer = ring.buffer(16);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  @Test
  void registeredFileIsMeantByItsIndex() throws Exception {
    int[] pipe = ring.pipe();
    RegisteredFiles.register(ring.ring, pipe[1], pipe[0]);
    assertEquals(4, ring.run(ring.next(1).write(0, data, 4, 0).flags(SqeFlags.FIXED_FILE)));
    assertEquals(4, ring.run(ring.next(1).read(1, buffer, 16, 0).flags(SqeFlags.FIXED_FILE)));
  }

  @Test
  void drainingEntryComesAfterAllBefore() {
    int[] pipe = ring.pipe();
    ring.next(1).read(pipe[0], buffer, 16, 0);
    ring.next(2).nop().flags(SqeFlags.IO_DRAIN);
    assertEquals(2, ring.ring.submit());
    assertEquals(0, ring.ring.getEvents());
    assertEquals(0, ring.drain(), "the second waits for the first");
    assertEquals(4, Libc.write(pipe[1], data, 4));
    Outcomes.assertSequence(ring, new Completion(1, 4, 0), new Completion(2, 0, 0));
  }

  @Test
  void providedBufferIsChosenByTheGroupInTheFieldOfTheIndex() throws Exception {
    int[] pair = ring.socketPair(Libc.SOCK_STREAM);
    try (ProvidedBufferRing group = ProvidedBufferRing.register(ring.ring, GROUP, 1)) {
      group.add(buffer, 16, 9);
      group.publish();
      assertEquals(4, Libc.send(pair[1], data, 4, 0));
      ring.next(1).recv(pair[0], 0, 0, 0).flags(SqeFlags.BUFFER_SELECT).bufferIndex(GROUP);
      Completion received = ring.await(1L);
      assertEquals(4, received.result());
      assertEquals(9, CqeFlags.bufferId(received.flags()));
    }
  }

  @Test
  void cancelKeysMayBeNamedThatTheMethodSetsAnyway() {
    int[] pipe = ring.pipe();
    ring.next(1).pollAdd(pipe[0], Libc.POLLIN);
    ring.next(2).cancelFd(pipe[0], SqeFlags.ASYNC_CANCEL_FD);
    Outcomes.assertResults(ring, -Errno.ECANCELED, 0);
    ring.forget();
    ring.next(1).pollAdd(pipe[0], Libc.POLLIN);
    ring.next(2).cancelOp(Opcode.POLL_ADD, SqeFlags.ASYNC_CANCEL_OP);
    Outcomes.assertResults(ring, -Errno.ECANCELED, 0);
  }

  @Test
  void receiveAndAcceptThatWaitFirstAreServedWhenThereIsSomething() throws Exception {
    int[] pair = ring.socketPair(Libc.SOCK_STREAM);
    ring.next(1).recv(pair[0], buffer, 16, 0).ioprio(SqeFlags.RECVSEND_POLL_FIRST);
    assertEquals(1, ring.ring.submit());
    assertEquals(4, Libc.send(pair[1], data, 4, 0));
    assertEquals(4, ring.await(1L).result());
    ring.forget();
    int listener = ring.own(SocketPairs.listener());
    ring.next(1).accept(listener, 0, 0, 0).ioprio(SqeFlags.ACCEPT_POLL_FIRST);
    assertEquals(1, ring.ring.submit());
    ring.own(SocketPairs.connect(listener));
    ring.own(ring.await(1L).result());
    ring.forget();
    ring.next(2).accept(listener, 0, 0, 0).ioprio(SqeFlags.ACCEPT_MULTISHOT);
    for (int connection = 1; connection <= 2; connection++) {
      ring.own(SocketPairs.connect(listener));
      Completion accepted = ring.await(connection).get(connection - 1);
      ring.own(accepted.result());
      assertEquals(CqeFlags.F_MORE, accepted.flags());
    }
  }

  /** Mirrors liburing test/send-zerocopy.c: registered buffers, and whether data was copied. */
  @Test
  void zeroCopySendOfARegisteredBufferTellsThatItWasCopied() throws Exception {
    int[] pair = ring.tcpPair();
    MemorySegment memory = ring.arena.allocate(4096, 4096);
    RegisteredBuffers.register(ring.ring, memory);
    int flags = SqeFlags.RECVSEND_FIXED_BUF | SqeFlags.SEND_ZC_REPORT_USAGE;
    ring.next(1).sendZc(pair[0], memory.address(), 64, 0, flags).bufferIndex(0);
    ring.next(2).recv(pair[1], buffer, 16, 0);
    ring.await(3);
    assertTrue(ring.seen.contains(new Completion(1, 64, CqeFlags.F_MORE)), ring::toString);
    // The loopback has no hardware that could read it later.
    assertTrue(
        ring.seen.contains(new Completion(1, CqeFlags.NOTIF_USAGE_ZC_COPIED, CqeFlags.F_NOTIF)),
        ring::toString);
  }

  /** Mirrors liburing test/vec-regbuf.c and test/send-zerocopy.c: iovecs without a header. */
  @Test
  void sendTakesIovecsOrRefusesCleanly() {
    int[] pair = ring.socketPair(Libc.SOCK_STREAM);
    MemorySegment iovecs = ring.arena.allocate(2L * Iovec.BYTES, 8);
    Iovec.set(iovecs, 0, data, 2);
    Iovec.set(iovecs, 1, data, 4);
    int sent =
        ring.run(
            ring.next(1).send(pair[0], iovecs.address(), 2, 0).ioprio(SqeFlags.SEND_VECTORIZED));
    if (sent == -Errno.EINVAL) {
      abort("refused cleanly: sends of iovecs need Linux 6.17");
    }
    assertEquals(6, sent);
    assertEquals(6, ring.run(ring.next(1).recv(pair[1], buffer, 16, 0)));
  }

  @Test
  void messageWithFlagsForItsCompletionMayNameTheBit() throws Exception {
    try (RingFixture target = RingFixture.open()) {
      int pass = SqeFlags.MSG_RING_FLAGS_PASS;
      int flags = CqeFlags.ofBuffer(5);
      ring.next(1).msgRingCqeFlags(target.ring.fd(), 7, 8, pass, flags);
      assertEquals(0, ring.await(1L).result());
      assertEquals(List.of(new Completion(8, 7, flags)), target.await(1));
    }
  }

  /** Mirrors liburing test/nop.c and test/nop-flags.c. */
  @Test
  void nopLooksUpWhatItIsTold() throws Exception {
    int[] pipe = ring.pipe();
    int fixedFile = SqeFlags.NOP_FILE | SqeFlags.NOP_FIXED_FILE;
    assertFailed(Errno.EBADF, ring.run(ring.next(1).nop(0, 0, fixedFile)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).nop(-1, 0, SqeFlags.NOP_FILE)));
    RegisteredFiles.register(ring.ring, pipe[0]);
    assertEquals(0, ring.run(ring.next(1).nop(0, 0, fixedFile)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).nop(1, 0, fixedFile)));
    int fixedBuffer = SqeFlags.NOP_FIXED_BUFFER;
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).nop(-1, 0, fixedBuffer).bufferIndex(0)));
    RegisteredBuffers.register(ring.ring, ring.arena.allocate(4096, 4096));
    assertEquals(0, ring.run(ring.next(1).nop(-1, 0, fixedBuffer).bufferIndex(0)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).nop(-1, 0, fixedBuffer).bufferIndex(1)));
  }

  @Test
  void nopCompletesByTaskWorkOrIsRefusedCleanly() {
    int injected = SqeFlags.NOP_TW | SqeFlags.NOP_INJECT_RESULT;
    int result = ring.run(ring.next(1).nop(-1, 42, injected));
    assertTrue(result == 42 || result == -Errno.EINVAL, () -> Errno.describe(result));
  }

  /** Mirrors liburing test/nop32.c: a ring of small completions cannot have a large one. */
  @Test
  void largeCompletionOfASmallRingIsRefused() {
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).nop(-1, 0, SqeFlags.NOP_CQE32)));
  }

  @Test
  void commandFlagsThatExcludeOneAnotherAreRefused() throws Exception {
    int[] pair = ring.tcpPair();
    int both = SqeFlags.URING_CMD_FIXED | SqeFlags.URING_CMD_MULTISHOT;
    for (int flags : new int[] {both, SqeFlags.URING_CMD_MULTISHOT, 1 << 20}) {
      Sqe command = ring.next(1).uringCmd(SocketCommands.SIOCINQ, pair[0]).operationFlags(flags);
      assertFailed(Errno.EINVAL, ring.run(command));
    }
    // The command itself knows no buffer.
    assertEquals(
        0,
        ring.run(
            ring.next(1)
                .uringCmd(SocketCommands.SIOCINQ, pair[0])
                .operationFlags(SqeFlags.URING_CMD_FIXED)));
  }

  /** Mirrors liburing test/timeout.c (immediate arguments). */
  @Test
  void timeIsGivenWithoutATimespecOrRefusedCleanly() {
    long start = System.nanoTime();
    int immediate = SqeFlags.TIMEOUT_IMMEDIATE_ARG;
    int result = ring.run(ring.next(1).timeout(2_000_000, 0, immediate));
    if (result == -Errno.EINVAL) {
      assertFailed(Errno.EINVAL, ring.run(ring.next(1).timeout(1, 0, immediate)));
      ring.forget();
      // A limit that is refused takes its operation with it.
      ring.next(1).read(ring.pipe()[0], buffer, 16, 0).link();
      ring.next(2).linkTimeout(2_000_000, immediate);
      Outcomes.assertResults(ring, -Errno.ECANCELED, -Errno.EINVAL);
      abort("refused cleanly: immediate times need Linux 7.1");
    }
    assertFailed(Errno.ETIME, result);
    assertTrue(System.nanoTime() - start >= 2_000_000, "too early");
    ring.forget();
    ring.next(1).read(ring.pipe()[0], buffer, 16, 0).link();
    ring.next(2).linkTimeout(2_000_000, immediate);
    Outcomes.assertResults(ring, -Errno.ECANCELED, -Errno.ETIME);
  }
}
