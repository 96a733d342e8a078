package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.concurrent.TimeUnit;
import millrace.proactor.backend.uring.CompletionOrders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Failures that other runtimes have had, made again in this one: each must be found within so many
 * seeds. Where they were told of is said beside each; {@code KNOWN_FAILURES.md} has them all.
 */
class KnownFailuresTest {

  private static final int SEEDS = 100;
  private static final String RING = "backend/uring/UringBackend.java";

  static List<PlantedBug> bugs() {
    return List.of(
        // axboe/liburing#1422, io_uring_cancelation(7)
        new PlantedBug(
            "ends an operation at its cancel",
            "Operations.java",
            "        backend.cancel(found);",
            """
                    backend.cancel(found);
                    OperationHandler told = found.handler;
                    long context = found.context;
                    Object attachment = found.attachment;
                    table.free(found);
                    told.completed(context, attachment, -millrace.uring.Errno.ECANCELED, 0);
            """,
            "raw-operations"),
        // tokio-rs/tokio#8185, foyer-rs/foyer#1286
        new PlantedBug(
            "releases the memory of what was in flight when io_uring_enter has failed",
            "LoopRemains.java",
            "        operation.context, operation.attachment, -Errno.ECANCELED,"
                + " OperationHandler.ABANDONED);",
            """
                    operation.context, operation.attachment, -Errno.ECANCELED, OperationHandler.ABANDONED);
                    if (operation.buffer != null) {
                      operation.buffer.unpin();
                    }
            """,
            "durable-log"),
        // tokio-rs/tokio#8185
        new PlantedBug(
            "takes a failed io_uring_enter for the end of all operations",
            "LoopRemains.java",
            "operation.context, operation.attachment, -Errno.ECANCELED,"
                + " OperationHandler.ABANDONED);",
            "operation.context, operation.attachment, -Errno.ECANCELED, 0);",
            "broken-off"),
        // commonwarexyz/monorepo#3287, compio-rs/compio#942, tigerbeetle/tigerbeetle#2430
        new PlantedBug(
            "frees its memory at the end, whatever is in flight",
            "LoopShutdown.java",
            "boolean kernelMayWrite = abandoned > 0;",
            "boolean kernelMayWrite = false;",
            "broken-off"),
        new PlantedBug(
            "ends without waiting for what it has cancelled",
            "LoopShutdown.java",
            "boolean quiet = loop.resources().isEmpty() && loop.table().inFlight() == 0;",
            "boolean quiet = loop.resources().isEmpty();",
            "raw-operations"),
        new PlantedBug(
            "submits to a ring that turns no more",
            "LoopRemains.java",
            "    loop.detachOperations();\n",
            "",
            "broken-off"),
        // netty/netty#16307
        new PlantedBug(
            "writes the iovecs of the next send over those in flight",
            "net/SendSide.java",
            "    if (!isBusy()) {\n      loop.atTurnEnd(this);\n    }\n    return isWritable();",
            """
                if (queue.size() > 1) {
                  prepareMessage();
                }
                if (!isBusy()) {
                  loop.atTurnEnd(this);
                }
                return isWritable();\
            """,
            "echo"),
        // axboe/liburing#1320, io_uring_multishot(7)
        new PlantedBug(
            "takes the end of a multishot receive for the end of the stream",
            "net/ReceiveSide.java",
            "    if (result == 0) {",
            "    if (result == 0\n"
                + "        || (result > 0 && (flags & millrace.uring.CqeFlags.F_MORE) == 0)) {",
            "echo"),
        // netty/netty#17049
        new PlantedBug(
            "does not receive again when it was resumed during the cancel",
            "net/MultishotReceive.java",
            "      arm();\n      operationEnded();",
            """
                  if (result != -millrace.uring.Errno.ECANCELED) {
                    arm();
                  }
                  operationEnded();\
            """,
            "echo"),
        // netty/netty#15510, reactor/reactor-netty#3833
        new PlantedBug(
            "does not receive again when it is resumed",
            "net/MultishotReceive.java",
            "      deliverHeld();\n      arm();",
            "      deliverHeld();",
            "echo"),
        // axboe/liburing#1275
        new PlantedBug(
            "lets an idle connection hold up the line for buffers",
            "buffer/ProvidedBuffers.java",
            "int count = Math.min(Math.min(starved.size(), withKernel), callsLeft);",
            "int count = Math.min(starved.size(), unpublished ? 1 : 0);",
            "greedy-clients"),
        // axboe/liburing#778
        new PlantedBug(
            "leaves the line for buffers without having been served",
            "net/MultishotReceive.java",
            "    starved = false;\n    arm();",
            "    arm();",
            "slow-consumers"),
        // axboe/liburing#1043, #758
        new PlantedBug(
            "lets those who do not read hold every receive buffer",
            "buffer/ProvidedBuffers.java",
            "    return withKernel < scarceBelow && isMine(slice);",
            "    return false;",
            "greedy-clients"),
        // netty/netty#14827
        new PlantedBug(
            "gives a receive buffer back before it was read",
            "buffer/ProvidedBuffers.java",
            "    withKernel--;\n",
            "    withKernel--;\n    give(slices[bufferId]);\n",
            "echo"),
        // netty/netty#14890
        new PlantedBug(
            "does not show the kernel the buffers that came back",
            "EventLoop.java",
            "    receiveBuffers.publish();\n",
            "",
            "echo"),
        // netty/netty#14925
        new PlantedBug(
            "mixes receive buffers up",
            "buffer/ProvidedBuffers.java",
            "    return slices[Objects.checkIndex(bufferId,"
                + " slices.length)].renewPinned(lengthBytes);",
            "    return slices[(bufferId + 1) % slices.length].renewPinned(lengthBytes);",
            "echo"),
        // axboe/liburing#1063
        new PlantedBug(
            "admits more operations than completions have room for",
            "backend/OperationTable.java",
            "    if (!fromReservation && room() <= 0) {",
            "    if (!fromReservation && room() < -slots.length) {",
            "raw-operations"),
        // axboe/liburing#568, #363
        new PlantedBug(
            "leaves it to close(2) to end what is in flight",
            "net/StreamConnection.java",
            "      loop.reservedOperations().cancelDescriptor(descriptor);\n",
            "",
            "greedy-clients"),
        // netty/netty#15502
        new PlantedBug(
            "does not accept again when a connection has closed",
            "net/StreamAcceptor.java",
            "    live.add(-1);\n    arm();",
            "    live.add(-1);",
            "echo"),
        new PlantedBug(
            "accepts again at once when descriptors have run out",
            "net/StreamAcceptor.java",
            "    } else if (!closing && !concernsOneConnection(errno)) {",
            "    } else if (errno == 0) {",
            "echo"),
        new PlantedBug(
            "takes an aborted connection for the end of listening",
            "net/StreamAcceptor.java",
            "    if (errno == Errno.EINVAL ||",
            "    if (errno == Errno.ECONNABORTED || errno == Errno.EINVAL ||",
            "echo"),
        // netty/netty#2561
        new PlantedBug(
            "keeps timers that were cancelled",
            "LoopTimers.java",
            "    return ofApplication.cancel(timer) || ofResources.cancel(timer);",
            "    return timer.isStarted();",
            "timers"),
        // netty/netty#1246
        new PlantedBug(
            "spins until the next timer is due",
            "EventLoop.java",
            "shutdown.limitWait(timers.waitNanos(now))",
            "shutdown.limitWait(Math.min(0, timers.waitNanos(now)))",
            "timers"),
        // netty/netty#1115
        new PlantedBug(
            "counts the delay of a timer from the start of the turn",
            "LoopTimers.java",
            "ofApplication.deadlineAfter(backend.nanoTime(), delayNanos)",
            "ofApplication.deadlineAfter(ofApplication.nowNanos(), delayNanos)",
            "timers"));
  }

