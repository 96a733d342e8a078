package millrace.proactor.backend.simulated;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.fault.Fault;
import millrace.uring.CqeFlags;

/**
 * The completion queue: what was posted becomes visible now or later, and is taken in an order that
 * the seed chooses. What must keep its order: the completions of one operation and those of one
 * chain (io_uring_linked_requests(7)), and the last completions of operations on one socket, since
 * the kernel posts those as they are executed, and a reset is told once: a send that fails with
 * ECONNRESET makes the receive that comes after it see an end.
 */
final class Completions {

  /** One completion; a duplicate must be dropped by whoever takes it. */
  record Completion(Request request, int result, int flags, boolean duplicate) {
    boolean isTerminal() {
      return (flags & CqeFlags.F_MORE) == 0;
    }

    boolean isTransfer() {
      return result > 0 && request.kind != OperationKind.POLL;
    }
  }

  private static final long USUAL_DELAY_NANOS = 3_000;
  private static final long LONGEST_DELAY_NANOS = 10_000_000;

  private final World world;
  private final BackendStatistics statistics;
  private final List<Completion> visible = new ArrayList<>();

  /** Posted, and not yet seen. */
  private final List<Completion> hidden = new ArrayList<>();

  private int duplicates;

  Completions(World world, BackendStatistics statistics) {
    this.world = world;
    this.statistics = statistics;
  }

  boolean isEmpty() {
    return visible.isEmpty();
  }

  /** How many can be taken. */
  int size() {
    return visible.size();
  }

  /** Duplicates that were taken. */
  int duplicates() {
    return duplicates;
  }

  /** The last completion of {@code request}. */
  void complete(Request request, int result, int flags) {
    assert request.state != Request.State.DONE : "completed twice: " + request;
    request.state = Request.State.DONE;
    post(request, result, flags);
    if (request.chain != null) {
      request.chain.ended(request, result);
    }
  }

  /**
   * A completion after which a multishot operation goes on, if nothing is against it.
   *
   * @return false when this was the last one
   */
  boolean progress(Request request, int result, int flags) {
    if (world.faults().strikes(Fault.COMPLETION_OVERFLOW)) {
      // A completion that does not fit ends its multishot (io_uring_multishot(7)); NODROP keeps it.
      statistics.overflows.increment();
      complete(request, result, flags);
      return false;
    }
    if (world.faults().strikes(Fault.MULTISHOT_END)) {
      complete(request, result, flags);
      return false;
    }
    post(request, result, flags | CqeFlags.F_MORE);
    return true;
  }

  private void post(Request request, int result, int flags) {
    long delay = world.random().nextBoolean() ? 0 : world.between(0, USUAL_DELAY_NANOS);
    if (world.faults().strikes(Fault.LATE_COMPLETION)) {
      delay = world.faults().nanos(10_000, LONGEST_DELAY_NANOS);
    }
    Completion completion = new Completion(request, result, flags, false);
    request.visibleNanos = Math.max(request.visibleNanos, world.nowNanos() + delay);
    for (Completion other : hidden) {
      if (keepsOrder(other, completion)) {
        request.visibleNanos = Math.max(request.visibleNanos, other.request().visibleNanos);
      }
    }
    if (request.visibleNanos <= world.nowNanos() && !isHeldUp(completion)) {
      visible.add(completion);
    } else {
      hidden.add(completion);
      world.echoAfter(request.visibleNanos - world.nowNanos(), () -> show(completion));
    }
  }

  private boolean isHeldUp(Completion completion) {
    for (Completion other : hidden) {
      if (keepsOrder(other, completion)) {
        return true;
      }
    }
    return false;
  }

  private void show(Completion completion) {
    hidden.remove(completion);
    visible.add(completion);
  }

  private static boolean keepsOrder(Completion earlier, Completion later) {
    boolean oneSocket =
        earlier.request().file instanceof SimulatedSocket socket
            && socket.equals(later.request().file);
    boolean oneChain =
        earlier.request().chain != null && earlier.request().chain == later.request().chain;
    return earlier.request() == later.request()
        || oneChain
        || (oneSocket && earlier.isTerminal() && later.isTerminal());
  }

  Completion take() {
    int index = 0;
    if (visible.size() > 1 && world.faults().strikes(Fault.PERMUTED_COMPLETION)) {
      index = world.faults().amount(0, visible.size() - 1);
    }
    for (int earlier = index - 1; earlier >= 0; earlier--) {
      if (keepsOrder(visible.get(earlier), visible.get(index))) {
        index = earlier;
      }
    }
    Completion taken = visible.remove(index);
    if (!taken.duplicate() && taken.isTransfer()) {
      // One event can bring bytes for many buffers.
      world.happened();
    }
    if (taken.duplicate()) {
      duplicates++;
    } else if (taken.isTerminal() && world.faults().strikes(Fault.DUPLICATE_COMPLETION)) {
      Completion again = new Completion(taken.request(), taken.result(), taken.flags(), true);
      world.echoAfter(world.faults().nanos(0, LONGEST_DELAY_NANOS), () -> visible.add(again));
    }
    return taken;
  }
}
