package millrace.proactor.backend.uring;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Ring;

/**
 * Completions that the kernel may post, given to a {@link UringBackend} in an order that the seed
 * chooses: those of operations, of their deadlines, and of requests to cancel them. What happened
 * to an operation is told when all of it is known, once, and to nobody else.
 *
 * <p>The operations are in flight as far as the backend knows, and the kernel has none of them.
 */
public final class CompletionOrders implements CompletionTarget {

  /** As a scenario of planted bugs. */
  public static final String NAME = "completion-orders";

  private static final int SLOTS = 4;
  private static final int OPERATIONS = 40;
  private static final int MOST_TURNS = 1000;
  private static final int NO_COMPLETION = 1;

  /**
   * What the kernel may say of one operation.
   *
   * @param timeoutResult of its deadline, which may find it gone, or on a worker thread
   * @param cancelResult of a request to cancel it; a success is not posted
   * @param told what is told of it
   */
  private record Ending(int result, int timeoutResult, int cancelResult, int told) {}

  private static final List<Ending> ENDINGS =
      List.of(
          new Ending(5, -Errno.ECANCELED, NO_COMPLETION, 5),
          new Ending(0, -Errno.ECANCELED, NO_COMPLETION, 0),
          new Ending(-Errno.EBADF, -Errno.ECANCELED, NO_COMPLETION, -Errno.EBADF),
          new Ending(5, -Errno.ENOENT, NO_COMPLETION, 5),
          new Ending(5, -Errno.EALREADY, NO_COMPLETION, 5),
          // A part had come when the deadline was over.
          new Ending(5, -Errno.ETIME, NO_COMPLETION, 5),
          new Ending(-Errno.ECANCELED, -Errno.ETIME, NO_COMPLETION, -Errno.ETIME),
          new Ending(-Errno.EINTR, -Errno.EALREADY, NO_COMPLETION, -Errno.ETIME),
          // It has interrupted a worker thread, and found nothing elsewhere.
          new Ending(-Errno.EINTR, -Errno.ENOENT, NO_COMPLETION, -Errno.ETIME),
          new Ending(-Errno.ECANCELED, -Errno.ENOENT, NO_COMPLETION, -Errno.ETIME),
          // Cancelled by request.
          new Ending(-Errno.ECANCELED, -Errno.ECANCELED, NO_COMPLETION, -Errno.ECANCELED),
          // The request to cancel came too late, or met a worker thread.
          new Ending(5, -Errno.ECANCELED, -Errno.ENOENT, 5),
          new Ending(5, -Errno.ECANCELED, -Errno.EALREADY, 5),
          new Ending(-Errno.EINTR, -Errno.ECANCELED, -Errno.EALREADY, -Errno.ECANCELED),
          new Ending(-Errno.ECANCELED, -Errno.ETIME, -Errno.ENOENT, -Errno.ETIME));

  private record Posted(long userData, int result, int flags) {}

  /** An operation that has not been told of yet. */
  private static final class Expected {
    private final int result;
    private int missing;

    Expected(int result, int missing) {
      this.result = result;
      this.missing = missing;
    }
  }

  private final SplittableRandom random;
  private final OperationTable table = new OperationTable(OPERATIONS);
  private final Map<Long, Expected> expected = new HashMap<>();
  private final List<Posted> posted = new ArrayList<>();
  private final UringBackend backend;
  private int left = OPERATIONS;
  private String violation;

  private CompletionOrders(long seed) throws IOException {
    random = new SplittableRandom(seed);
    backend = new UringBackend(8, table, 0, 0, this::submitUnlessBusy);
    backend.start(this);
  }

  /** How the first seed below {@code seeds} fails; null when none does. */
  public static String search(int seeds) throws IOException {
    for (long seed = 0; seed < seeds; seed++) {
      CompletionOrders orders = new CompletionOrders(seed);
      String violation = orders.run();
      if (violation != null) {
        return "seed " + seed + ": " + violation;
      }
    }
    return null;
  }

  private String run() throws IOException {
    try {
      permute();
      if (violation == null) {
        submitToABusyKernel();
      }
    } catch (IllegalStateException | AssertionError failed) {
      violation = failed.toString();
    } finally {
      backend.close(table.inFlight() > 0);
    }
    return violation;
  }

  private void permute() {
    while (violation == null && (left > 0 || !posted.isEmpty())) {
      while (left > 0 && table.inFlight() < SLOTS) {
        left--;
        begin();
      }
      Posted next = posted.remove(random.nextInt(posted.size()));
      Expected one = expected.get(UserData.token(next.userData()));
      if (UserData.purpose(next.userData()) != UserData.CANCEL) {
        one.missing--;
      }
      backend.completion(next.userData(), next.result(), next.flags());
      if (one != null && one.missing == 0 && expected.containsValue(one)) {
        violation = "not told of an operation whose completions have all come: " + next;
      }
    }
  }

  private void begin() {
    Operation operation = table.claim(false);
    Ending ending = ENDINGS.get(random.nextInt(ENDINGS.size()));
    boolean deadline = ending.told() != ending.result() || random.nextBoolean();
    operation.kind = OperationKind.READ;
    operation.timeoutNanos = deadline ? 1 : Operation.NO_TIMEOUT;
    operation.awaitedCompletions = deadline ? 2 : 1;
    long token = operation.token();
    posted.add(new Posted(UserData.of(UserData.OPERATION, token), ending.result(), 0));
    if (deadline) {
      long timeout = UserData.of(UserData.LINK_TIMEOUT, token);
      posted.add(new Posted(timeout, ending.timeoutResult(), 0));
    }
    if (ending.cancelResult() != NO_COMPLETION) {
      posted.add(new Posted(UserData.of(UserData.CANCEL, token), ending.cancelResult(), 0));
    }
    expected.put(token, new Expected(ending.told(), operation.awaitedCompletions));
  }

  @Override
  public void completed(Operation operation, int result, int flags) {
    Expected one = expected.remove(operation.token());
    if (one == null || one.missing > 0 || one.result != result || flags != 0) {
      violation =
          operation + " is told of with " + result + (one == null ? "" : ", not " + one.result);
    }
    if ((flags & CqeFlags.F_MORE) == 0) {
      table.free(operation);
    }
  }

  /** EBUSY, EAGAIN: nothing is taken. */
  private void submitUnlessBusy(Ring ring) {
    if (random.nextBoolean()) {
      ring.submit();
    }
  }

  private void submitToABusyKernel() throws IOException {
    for (int count = 0; count < OPERATIONS; count++) {
      Operation operation = table.claim(false);
      operation.kind = OperationKind.NOP;
      expected.put(operation.token(), new Expected(0, 0));
      backend.submit(operation);
    }
    for (int turns = 0; !expected.isEmpty() && turns < MOST_TURNS && violation == null; turns++) {
      backend.turn(0, OPERATIONS);
    }
    if (violation == null && !expected.isEmpty()) {
      violation = expected.size() + " operations were not told of";
    }
  }
}
