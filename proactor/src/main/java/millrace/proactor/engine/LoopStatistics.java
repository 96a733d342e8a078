package millrace.proactor.engine;

import java.util.concurrent.atomic.LongAdder;
import millrace.proactor.metrics.LatencyHistogram;

/** Counters of a loop, written by the loop thread and read by any. */
public final class LoopStatistics {
  public final Counter turns = new Counter();
  public final Counter waits = new Counter();
  public final Counter operations = new Counter();
  public final Counter tasks = new Counter();

  /** Written by whichever thread was refused. */
  public final LongAdder tasksRejected = new LongAdder();

  public final Counter handlerFailures = new Counter();
  public final Counter timersStarted = new Counter();
  public final Counter timersFired = new Counter();
  public final Counter timersCancelled = new Counter();
  public final Counter timersRefused = new Counter();
  public final LatencyHistogram timerLateness = new LatencyHistogram();
  public final Counter connectionsOpened = new Counter();
  public final Counter connectionsClosed = new Counter();
  public final Counter connectionsRefused = new Counter();
  public final Counter acceptFailures = new Counter();
  public final Counter bytesReceived = new Counter();
  public final Counter bytesSent = new Counter();
  public final Counter receiveStarvations = new Counter();
  public final Counter copiedReceives = new Counter();
  public final Counter inFlight = new Counter();
  public final Counter staleCompletions = new Counter();
  public final Counter refusals = new Counter();
  public final Counter buffersOutstanding = new Counter();
  public final Counter receiveBuffersOutstanding = new Counter();
  public final Counter timersLive = new Counter();
}
