package millrace.proactor.backend.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.Quarantine;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How completions become results: in part against the kernel, in part with completions made here,
 * in orders that the kernel may choose and a test cannot ask for.
 */
class UringBackendTest implements CompletionTarget {

  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final int ETIME = -Errno.ETIME;
  private static final int ECANCELED = -Errno.ECANCELED;

  private final OperationTable table = new OperationTable(16);
  private final List<String> seen = new ArrayList<>();
  private final int[] pipe = new int[2];
  private UringBackend backend;
  private boolean closed;

  @BeforeEach
  void start() throws Exception {
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    backend = new UringBackend(8, table, 0, 0);
    backend.start(this);
  }

  @AfterEach
  void stop() {
    if (!closed) {
      backend.close(table.inFlight() > 0);
    }
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  @Override
  public void completed(Operation operation, int result, int flags) {
    seen.add(operation.kind + " " + (result < 0 ? Errno.name(result) : "" + result));
    if ((flags & CqeFlags.F_MORE) == 0) {
      table.free(operation);
    }
  }

  private Operation claim(OperationKind kind, long timeoutNanos) {
    Operation operation = table.claim(false);
    operation.kind = kind;
    operation.descriptor = pipe[0];
    operation.timeoutNanos = timeoutNanos;
    return operation;
  }

  /**
   * An operation that is in flight as far as the backend knows, and of which the kernel has none.
   */
  private Operation pretend(long timeoutNanos) {
    Operation operation = claim(OperationKind.READ, timeoutNanos);
    operation.awaitedCompletions = timeoutNanos > 0 ? 2 : 1;
    return operation;
  }

  private void operationCompletes(long token, int result, int flags) {
    backend.completion(UserData.of(UserData.OPERATION, token), result, flags);
  }

  private void timeoutCompletes(long token, int result) {
    backend.completion(UserData.of(UserData.LINK_TIMEOUT, token), result, 0);
  }

  private void turnUntil(int count) throws Exception {
    for (int turns = 0; seen.size() < count; turns++) {
      assertTrue(turns < 10_000, () -> "only " + seen);
      backend.turn(Duration.ofSeconds(1).toNanos(), 100);
    }
  }

  private String endedBy(int result, int timeoutResult, boolean timeoutFirst) {
    seen.clear();
    Operation operation = pretend(HOUR);
    long token = operation.token();
    if (timeoutFirst) {
      timeoutCompletes(token, timeoutResult);
    } else {
      operationCompletes(token, result, 0);
    }
    assertEquals(List.of(), seen, "the slot is free when the other half may still come");
    assertEquals(1, table.inFlight());
    if (timeoutFirst) {
      operationCompletes(token, result, 0);
    } else {
      timeoutCompletes(token, timeoutResult);
    }
    assertEquals(0, table.inFlight());
    assertEquals(1, seen.size());
    return seen.get(0);
  }

  @Test
  void anOperationWithADeadlineEndsWithTheSecondOfItsTwoCompletions() {
    for (boolean timeoutFirst : new boolean[] {true, false}) {
      assertEquals("READ ETIME", endedBy(ECANCELED, ETIME, timeoutFirst));
      assertEquals("READ ETIME", endedBy(-Errno.EINTR, ETIME, timeoutFirst));
      // The deadline found it running on a worker thread, which it could only interrupt.
      assertEquals("READ ETIME", endedBy(-Errno.EINTR, -Errno.EALREADY, timeoutFirst));
      assertEquals("READ ETIME", endedBy(ECANCELED, -Errno.EALREADY, timeoutFirst));
      // Data that arrived is told, also when the deadline fired.
      assertEquals("READ 5", endedBy(5, ETIME, timeoutFirst));
      assertEquals("READ 5", endedBy(5, ECANCELED, timeoutFirst));
      assertEquals("READ 5", endedBy(5, -Errno.ENOENT, timeoutFirst));
      assertEquals("READ 0", endedBy(0, ETIME, timeoutFirst));
      assertEquals("READ EBADF", endedBy(-Errno.EBADF, ECANCELED, timeoutFirst));
      // Cancelled by somebody else, before the deadline.
      assertEquals("READ ECANCELED", endedBy(ECANCELED, ECANCELED, timeoutFirst));
      // It fired, and has not found what a worker thread waits for.
      assertEquals("READ ETIME", endedBy(ECANCELED, -Errno.ENOENT, timeoutFirst));
      assertEquals("READ ETIME", endedBy(-Errno.EINTR, -Errno.ENOENT, timeoutFirst));
    }
    assertEquals(0, table.staleCompletions());
  }

  @Test
  void aDeadlineThatHasNotFoundItsOperationIsRepeatedAsACancel() throws Exception {
    Operation read = claim(OperationKind.READ, HOUR);
    BufferSlice buffer = BufferSlice.unpooled(8);
    read.address = buffer.address();
    read.length = 8;
    read.offset = -1;
    long token = read.token();
    backend.submit(read);
    backend.turn(0, 100);
    assertEquals(List.of(), seen);
    timeoutCompletes(token, -Errno.ENOENT);
    for (int turns = 0; turns < 1000 && seen.isEmpty(); turns++) {
      backend.turn(0, 100);
    }
    assertEquals(List.of("READ ETIME"), seen);
  }

  @Test
  void whatNoCancelFindsIsNotLookedForWithoutEnd() throws Exception {
    Operation lost = pretend(HOUR);
    timeoutCompletes(lost.token(), -Errno.ENOENT);
    int turns = 0;
    while (backend.turn(0, 100) > 0) {
      assertTrue(++turns < 10_000, "cancels without end");
    }
    assertTrue(turns > 128, "given up before the kernel has: " + turns);
    operationCompletes(lost.token(), 5, 0);
    assertEquals(List.of("READ 5"), seen);
  }

  @Test
  void multishotCompletionsKeepTheSlotUntilTheLastOne() {
    Operation operation = pretend(0);
    long token = operation.token();
    operationCompletes(token, 1, CqeFlags.F_MORE);
    operationCompletes(token, 2, CqeFlags.F_MORE);
    assertEquals(1, table.inFlight());
    operationCompletes(token, ECANCELED, 0);
    assertEquals(List.of("READ 1", "READ 2", "READ ECANCELED"), seen);
    assertEquals(0, table.inFlight());
  }

  @Test
  void completionsOfAnEarlierUseOfTheSlotAreCountedAndDropped() {
    Operation first = pretend(0);
    long stale = first.token();
    operationCompletes(stale, 1, 0);
    Operation second = pretend(HOUR);
    assertEquals(first.index(), second.index());
    operationCompletes(stale, 2, 0);
    timeoutCompletes(stale, ETIME);
    operationCompletes(stale, 3, CqeFlags.F_MORE);
    assertEquals(List.of("READ 1"), seen);
    assertEquals(3, table.staleCompletions());
    assertEquals(1, table.inFlight());
    long token = second.token();
    timeoutCompletes(token, ECANCELED);
    operationCompletes(token, 4, 0);
    assertEquals(List.of("READ 1", "READ 4"), seen);
  }

  @Test
  void cancelAllLeavesACloseAlone() throws Exception {
    int duplicate = Libc.fcntl(pipe[0], Libc.F_DUPFD_CLOEXEC, 0);
    Operation read = claim(OperationKind.READ, 0);
    BufferSlice buffer = BufferSlice.unpooled(8);
    read.buffer = buffer;
    read.address = buffer.address();
    read.length = 8;
    read.offset = -1;
    backend.submit(read);
    Operation close = claim(OperationKind.CLOSE, 0);
    close.descriptor = duplicate;
    backend.submit(close);
    backend.cancelAll();
    turnUntil(2);
    assertEquals(List.of("CLOSE 0", "READ ECANCELED"), seen.stream().sorted().toList());
    assertEquals(-Errno.EBADF, Libc.fcntl(duplicate, Libc.F_GETFD, 0));
  }

  @Test
  void requestsBeyondTheQueueKeepTheirOrderAndChainsStayWhole() throws Exception {
    // 16 slots, 8 entries, chains of two and a cancel behind each: twice the queue and more.
    BufferSlice buffer = BufferSlice.unpooled(8);
    for (int i = 0; i < 16; i++) {
      Operation read = claim(OperationKind.READ, i % 2 == 0 ? HOUR : 0);
      read.address = buffer.address();
      read.length = 8;
      read.offset = -1;
      backend.submit(read);
      backend.cancel(read);
    }
    turnUntil(16);
    assertTrue(seen.stream().allMatch("READ ECANCELED"::equals), seen::toString);
    assertEquals(0, table.inFlight());
  }

  @Test
  void closingWithAnOperationInFlightKeepsWhatTheKernelMayWrite() throws Exception {
    Operation read = claim(OperationKind.READ, HOUR);
    BufferSlice buffer = BufferSlice.unpooled(8);
    read.buffer = buffer;
    read.address = buffer.address();
    read.length = 8;
    read.offset = -1;
    backend.submit(read);
    backend.turn(0, 10);
    int kept = Quarantine.size();
    backend.close(true);
    closed = true;
    assertTrue(Quarantine.size() > kept);
    assertEquals(1, table.inFlight());
    assertEquals(List.of(), seen);
  }
}
