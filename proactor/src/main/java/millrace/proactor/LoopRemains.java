package millrace.proactor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.Quarantine;
import millrace.uring.Errno;

/**
 * What is left when a loop turns no more: tasks to run, resources to end, and operations that did
 * not complete. Every handler is told once, with ECANCELED; slots, buffers and descriptors of
 * operations that the kernel may still have are kept for ever.
 */
final class LoopRemains {

  /** A resource that has been terminated submits its close and nothing more: two would do. */
  private static final int MAX_ROUNDS = 64;

  private final EventLoop loop;
  private final OperationTable table;

  /** The kernel may still have these. */
  private final List<Operation> abandoned = new ArrayList<>();

  private final BitSet abandonedSlots = new BitSet();
  private final Set<Integer> abandonedDescriptors = new HashSet<>();

  LoopRemains(EventLoop loop) {
    this.loop = loop;
    this.table = loop.table();
  }

  int abandoned() {
    return abandoned.size();
  }

  void end() {
    loop.endOperations();
    table.forEachInFlight(this::abandon);
    if (!abandoned.isEmpty()) {
      Quarantine.keepObject(table);
    }
    loop.detachOperations();
    // Not terminated yet when the loop has failed.
    loop.resources().forEach(resource -> loop.guarded(resource::terminate));
    abandoned.forEach(operation -> loop.guarded(() -> tell(operation)));
    endDetached();
    loop.guarded(loop::closeTasks);
    endDetached();
  }

  private void abandon(Operation operation) {
    abandoned.add(operation);
    abandonedSlots.set(operation.index());
    abandonedDescriptors.add(operation.descriptor);
  }

  /** Ends what was submitted after the backend had been detached: the kernel has none of it. */
  private void endDetached() {
    List<Operation> detached = new ArrayList<>();
    for (int round = 0; round < MAX_ROUNDS; round++) {
      table.forEachInFlight(
          operation -> {
            if (!abandonedSlots.get(operation.index())) {
              detached.add(operation);
            }
          });
      if (detached.isEmpty()) {
        return;
      }
      detached.forEach(operation -> loop.guarded(() -> endDetached(operation)));
      detached.clear();
    }
  }

  private void endDetached(Operation operation) {
    int result = -Errno.ECANCELED;
    if (operation.kind == OperationKind.CLOSE
        && !abandonedDescriptors.contains(operation.descriptor)) {
      result = loop.sockets().close(operation.descriptor);
    }
    loop.completed(operation, result, 0);
  }

  private static void tell(Operation operation) {
    operation.handler.completed(
        operation.context, operation.attachment, -Errno.ECANCELED, OperationHandler.ABANDONED);
  }
}
