package millrace.proactor.backend.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.Ring;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that find the submission queue full, and a kernel that takes nothing for now. */
class DeferredSubmissionTest implements CompletionTarget {

  private static final int ENTRIES = 8;
  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final long TURN_NANOS = Duration.ofSeconds(1).toNanos();

  private final OperationTable table = new OperationTable(256);
  private final List<String> seen = new ArrayList<>();
  private final int[] pipe = new int[2];
  private UringBackend backend;
  private boolean busy = true;
  private int refusals;

  @BeforeEach
  void start() throws Exception {
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    backend = new UringBackend(ENTRIES, table, 0, 0, this::submit);
    backend.start(this);
  }

  @AfterEach
  void stop() {
    backend.close(table.inFlight() > 0);
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  /** While busy, the kernel would say EBUSY or EAGAIN: nothing is taken. */
  private void submit(Ring ring) {
    if (busy) {
      refusals++;
    } else {
      assertTrue(ring.submit() > 0);
    }
  }

  @Override
  public void completed(Operation operation, int result, int flags) {
    seen.add(operation.context + " " + (result < 0 ? Errno.name(result) : "" + result));
    if ((flags & CqeFlags.F_MORE) == 0) {
      table.free(operation);
    }
  }

  private Operation submit(OperationKind kind, int number, long timeoutNanos) {
    Operation operation = prepare(kind, number, timeoutNanos);
    backend.submit(operation);
    return operation;
  }

  private void submitChain(Operation... members) {
    for (int index = 1; index < members.length; index++) {
      members[index - 1].chainNext = members[index];
      members[index].chainPrevious = members[index - 1];
    }
    backend.submitChain(members[0]);
  }

  private Operation prepare(OperationKind kind, int number, long timeoutNanos) {
    Operation operation = table.claim(false);
    operation.kind = kind;
    operation.context = number;
    operation.descriptor = pipe[0];
    operation.operationFlags = kind == OperationKind.POLL ? Libc.POLLIN : 0;
    operation.timeoutNanos = timeoutNanos;
    return operation;
  }

  /** A turn that may wait without limit, and must not: if it does, it is let go and told. */
  private void turnWithoutWaiting() throws Exception {
    CountDownLatch returned = new CountDownLatch(1);
    AtomicBoolean waited = new AtomicBoolean();
    Thread rescuer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    waited.set(!returned.await(30, TimeUnit.SECONDS));
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  if (waited.get()) {
                    // Ends the polls.
                    Libc.close(pipe[1]);
                  }
                });
    backend.turn(-1, 1000);
    returned.countDown();
    rescuer.join();
    assertFalse(waited.get(), "the turn waited");
  }

  private void turnUntil(int count) throws Exception {
    for (int turns = 0; seen.size() < count; turns++) {
      assertTrue(turns < 10_000, () -> "only " + seen);
      backend.turn(TURN_NANOS, 1000);
    }
  }

  @Test
  void operationsBeyondAFullQueueAreSubmittedLaterInTheirOrder() throws Exception {
    int count = 100;
    List<String> expected = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      submit(OperationKind.NOP, number, Operation.NO_TIMEOUT);
      expected.add(number + " 0");
    }
    assertEquals(count - ENTRIES, backend.statistics().deferrals.get());
    // The first of those that found no room asked for some; the others queue behind it.
    assertEquals(1, refusals);
    turnUntil(count);
    assertEquals(expected, seen);
    assertEquals(0, table.inFlight());
  }

  @Test
  void aTurnThatMayWaitDoesNotWhileRequestsAreDeferred() throws Exception {
    for (int number = 0; number < 3 * ENTRIES; number++) {
      submit(OperationKind.POLL, number, Operation.NO_TIMEOUT);
    }
    turnWithoutWaiting();
    turnWithoutWaiting();
    assertEquals(List.of(), seen);
    backend.cancelDescriptor(pipe[0]);
    turnUntil(3 * ENTRIES);
    assertTrue(seen.stream().allMatch(text -> text.endsWith(" ECANCELED")), () -> "" + seen);
  }

  @Test
  void aTurnDoesNotWaitWithoutTheReadThatEndsTheWait() throws Exception {
    for (int number = 0; number < ENTRIES; number++) {
      submit(OperationKind.POLL, number, Operation.NO_TIMEOUT);
    }
    // The queue is exactly full and the kernel busy: there is no room for the read.
    turnWithoutWaiting();
    assertEquals(0, backend.statistics().wakeUps.get());
    backend.wake();
    turnWithoutWaiting();
    assertEquals(1, backend.statistics().wakeUps.get());
    backend.cancelDescriptor(pipe[0]);
    turnUntil(ENTRIES);
  }

  @Test
  void aDeadlineIsNeverCutFromItsOperation() throws Exception {
    BufferSlice buffer = BufferSlice.unpooled(8);
    // One entry is left, and a chain needs two: it waits whole.
    for (int number = 0; number < ENTRIES - 1; number++) {
      submit(OperationKind.NOP, number, Operation.NO_TIMEOUT);
    }
    Operation read = table.claim(false);
    read.kind = OperationKind.READ;
    read.context = 100;
    read.descriptor = pipe[0];
    read.address = buffer.address();
    read.length = 8;
    read.offset = -1;
    read.timeoutNanos = 1_000_000;
    backend.submit(read);
    assertEquals(1, backend.statistics().deferrals.get());
    turnUntil(ENTRIES);
    assertEquals("100 ETIME", seen.getLast());
  }

  @Test
  void cancelsKeepTheirPlaceBehindTheOperationsThatTheyMean() throws Exception {
    List<Operation> operations = new ArrayList<>();
    for (int number = 0; number < 40; number++) {
      operations.add(submit(OperationKind.POLL, number, number % 2 == 0 ? HOUR : 0));
    }
    operations.forEach(backend::cancel);
    assertTrue(backend.statistics().deferrals.get() > 60);
    busy = false;
    turnUntil(40);
    assertTrue(seen.stream().allMatch(text -> text.endsWith(" ECANCELED")), () -> "" + seen);
    assertEquals(0, table.inFlight());
    assertEquals(0, table.staleCompletions());
  }

  @Test
  void aChainThatFindsTooLittleRoomWaitsWholeAndKeepsItsPlace() throws Exception {
    for (int number = 0; number < ENTRIES - 3; number++) {
      submit(OperationKind.NOP, number, Operation.NO_TIMEOUT);
    }
    // Three entries are left, and this one needs four: a poll of a file that has nothing to read.
    submitChain(
        prepare(OperationKind.NOP, 100, Operation.NO_TIMEOUT),
        prepare(OperationKind.POLL, 101, 1_000_000),
        prepare(OperationKind.NOP, 102, Operation.NO_TIMEOUT));
    submit(OperationKind.NOP, 200, Operation.NO_TIMEOUT);
    // Chains find out about room when the turn begins.
    assertEquals(0, backend.statistics().deferrals.get());
    backend.turn(0, 1000);
    assertEquals(2, backend.statistics().deferrals.get());
    turnUntil(ENTRIES - 3 + 4);
    List<String> chain = seen.stream().filter(text -> text.startsWith("10")).toList();
    assertEquals(List.of("100 0", "101 ETIME", "102 ECANCELED"), chain);
    assertEquals("200 0", seen.get(ENTRIES - 3 + 1), seen::toString);
  }

  @Test
  void chainsThatFillTheQueueAreNeitherCutNorStuck() throws Exception {
    int chains = 20;
    for (int number = 0; number < chains; number++) {
      Operation[] members = new Operation[ENTRIES];
      for (int index = 0; index < ENTRIES; index++) {
        members[index] = prepare(OperationKind.NOP, number, Operation.NO_TIMEOUT);
      }
      members[0].kind = OperationKind.READ;
      members[0].descriptor = -1;
      submitChain(members);
      if (number % 2 == 1) {
        backend.cancel(members[0]);
      }
    }
    busy = false;
    turnUntil(chains * ENTRIES);
    for (int number = 0; number < chains; number++) {
      String prefix = number + " ";
      List<String> chain = seen.stream().filter(text -> text.startsWith(prefix)).toList();
      assertEquals(prefix + (number % 2 == 0 ? "EBADF" : "ECANCELED"), chain.get(0));
      assertTrue(chain.stream().skip(1).allMatch((prefix + "ECANCELED")::equals), chain::toString);
    }
    assertEquals(0, table.inFlight());
    assertEquals(0, table.staleCompletions());
  }

  @Test
  void thePartBehindASyncFindsRoomLater() throws Exception {
    for (int number = 0; number < ENTRIES; number++) {
      Operation sync = prepare(OperationKind.SYNC, number, Operation.NO_TIMEOUT);
      sync.hardLink = number % 2 == 0;
      // EINVAL: a pipe has nothing to sync.
      submitChain(sync, prepare(OperationKind.NOP, number, Operation.NO_TIMEOUT));
    }
    busy = false;
    turnUntil(2 * ENTRIES);
    for (int number = 0; number < ENTRIES; number++) {
      String prefix = number + " ";
      assertEquals(
          List.of(prefix + "EINVAL", prefix + (number % 2 == 0 ? "0" : "ECANCELED")),
          seen.stream().filter(text -> text.startsWith(prefix)).toList());
    }
    assertEquals(0, table.inFlight());
  }
}
