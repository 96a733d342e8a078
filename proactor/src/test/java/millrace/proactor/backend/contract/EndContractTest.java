package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cancels and deadlines: of each kind of operation that waits, and at each moment of its life. */
@BackendContract
class EndContractTest {

  private static final Set<OperationKind> WAITING =
      EnumSet.of(
          OperationKind.READ,
          OperationKind.WRITE,
          OperationKind.RECEIVE,
          OperationKind.RECEIVE_MULTISHOT,
          OperationKind.RECEIVE_MESSAGE,
          OperationKind.RECEIVE_MESSAGE_MULTISHOT,
          OperationKind.SEND,
          OperationKind.SEND_MESSAGE,
          OperationKind.ACCEPT,
          OperationKind.ACCEPT_MULTISHOT,
          OperationKind.CONNECT,
          OperationKind.POLL);

  private static final int TIMES_IN_VAIN = 300;
  private static final long SOME_TIME_NANOS = 1_000_000_000;

  private final Peers peers = new Peers();
  private final BufferSlice buffer = BufferSlice.unpooled(1 << 16);
  private BackendFixture fixture;
  private int[] emptyPipe;
  private int[] fullPipe;
  private int[] quietPair;
  private int[] fullPair;
  private int listener;
  private int deaf;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers, 128);
    var group = fixture.backend.provideBuffers(1);
    BufferSlice provided = BufferSlice.unpooled(64);
    group.add(provided.address(), 64, 0);
    group.publish();
    emptyPipe = peers.pipe();
    fullPipe = peers.pipe();
    assertEquals(1 << 16, peers.surroundings.write(fullPipe[1], buffer));
    quietPair = peers.connection();
    fullPair = peers.connection();
    peers.fill(fullPair[0]);
    listener = peers.listener();
    deaf = deafListener();
  }

  /** Whoever connects there waits: its queue is full, and the kernel drops what asks for more. */
  private int deafListener() {
    int socket = peers.listener(0);
    peers.connect(peers.address(socket));
    return socket;
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  private int descriptorOf(OperationKind kind) {
    return switch (kind) {
      case READ, POLL -> emptyPipe[0];
      case WRITE -> fullPipe[1];
      case RECEIVE, RECEIVE_MULTISHOT, RECEIVE_MESSAGE, RECEIVE_MESSAGE_MULTISHOT -> quietPair[0];
      case SEND, SEND_MESSAGE -> full(fullPair[0]);
      case ACCEPT, ACCEPT_MULTISHOT -> listener;
      case CONNECT -> peers.socket(Libc.SOCK_STREAM);
      default -> throw new IllegalArgumentException(kind.toString());
    };
  }

  private int full(int socket) {
    peers.fill(socket);
    return socket;
  }

  private long submit(OperationKind kind, int descriptor, long timeoutNanos) {
    Operation operation = prepare(kind, descriptor, timeoutNanos);
    fixture.backend.submit(operation);
    return operation.token();
  }

  private Operation prepare(OperationKind kind, int descriptor, long timeoutNanos) {
    BufferSlice memory = fixture.keep(memoryOf(kind));
    return fixture.prepare(
        kind,
        descriptor,
        operation -> {
          operation.address = memory.address();
          operation.length = memory.length();
          operation.offset = -1;
          operation.timeoutNanos = timeoutNanos;
          operation.operationFlags = kind == OperationKind.POLL ? Libc.POLLIN : 0;
        });
  }

  private BufferSlice memoryOf(OperationKind kind) {
    return switch (kind) {
      case CONNECT -> Peers.sockaddr(peers.address(deaf));
      case WRITE, SEND -> buffer;
      case SEND_MESSAGE -> message(buffer);
      case RECEIVE_MESSAGE, RECEIVE_MESSAGE_MULTISHOT -> message(BufferSlice.unpooled(64));
      default -> BufferSlice.unpooled(64);
    };
  }

  private BufferSlice message(BufferSlice data) {
    BufferSlice header = BufferSlice.unpooled(MessageHeader.bytes(1));
    MessageHeader.setSegment(header.segment(), 0, fixture.keep(data).address(), data.length());
    MessageHeader.set(header.segment(), 1);
    return header;
  }

  private Operation nop() {
    return fixture.prepare(OperationKind.NOP, -1, operation -> {});
  }

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

  private static long[] timeouts(OperationKind kind) {
    return kind.isMultishot() ? new long[] {0} : new long[] {0, BackendFixture.HOUR_NANOS};
  }

  @Test
  void whatWaitsEndsWithItsDeadline() throws Exception {
    for (OperationKind kind : WAITING) {
      if (!kind.isMultishot()) {
        long began = fixture.backend.nanoTime();
        long waiting = submit(kind, descriptorOf(kind), BackendFixture.MOMENT_NANOS);
        assertEquals("ETIME", fixture.error(waiting), kind.toString());
        long took = fixture.backend.nanoTime() - began;
        assertTrue(took >= BackendFixture.MOMENT_NANOS, kind + " was early: " + took);
      }
    }
  }

  @Test
  void aDeadlineThatIsNotReachedChangesNothing() throws Exception {
    long read = submit(OperationKind.READ, emptyPipe[0], BackendFixture.HOUR_NANOS);
    fixture.letWait(read);
    peers.write(emptyPipe[1], "abc");
    assertEquals(3, fixture.await(read));
  }

  @Test
  void theLongestDeadlineIsNotPast() throws Exception {
    for (OperationKind kind : WAITING) {
      if (!kind.isMultishot()) {
        // The second finds clocks and queues that have moved.
        for (int round = 0; round < 2; round++) {
          long waiting = submit(kind, descriptorOf(kind), Long.MAX_VALUE);
          fixture.letWait(waiting);
          fixture.await(timeout(fixture.backend.nanoTime() + BackendFixture.MOMENT_NANOS));
          assertFalse(fixture.hasEnded(waiting), kind.toString());
          fixture.cancel(waiting);
          assertEquals("ECANCELED", fixture.error(waiting), kind.toString());
        }
      }
    }
  }

  private long timeout(long deadlineNanos) {
    return fixture.submit(OperationKind.TIMEOUT, -1, op -> op.offset = deadlineNanos);
  }

  @Test
  void aTimeoutEndsWhenItsInstantHasPassedOrWhenItIsCancelled() throws Exception {
    long now = fixture.backend.nanoTime();
    long past = timeout(now - 1);
    long later = timeout(now + 3 * BackendFixture.MOMENT_NANOS);
    long soon = timeout(now + BackendFixture.MOMENT_NANOS);
    long far = timeout(Long.MAX_VALUE);
    fixture.letWait(far);
    assertEquals("ETIME", fixture.error(soon));
    assertTrue(fixture.backend.nanoTime() - now >= BackendFixture.MOMENT_NANOS, "early");
    assertEquals("ETIME", fixture.error(later));
    assertTrue(fixture.backend.nanoTime() - now >= 3 * BackendFixture.MOMENT_NANOS, "early");
    assertEquals(List.of(past, soon, later), fixture.order());
    fixture.cancel(far);
    assertEquals("ECANCELED", fixture.error(far));
    long cancelledAtOnce = timeout(now + BackendFixture.HOUR_NANOS);
    fixture.cancel(cancelledAtOnce);
    assertEquals("ECANCELED", fixture.error(cancelledAtOnce));
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
  void deadlinesFireInTheirOrder() throws Exception {
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      long timeout = BackendFixture.MOMENT_NANOS * (10 - i);
      tokens.add(0, submit(OperationKind.READ, emptyPipe[0], timeout));
    }
    fixture.await(tokens.get(9));
    assertEquals(tokens, fixture.order());
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

  private Path file(String content) {
    Path path = peers.surroundings.directory().resolve("file");
    peers.surroundings.writeFile(path, content.getBytes(StandardCharsets.US_ASCII));
    return path;
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
