package millrace.proactor.backend.simulated;

import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;

/** Takes completions, and tells of them as the slots have it that they belong to. */
final class CompletionDelivery {

  private final Kernel kernel;
  private final World world;
  private final Completions completions;
  private final OperationTable table;
  private final RequestsInFlight inFlight;
  private final TurnTimes turnTimes;
  private final BackendStatistics statistics;
  private CompletionTarget target;

  CompletionDelivery(
      Kernel kernel,
      OperationTable table,
      RequestsInFlight inFlight,
      TurnTimes turnTimes,
      BackendStatistics statistics) {
    this.kernel = kernel;
    this.world = kernel.world;
    this.completions = kernel.completions;
    this.table = table;
    this.inFlight = inFlight;
    this.turnTimes = turnTimes;
    this.statistics = statistics;
  }

  /** Before the first turn. */
  void setTarget(CompletionTarget newTarget) {
    target = newTarget;
  }

  /** At most {@code limit}: how many it were. */
  int deliver(int limit) {
    int delivered = 0;
    boolean few = completions.size() > 1 && world.faults().strikes(Fault.FEW_COMPLETIONS);
    int most = few ? 1 : limit;
    while (delivered < most && !completions.isEmpty() && world.violations().isEmpty()) {
      deliver(completions.take());
      delivered++;
    }
    statistics.completions.add(delivered);
    return delivered;
  }

  private void deliver(Completions.Completion completion) {
    Request request = completion.request();
    world.trace().line(completion.duplicate() ? "duplicate" : "complete").add(request);
    world.trace().add("result", completion.result()).add("flags", completion.flags());
    Operation operation = table.lookup(request.token);
    if (completion.duplicate() != (operation == null)) {
      world.violated(
          request
              + (completion.duplicate()
                  ? ": a stale completion is dispatched"
                  : ": the slot was given up before the last completion"));
      return;
    }
    if (operation != null) {
      dispatch(operation, completion);
    }
  }

  private void dispatch(Operation operation, Completions.Completion completion) {
    Request request = completion.request();
    int result = completion.result();
    if (completion.isTerminal()) {
      kernel.mayTouch(request);
      inFlight.remove(request);
      if (request.kind == OperationKind.TIMEOUT && result == -Errno.ETIME) {
        turnTimes.timeoutDelivered(request.offset);
      }
      // As of a deadline's cancel; a result that carries data stays what it is.
      if (request.timedOut && (result == -Errno.ECANCELED || result == -Errno.EINTR)) {
        result = -Errno.ETIME;
      }
    }
    target.completed(operation, result, completion.flags());
  }
}
