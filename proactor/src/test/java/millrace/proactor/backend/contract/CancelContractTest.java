package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Cancels of each kind of operation that waits, at each moment of its life, and closes after. */
@BackendContract
class CancelContractTest extends EndContract {

  private static final int TIMES_IN_VAIN = 300;
  private static final long SOME_TIME_NANOS = 1_000_000_000;
  private static final int MORE_THAN_THE_QUEUE_HOLDS = 20;

  /** A member that waits, cancelled before its time has come, under way, and with one behind it. */
  @Test
  void whatWaitsInAChainEndsWhenItIsCancelled() throws Exception {
    int[] gate = peers.connection();
    for (OperationKind kind : WAITING) {
      if (kind.isMultishot()) {
        continue;
      }
      for (long timeout : timeouts(kind)) {
        Operation first = prepare(OperationKind.RECEIVE, gate[0], 0);
        long[] before =
            fixture.submitChain(first, prepare(kind, descriptorOf(kind), timeout), nop());
        fixture.letWait(before);
        fixture.cancel(before[1]);
        fixture.letWait(before);
        peers.write(gate[1], "go");
        assertEnds(kind, before, "2", "ECANCELED", "ECANCELED");

        long[] at = fixture.submitChain(nop(), prepare(kind, descriptorOf(kind), timeout), nop());
        fixture.await(at[0]);
        fixture.letWait(at[1], at[2]);
        fixture.cancel(at[1]);
        assertEnds(kind, at, "0", "ECANCELED", "ECANCELED");

        Operation hard = prepare(kind, descriptorOf(kind), timeout);
        hard.hardLink = true;
        Operation next = prepare(kind, descriptorOf(kind), timeout);
        next.hardLink = true;
        long[] behind = fixture.submitChain(hard, next, nop());
        fixture.letWait(behind);
        fixture.cancel(behind[1]);
        fixture.letWait(behind);
        fixture.cancel(behind[0]);
        assertEnds(kind, behind, "ECANCELED", "ECANCELED", "0");
      }
    }
  }

  private void assertEnds(OperationKind kind, long[] chain, String... results) throws Exception {
    for (int index = 0; index < chain.length; index++) {
      fixture.await(chain[index]);
      String member = kind + ", member " + index;
      assertEquals(results[index], fixture.last(chain[index]).toString(), member);
    }
  }

  @Test
  void aDescriptorIsClosedOnceWhatWaitsOnItIsCancelled() throws Exception {
    for (OperationKind kind : WAITING) {
      for (boolean early : new boolean[] {true, false}) {
        int descriptor = peers.forget(closable(kind));
        long waiting = submit(kind, descriptor, 0);
        if (!early) {
          fixture.letWait(waiting);
        }
        fixture.backend.cancelDescriptor(descriptor);
        assertEquals("ECANCELED", fixture.error(waiting), kind.toString());
        assertEquals(0, fixture.await(fixture.submit(OperationKind.CLOSE, descriptor)));
        assertFalse(peers.surroundings.isOpen(descriptor));
        assertEquals("EBADF", fixture.error(submit(kind, descriptor, 0)), kind.toString());
      }
      if (!kind.isMultishot()) {
        int descriptor = peers.forget(closable(kind));
        Operation waiting = prepare(kind, descriptor, 0);
        waiting.hardLink = true;
        Operation close = fixture.prepare(OperationKind.CLOSE, descriptor, operation -> {});
        long[] chain = fixture.submitChain(waiting, close, nop());
        fixture.letWait(chain);
        fixture.cancel(chain[0]);
        assertEnds(kind, chain, "ECANCELED", "0", "0");
        assertFalse(peers.surroundings.isOpen(descriptor));
      }
    }
  }

  /** One of its own, on which an operation of that kind waits. */
  private int closable(OperationKind kind) {
    return switch (kind) {
      case READ, POLL -> peers.pipe()[0];
      case WRITE -> {
        int writer = peers.pipe()[1];
        assertEquals(1 << 16, peers.surroundings.write(writer, buffer));
        yield writer;
      }
      case ACCEPT, ACCEPT_MULTISHOT -> peers.listener();
      case CONNECT -> peers.socket(Libc.SOCK_STREAM);
      case SEND, SEND_MESSAGE -> full(peers.connection()[0]);
      default -> peers.connection()[0];
    };
  }

