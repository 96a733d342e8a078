package millrace.proactor.simulation;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulator finds bugs: each of these is put into the proactor, and must be found within so
 * many seeds. Assertions are off in the code that has the bug: the rules of the simulation have to
 * find it, not those of the proactor.
 */
class PlantedBugsTest {

  private static final int SEEDS = 100;

  static List<PlantedBug> bugs() {
    return List.of(
        new PlantedBug(
            "frees the buffer at cancel",
            "Operations.java",
            "      backend.cancel(found);",
            """
                  backend.cancel(found);
                  if (found.buffer != null) {
                    found.buffer.unpin();
                    found.buffer = null;
                  }
            """,
            "raw-operations"),
        new PlantedBug(
            "frees the buffer at shutdown, before the last completion",
            "LoopShutdown.java",
            "    loop.endOperations();\n    timersCancelled",
            """
            loop.table().forEachInFlight(o -> { if (o.buffer != null) { o.buffer.unpin(); o.buffer = null; } });
            loop.endOperations();
            timersCancelled\
            """,
            "raw-operations"),
        new PlantedBug(
            "ignores F_MORE",
            "EventLoop.java",
            "    if ((flags & CqeFlags.F_MORE) == 0) {",
            "    if (flags != 1 << 31) {",
            "echo"),
        new PlantedBug(
            "reuses slots without a new generation",
            "backend/OperationTable.java",
            "operation.generation = operation.generation == -1 ? 1 : operation.generation + 1;",
            "operation.generation = 1;",
            "echo"),
        new PlantedBug(
            "dispatches stale completions",
            "backend/OperationTable.java",
            "!operation.inUse || operation.generation != (int) (token >>> 32)) {",
            "!operation.inUse) {",
            "echo"),
        new PlantedBug(
            "forgets to re-arm a receive",
            "net/MultishotReceive.java",
            "      arm();\n      operationEnded();",
            "      operationEnded();",
            "echo"),
        new PlantedBug(
            "forgets to re-arm an accept",
            "net/StreamAcceptor.java",
            "      } else {\n        arm();\n      }",
            "      }",
            "echo"),
        new PlantedBug(
            "swallows ENOBUFS",
            "net/MultishotReceive.java",
            "      loop.receiveBuffers().awaitBuffers(this);",
            "",
            "slow-consumers"),
        new PlantedBug(
            "polls for buffers after ENOBUFS",
            "net/ReceiveSide.java",
            "      awaitBuffers();\n    } else if",
            "    } else if",
            "slow-consumers"),
        new PlantedBug(
            "closes a descriptor under a receive",
            "net/StreamConnection.java",
            "state == State.ENDING && !receive.isBusy() && !send.isBusy()) {",
            "state == State.ENDING && !send.isBusy()) {",
            "echo"),
        new PlantedBug(
            "drops the write queue under a send",
            "net/SendSide.java",
            "    if (!isBusy()) {\n      clear();\n    }",
            "    clear();",
            "shutdown"),
        new PlantedBug(
            "takes a short send for a whole one",
            "engine/OutputQueue.java",
            "    slices.consume(bytes);",
            "    slices.clear();",
            "echo"),
        new PlantedBug(
            "delivers while paused",
            "net/MultishotReceive.java",
            "mode == Mode.HOLD || delivering || !held.isEmpty()",
            "delivering || !held.isEmpty()",
            "echo"),
        new PlantedBug(
            "drops data that arrives after a cancel",
            "net/MultishotReceive.java",
            "mode == Mode.DISCARD || mode == Mode.STOPPED) {\n      data.unpin();",
            "mode != Mode.DELIVER) {\n      data.unpin();",
            "echo"),
        new PlantedBug(
            "leaks receive buffers",
            "net/MultishotReceive.java",
            "    delivering = false;\n    data.unpin();",
            "    delivering = false;",
            "echo"),
        new PlantedBug(
            "gives a receive buffer back while it is sent",
            "net/ReceiveSide.java",
            "      connection.handler().received(connection, data);",
            "      connection.handler().received(connection, data);\n"
                + "      if (connection.queuedBytes() > 4096) { data.unpin(); }",
            "echo"),
        new PlantedBug(
            "does not tell that a connection is writable again",
            "net/SendSide.java",
            "      connection.writable();",
            "",
            "echo"),
        new PlantedBug(
            "keeps the slots of a closed connection",
            "net/StreamConnection.java",
            "    loop.unreserve(SLOTS);\n    loop.statistics()",
            "    loop.statistics()",
            "echo"),
        new PlantedBug(
            "fires timers early",
            "LoopTimers.java",
            "deadlineAfter(backend.nanoTime(), delayNanos)",
            "deadlineAfter(backend.nanoTime(), delayNanos - delayNanos / 8)",
            "timers"),
        new PlantedBug(
            "waits longer than to the next timer",
            "EventLoop.java",
            "shutdown.limitWait(timers.waitNanos(now))",
            "shutdown.limitWait(timers.waitNanos(now) * 3)",
            "timers"),
        new PlantedBug(
            "loses wake-ups",
            "WakeFlag.java",
            "return parked && PARKED.compareAndSet(this, true, false);",
            "return false;",
            "clients"),
        new PlantedBug(
            "takes a short write for a whole one",
            "file/FullTransfer.java",
            "    if (result > 0 && done < length) {",
            "    if (result > length) {",
            "file-copy"),
        new PlantedBug(
            "closes a file under its operations",
            "file/AsyncFile.java",
            "    if (closing && inFlight == 0) {",
            "    if (closing && inFlight >= 0) {",
            "durable-log"),
        new PlantedBug(
            "forgets to re-arm a receive of datagrams",
            "net/MultishotReceive.java",
            "      arm();\n      operationEnded();",
            "      operationEnded();",
            "datagrams"),
        new PlantedBug(
            "swallows that a datagram was cut",
            "ReceivedMessage.java",
            "return (flags() & Libc.MSG_TRUNC) != 0;",
            "return false;",
            "datagrams"),
        new PlantedBug(
            "releases a datagram before its completion",
            "net/SendSlots.java",
            "    slices[slot] = slice;\n",
            "    slices[slot] = slice;\n    slice.unpin();\n",
            "datagrams"),
        new PlantedBug(
            "sends to whoever was first in the queue",
            "net/DatagramQueue.java",
            "MemorySegment.copy(addresses, head * STRIDE, target, ValueLayout.JAVA_BYTE, offset,",
            "MemorySegment.copy(addresses, 0, target, ValueLayout.JAVA_BYTE, offset,",
            "datagrams"),
        new PlantedBug(
            "delivers datagrams while paused",
            "net/MultishotReceive.java",
            "mode == Mode.HOLD || delivering || !held.isEmpty()",
            "delivering || !held.isEmpty()",
            "datagrams"),
        new PlantedBug(
            "closes a datagram socket under its sends",
            "net/UdpSocket.java",
            "state == State.ENDING && !receive.isBusy() && !send.isBusy()) {",
            "state == State.ENDING && !receive.isBusy()) {",
            "datagrams"),
        new PlantedBug(
            "leaks the buffers of datagrams that were held",
            "net/MultishotReceive.java",
            "    held.release();\n",
            "",
            "datagrams"),
        new PlantedBug(
            "swallows that a datagram was not sent",
            "net/DatagramSendSide.java",
            "      socket.sendFailed(errno, length, failedDestination);",
            "",
            "datagrams"),
        new PlantedBug(
            "tells the failure of a datagram with another destination",
            "net/DatagramSendSide.java",
            "slots.destination(slot, failedDestination);",
            "slots.destination(0, failedDestination);",
            "datagrams"),
        new PlantedBug(
            "drops the write queue of a pipe under its write",
            "pipe/PipeWriter.java",
            "      if (!end.isBusy() || polls) {",
            "      if (end.isBusy() || !polls) {",
            "pipes"),
        new PlantedBug(
            "forgets to write on when a pipe has room again",
            "pipe/PipeWriter.java",
            "      polls = false;\n      loop.atTurnEnd(flush);",
            "      polls = false;",
            "pipes"),
        new PlantedBug(
            "closes a pipe that has not taken all that is queued",
            "pipe/PipeWriter.java",
            "    if (queue.isEmpty()) {\n      end.end(0);",
            "    if (queue.isEmpty() || !end.isBusy()) {\n      end.end(0);",
            "pipes"),
        new PlantedBug(
            "delivers what a paused reader of a pipe has read",
            "pipe/PipeReader.java",
            "    if (paused) {\n      held = data.retain();",
            "    if (false) {\n      held = data.retain();",
            "pipes"),
        new PlantedBug(
            "loses what a paused reader of a pipe has kept",
            "pipe/PipeReader.java",
            "      paused = false;\n      deliverHeld();",
            "      paused = false;",
            "pipes"),
        new PlantedBug(
            "leaks what a reader of a pipe has kept when it closes",
            "pipe/PipeReader.java",
            "        held.release();\n",
            "",
            "pipes"),
        new PlantedBug(
            "closes a pipe under its read",
            "pipe/PipeEnd.java",
            "      loop.reservedOperations().cancel(operation);\n",
            "      loop.reservedOperations().cancel(operation);\n      closeDescriptor();\n",
            "pipes"),
        new PlantedBug(
            "reads more from a pipe than was allowed",
            "pipe/PipeReader.java",
            "end.read(reading.range(0, options.readBytes()));",
            "end.read(reading);",
            "pipes"),
        new PlantedBug(
            "lets the queue of a pipe grow beyond its watermark",
            "engine/OutputQueue.java",
            "    unwritable |= slices.bytes() > highWatermarkBytes;\n",
            "",
            "pipes"),
        new PlantedBug(
            "goes on writing a slice of a pipe behind a short write",
            "pipe/PipeWriter.java",
            "queue.consume(bytes);",
            "queue.consume(queue.length(0));",
            "pipes"),
        new PlantedBug(
            "takes a FIFO without a writer for one at its end",
            "pipe/PipeReader.java",
            "reader.open(true);",
            "reader.open(false);",
            "pipes"),
        new PlantedBug(
            "keeps the slots of a FIFO that could not be opened",
            "pipe/FifoOpener.java",
            "    if (result < 0) {\n      loop.unreserve(PipeEnd.SLOTS);",
            "    if (result < 0) {",
            "pipes"),
        new PlantedBug(
            "asks the kernel for a later deadline",
            "KernelTimeouts.java",
            "operations.timeout(kernelNanos,",
            "operations.timeout(kernelNanos + 1_000_000,",
            "timers"),
        new PlantedBug(
            "forgets a timer whose timeout of the kernel has passed",
            "KernelTimeouts.java",
            "      table.passed(entry);",
            "",
            "timers"),
        new PlantedBug(
            "frees the memory of abandoned operations",
            "LoopShutdown.java",
            "boolean kernelMayWrite = abandoned > 0;",
            "boolean kernelMayWrite = false;",
            "stuck-workers"),
        new PlantedBug(
            "releases the buffer of an abandoned operation",
            "LoopRemains.java",
            "-Errno.ECANCELED, OperationHandler.ABANDONED);",
            """
            -Errno.ECANCELED, OperationHandler.ABANDONED);
            if (operation.buffer != null) { operation.buffer.unpin(); }
            """,
            "stuck-workers"),
        new PlantedBug(
            "does not tell that an operation was abandoned",
            "LoopRemains.java",
            "-Errno.ECANCELED, OperationHandler.ABANDONED);",
            "-Errno.ECANCELED, 0);",
            "stuck-workers"),
        new PlantedBug(
            "closes the descriptor of an abandoned operation",
            "LoopRemains.java",
            "        && !abandonedDescriptors.contains(operation.descriptor)) {",
            "        ) {",
            "stuck-workers"),
        new PlantedBug(
            "goes on with a chain whatever a member has ended with",
            "backend/ChainRule.java",
            "    if (hardLink) {",
            "    if (hardLink || result < 0) {",
            "chains"),
        new PlantedBug(
            "takes a short transfer for the success of a member",
            "backend/ChainRule.java",
            "case READ, WRITE -> result == wantedBytes;",
            "case READ, WRITE -> result > 0;",
            "chains"),
        new PlantedBug(
            "loses the links of a chain when the submission queue is full",
            "backend/simulated/SubmissionQueue.java",
            "    put(members.get(0));",
            """
                if (submissions.size() + members.size() > entries) {
                  members.forEach(each -> { each.chain = null; put(each); });
                  return;
                }
                put(members.get(0));
            """,
            "chains"),
        new PlantedBug(
            "keeps the slots that a chain has set aside and not used",
            "OperationChain.java",
            "      table.unreserve(unused);",
            "",
            "chains"),
        new PlantedBug(
            "submits the members of a chain that is given up",
            "OperationChain.java",
            "        giveUp(members[index]);",
            "        backend.submit(members[index]);",
            "chains"),
        new PlantedBug(
            "acknowledges a record whose write was short",
            "file/SyncedWrite.java",
            "      done += written;\n      next();",
            "      handler.completed(length);",
            "durable-log"),
        new PlantedBug(
            "syncs again when a sync has failed",
            "file/SyncedWrite.java",
            "    } else {\n      handler.completed(result < 0 ? result : length);",
            """
                } else if (result == -Errno.EIO) {
                  file.fsync(dataOnly, this::synced);
                } else {
                  handler.completed(result < 0 ? result : length);
            """,
            "durable-log"),
        new PlantedBug(
            "leaves the file of a UNIX socket behind",
            "net/SocketFile.java",
            "      unlink();",
            "      finish(context, 0);",
            "local-echo"),
        new PlantedBug(
            "leaves the descriptor of a failed connect open",
            "net/StreamConnect.java",
            "      loop.reservedOperations().close(descriptor, this, CLOSE, null);",
            "      completed(CLOSE, null, 0, 0);",
            "clients"));
  }

  @ParameterizedTest
  @MethodSource("bugs")
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void isFound(PlantedBug bug) throws Exception {
    bug.assertFound(SEEDS);
  }
}
