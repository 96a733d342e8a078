package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;

/**
 * A backend without a loop, turned by the test, which keeps each completion and checks the rules
 * that hold for all of them: each operation ends once, and never from inside a call that asks for
 * something.
 */
final class BackendFixture implements CompletionTarget, AutoCloseable {

  static final long HOUR_NANOS = Duration.ofHours(1).toNanos();
  static final long MOMENT_NANOS = Duration.ofMillis(20).toNanos();

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** One completion. */
  record Completion(int result, int flags) {

    boolean isLast() {
      return (flags & CqeFlags.F_MORE) == 0;
    }

    @Override
    public String toString() {
      return (result < 0 ? Errno.name(-result) : Integer.toString(result)) + (isLast() ? "" : "+");
    }
  }

  final OperationTable table;
  final Backend backend;
  private final Map<Long, List<Completion>> completions = new HashMap<>();
  private final List<Long> order = new ArrayList<>();
  private final List<Object> kept = new ArrayList<>();
  private Consumer<Long> onCompletion = token -> {};
  private boolean turning;

  BackendFixture(Peers peers) throws IOException {
    this(peers, 64);
  }

  BackendFixture(Peers peers, int capacity) throws IOException {
    table = new OperationTable(capacity);
    backend = peers.surroundings.open(table);
    backend.start(this);
  }

  @Override
  public void completed(Operation operation, int result, int flags) {
    assertTrue(turning, "completed from inside a call: " + operation);
    Completion completion = new Completion(result, flags);
    List<Completion> all = completions.get(operation.token());
    assertTrue(all.isEmpty() || !all.get(all.size() - 1).isLast(), "a second end: " + operation);
    all.add(completion);
    long token = operation.token();
    if (completion.isLast()) {
      order.add(token);
      table.free(operation);
    }
    onCompletion.accept(token);
  }

  void onCompletion(Consumer<Long> action) {
    onCompletion = action;
  }

  /** Submits; {@code arguments} sets what the kind needs. */
  long submit(OperationKind kind, int descriptor, Consumer<Operation> arguments) {
    Operation operation = prepare(kind, descriptor, arguments);
    outsideOfTurn(() -> backend.submit(operation));
    return operation.token();
  }

  /** What {@link #submitChain} is to submit. */
  Operation prepare(OperationKind kind, int descriptor, Consumer<Operation> arguments) {
    Operation operation = table.claim(false);
    operation.kind = kind;
    operation.descriptor = descriptor;
    arguments.accept(operation);
    completions.put(operation.token(), new ArrayList<>());
    return operation;
  }

  /** Links the operations and submits them: their tokens. */
  long[] submitChain(Operation... members) {
    long[] tokens = new long[members.length];
    for (int index = 0; index < members.length; index++) {
      tokens[index] = members[index].token();
      if (index > 0) {
        members[index - 1].chainNext = members[index];
        members[index].chainPrevious = members[index - 1];
      }
    }
    outsideOfTurn(() -> backend.submitChain(members[0]));
    return tokens;
  }

  private void outsideOfTurn(Runnable call) {
    boolean outer = turning;
    turning = false;
    call.run();
    turning = outer;
  }

  long submit(OperationKind kind, int descriptor) {
    return submit(kind, descriptor, operation -> {});
  }

  /** A transfer of the window of {@code buffer}. */
  long transfer(OperationKind kind, int descriptor, BufferSlice buffer, long offset) {
    return transfer(kind, descriptor, buffer, offset, 0);
  }

  long transfer(
      OperationKind kind, int descriptor, BufferSlice buffer, long offset, long timeoutNanos) {
    kept.add(buffer);
    return submit(
        kind,
        descriptor,
        operation -> {
          operation.address = buffer.address();
          operation.length = buffer.length();
          operation.offset = offset;
          operation.timeoutNanos = timeoutNanos;
        });
  }

  /** Memory that an operation uses must outlive it: {@code slice} lives as long as this does. */
  BufferSlice keep(BufferSlice slice) {
    kept.add(slice);
    return slice;
  }

  /** A path and a NUL, which outlives the operation. */
  long path(String path) {
    return keep(BufferSlice.copyOf((path + "\0").getBytes(StandardCharsets.UTF_8))).address();
  }

  void cancel(long token) {
    Operation operation = table.find(token);
    if (operation != null) {
      outsideOfTurn(() -> backend.cancel(operation));
    }
  }

  /** The same test may run on a machine that is busy with others: so many turns, so much time. */
  void turnUntil(String what, BooleanSupplier condition) throws IOException {
    turnUntil(what, condition, 1000);
  }

  private void turnUntil(String what, BooleanSupplier condition, int limit) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("not in time: " + what + "; in flight " + inFlight() + ", ended " + completions);
      }
      turn(MOMENT_NANOS, limit);
    }
  }

  int turn(long timeoutNanos, int limit) throws IOException {
    turning = true;
    int delivered = backend.turn(timeoutNanos, limit);
    turning = false;
    return delivered;
  }

  /** Turns until the next operation has ended, and no other. */
  void awaitOne() throws IOException {
    int before = order.size();
    turnUntil("the end of any", () -> order.size() > before, 1);
  }

  /** Turns, waiting without limit, until there was a wake-up more than {@code before}. */
  void turnUntilWoken(long before) throws IOException {
    while (backend.statistics().wakeUps.get() == before) {
      turn(-1, 1000);
    }
  }

  /** Turns until the operation has ended: its result. */
  int await(long token) throws IOException {
    turnUntil("the end of " + Long.toHexString(token), () -> hasEnded(token));
    return last(token).result;
  }

  /** The name of the error that it ends with. */
  String error(long token) throws IOException {
    int result = await(token);
    assertTrue(result < 0, () -> "no error but " + result);
    return Errno.name(-result);
  }

  boolean hasEnded(long token) {
    List<Completion> all = completions.get(token);
    return !all.isEmpty() && all.get(all.size() - 1).isLast();
  }

  List<Completion> completions(long token) {
    return completions.get(token);
  }

  Completion last(long token) {
    List<Completion> all = completions.get(token);
    return all.get(all.size() - 1);
  }

  /** The operations that have ended, in the order of their ends. */
  List<Long> order() {
    return order;
  }

  /** A few turns, in which the kernel sees what was submitted and nothing ends. */
  void letWait(long... tokens) throws IOException {
    for (int turns = 0; turns < 3; turns++) {
      turn(0, 1000);
    }
    for (long token : tokens) {
      assertFalse(hasEnded(token), () -> "it has not waited: " + completions.get(token));
    }
  }

  private List<String> inFlight() {
    List<String> all = new ArrayList<>();
    table.forEachInFlight(operation -> all.add(operation.toString()));
    return all;
  }

  @Override
  public void close() throws IOException {
    backend.cancelAll();
    turnUntil("nothing in flight", () -> table.inFlight() == 0);
    backend.close(false);
    assertEquals(0, table.staleCompletions());
  }
}