  @Test
  void whatWaitsEndsWhenItIsCancelled() throws Exception {
    for (OperationKind kind : WAITING) {
      for (long timeout : timeouts(kind)) {
        long waiting = submit(kind, descriptorOf(kind), timeout);
        fixture.letWait(waiting);
        fixture.cancel(waiting);
        assertEquals("ECANCELED", fixture.error(waiting), kind.toString());
        long early = submit(kind, descriptorOf(kind), timeout);
        fixture.cancel(early);
        assertEquals("ECANCELED", fixture.error(early), kind + ", in the turn of its submission");
      }
    }
    assertEquals(0, fixture.table.inFlight());
  }

  @Test
  void manyCancelsOfOneOperationEndItOnceAndNothingElse() throws Exception {
    for (OperationKind kind : WAITING) {
      int descriptor = descriptorOf(kind);
      long waiting = submit(kind, descriptor, 0);
      fixture.letWait(waiting);
      fixture.cancel(waiting);
      fixture.cancel(waiting);
      fixture.backend.cancelDescriptor(descriptor);
      fixture.backend.cancelAll();
      fixture.cancel(waiting);
      assertEquals("ECANCELED", fixture.error(waiting), kind.toString());
      long next = submit(kind, descriptorOf(kind), 0);
      fixture.letWait(next);
      fixture.cancel(next);
      assertEquals("ECANCELED", fixture.error(next), kind.toString());
    }
  }

  @Test
  void whatIsCancelledWhileTheQueueIsFullEnds() throws Exception {
    for (OperationKind kind : WAITING) {
      int descriptor = descriptorOf(kind);
      List<Long> waiting = new ArrayList<>();
      for (int count = 0; count < MORE_THAN_THE_QUEUE_HOLDS; count++) {
        waiting.add(
            submit(kind, kind == OperationKind.CONNECT ? descriptorOf(kind) : descriptor, 0));
        fixture.submit(OperationKind.NOP, -1);
      }
      waiting.forEach(fixture::cancel);
      for (long token : waiting) {
        assertEquals("ECANCELED", fixture.error(token), kind.toString());
      }
      fixture.turnUntil("the no-ops", () -> fixture.table.inFlight() == 0);
    }
  }

  @Test
  void aCancelledCloseHasClosedOrNot() throws Exception {
    for (OperationKind kind : WAITING) {
      int descriptor = peers.forget(closable(kind));
      long close = fixture.submit(OperationKind.CLOSE, descriptor);
      fixture.cancel(close);
      boolean closed = fixture.await(close) == 0;
      assertTrue(closed || "ECANCELED".equals(fixture.error(close)), kind.toString());
      assertEquals(!closed, peers.surroundings.isOpen(descriptor), kind.toString());
      if (!closed) {
        peers.keep(descriptor);
      }
    }
  }

  /** After many of them io_uring lets a worker thread wait, whom a cancel only interrupts. */
  @Test
  void whatWasWokenInVainManyTimesEndsAsWell() throws Exception {
    for (long timeout : new long[] {0, BackendFixture.HOUR_NANOS, SOME_TIME_NANOS}) {
      // Once it is with the worker thread, that takes what comes: so it is woken less often.
      int times = TIMES_IN_VAIN;
      long waiting;
      do {
        waiting = submit(OperationKind.RECEIVE, quietPair[0], timeout);
        fixture.letWait(waiting);
        times = wakeInVain(waiting, times);
      } while (fixture.hasEnded(waiting));
      if (timeout != SOME_TIME_NANOS) {
        fixture.cancel(waiting);
      }
      assertEquals(timeout == SOME_TIME_NANOS ? "ETIME" : "ECANCELED", fixture.error(waiting));
    }
  }

  /** At most so many times, until {@code receive} is first: how many it was not. */
  private int wakeInVain(long receive, int mostTimes) throws Exception {
    BufferSlice taken = BufferSlice.unpooled(1);
    for (int times = 0; times < mostTimes; times++) {
      peers.write(quietPair[1], "x");
      while (peers.surroundings.receive(quietPair[0], taken, Libc.MSG_DONTWAIT) != 1) {
        fixture.turn(BackendFixture.MOMENT_NANOS, 100);
        if (fixture.hasEnded(receive)) {
          return times;
        }
      }
      fixture.turn(0, 100);
    }
    return mostTimes;
  }