  /** What lies beneath the simulated kernel: how completions become results. */
  static List<PlantedBug> bugsOfTheRing() {
    return List.of(
        // axboe/liburing#1208
        new PlantedBug(
            "takes a deadline that has found nothing for one that was not over",
            RING,
            "      if (result == -Errno.ENOENT) {",
            "      if (result == -Errno.ENOENT && operation.kind == OperationKind.CONNECT) {",
            CompletionOrders.NAME),
        // axboe/liburing#179
        new PlantedBug(
            "ends an operation with the first of its two completions",
            RING,
            "    if (--operation.awaitedCompletions > 0) {\n      return;\n    }\n",
            "    operation.awaitedCompletions = 0;\n",
            CompletionOrders.NAME),
        new PlantedBug(
            "does not notice the deadline that has met a worker thread",
            RING,
            " || result == -Errno.EALREADY;",
            ";",
            CompletionOrders.NAME),
        // axboe/liburing#1422
        new PlantedBug(
            "loses data that came at the deadline",
            RING,
            "if (operation.timedOut && (result == -Errno.ECANCELED || result == -Errno.EINTR)) {",
            "if (operation.timedOut) {",
            CompletionOrders.NAME),
        // io_uring_cancelation(7)
        new PlantedBug(
            "takes the answer to a cancel for the end of its target",
            RING,
            "case UserData.CANCEL -> cancelFailed(UserData.token(userData), result);",
            "case UserData.CANCEL -> operationCompleted(userData, -Errno.ECANCELED, 0);",
            CompletionOrders.NAME),
        // axboe/liburing#1063, netty/netty#15505
        new PlantedBug(
            "forgets what has found the submission queue full",
            RING,
            "    waiting.add(request);\n",
            "    if (!noRoom) {\n      waiting.add(request);\n    }\n",
            CompletionOrders.NAME));
  }

  @Test
  void noOrderOfCompletionsIsTakenWrongly() throws Exception {
    assertNull(CompletionOrders.search(SEEDS));
  }

  @ParameterizedTest
  @MethodSource("bugsOfTheRing")
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void isFoundInSomeOrderOfCompletions(PlantedBug bug) throws Exception {
    bug.assertFound(SEEDS);
  }

  @ParameterizedTest
  @MethodSource("bugs")
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void isFound(PlantedBug bug) throws Exception {
    bug.assertFound(SEEDS);
  }
}
