package millrace.proactor;

import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.engine.LoopStatistics;

/** Makes a snapshot of the counters; any thread. */
final class MetricsReader {

  private MetricsReader() {}

  static ProactorMetrics read(LoopStatistics loop, BackendStatistics backend) {
    return new ProactorMetrics(
        loop.turns.get(),
        loop.waits.get(),
        backend.systemCalls.get(),
        loop.operations.get(),
        backend.completions.get(),
        loop.inFlight.get(),
        loop.staleCompletions.get(),
        loop.refusals.get(),
        backend.deferrals.get(),
        backend.overflows.get(),
        backend.wakeUps.get(),
        loop.tasks.get(),
        loop.tasksRejected.sum(),
        loop.handlerFailures.get(),
        loop.timersLive.get(),
        loop.timersStarted.get(),
        loop.timersFired.get(),
        loop.timersCancelled.get(),
        loop.timersRefused.get(),
        loop.connectionsOpened.get(),
        loop.connectionsClosed.get(),
        loop.connectionsRefused.get(),
        loop.acceptFailures.get(),
        loop.bytesReceived.get(),
        loop.bytesSent.get(),
        loop.receiveStarvations.get(),
        loop.copiedReceives.get(),
        loop.buffersOutstanding.get(),
        loop.receiveBuffersOutstanding.get());
  }
}