  @Test
  void aCancelBehindDataReportsTheData() throws Exception {
    peers.write(emptyPipe[1], "data");
    long read = submit(OperationKind.READ, emptyPipe[0], 0);
    fixture.cancel(read);
    assertEquals(4, fixture.await(read));
    peers.write(quietPair[1], "first");
    assertEquals(Libc.POLLIN, peers.surroundings.poll(quietPair[0], Libc.POLLIN, 60_000));
    long receive = submit(OperationKind.RECEIVE, quietPair[0], 0);
    fixture.cancel(receive);
    assertEquals(5, fixture.await(receive));
  }

  @Test
  void cancelDescriptorEndsAllOnItAndNoOther() throws Exception {
    List<Long> on = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      on.add(submit(OperationKind.RECEIVE, fullPair[0], i == 0 ? BackendFixture.HOUR_NANOS : 0));
      on.add(submit(OperationKind.SEND, fullPair[0], 0));
    }
    long other = submit(OperationKind.RECEIVE, quietPair[0], 0);
    fixture.letWait(on.get(0), on.get(5), other);
    fixture.backend.cancelDescriptor(fullPair[0]);
    for (long token : on) {
      assertEquals("ECANCELED", fixture.error(token));
    }
    assertFalse(fixture.hasEnded(other));
    fixture.backend.cancelDescriptor(999_999);
    fixture.backend.cancelDescriptor(-1);
    fixture.letWait(other);
    long next = submit(OperationKind.RECEIVE, fullPair[0], 0);
    fixture.letWait(next);
    peers.write(fullPair[1], "goes on");
    assertEquals(7, fixture.await(next));
  }

  @Test
  void cancelAllEndsAllButCloses() throws Exception {
    List<Long> tokens = new ArrayList<>();
    for (OperationKind kind : WAITING) {
      tokens.add(submit(kind, descriptorOf(kind), 0));
    }
    fixture.letWait(tokens.get(0), tokens.get(8));
    int closed = peers.forget(peers.pipe()[0]);
    long close = fixture.submit(OperationKind.CLOSE, closed);
    fixture.backend.cancelAll();
    assertEquals(0, fixture.await(close));
    for (long token : tokens) {
      assertEquals("ECANCELED", fixture.error(token));
    }
    assertFalse(peers.surroundings.isOpen(closed));
  }

  @Test
  void cancelledFileOperationsTellTheirResultOrThatTheyWereCancelled() throws Exception {
    Path path = file("x".repeat(1000));
    int file = peers.keep(peers.surroundings.open(path, Libc.O_RDWR));
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      BufferSlice data = Peers.slice("%04d".formatted(i));
      tokens.add(fixture.transfer(OperationKind.WRITE, file, data, 4L * i));
    }
    fixture.turn(0, 3);
    tokens.forEach(fixture::cancel);
    for (int i = 0; i < 30; i++) {
      int result = fixture.await(tokens.get(i));
      assertTrue(result == 4 || result == -Errno.ECANCELED || result == -Errno.EINTR);
    }
    String content = new String(peers.surroundings.readFile(path), StandardCharsets.US_ASCII);
    for (int i = 0; i < 30; i++) {
      if (fixture.last(tokens.get(i)).result() == 4) {
        assertEquals("%04d".formatted(i), content.substring(4 * i, 4 * i + 4));
      }
    }
    assertEquals(1000, content.length());
  }

  @Test
  void aCloseBehindOperationsOnTheFileComesAfterThem() throws Exception {
    Path path = file("");
    for (int round = 0; round < 20; round++) {
      int file = peers.surroundings.open(path, Libc.O_RDWR);
      List<Long> writes = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        writes.add(
            fixture.transfer(OperationKind.WRITE, file, BufferSlice.unpooled(1 << 16), 65536L * i));
      }
      for (long write : writes) {
        assertEquals(1 << 16, fixture.await(write));
      }
      assertEquals(0, fixture.await(fixture.submit(OperationKind.CLOSE, file)));
    }
    assertEquals(5 << 16, peers.surroundings.readFile(path).length);
  }
}
