package millrace.proactor;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Directories;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.SocketFiles;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.proactor.buffer.SlabPool;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.proactor.engine.LoopResources;
import millrace.proactor.engine.LoopStatistics;
import millrace.proactor.engine.TurnEndQueue;
import millrace.proactor.engine.TurnEndTask;
import millrace.proactor.schedule.MpscQueue;
import millrace.timers.Timer;
import millrace.timers.TimerSink;
import millrace.uring.CqeFlags;

/**
 * One turn of the loop, again and again: timers, tasks, what was written, one wait, completions.
 * How it ends is {@link LoopShutdown}'s.
 */
final class EventLoop implements Loop, CompletionTarget, TimerSink {

  /** At the end of the loop: whoever asks again and again does not keep it from ending. */
  private static final int MAX_LATER_ROUNDS = 64;

  private final Proactor proactor;
  private final ProactorOptions options;
  private final Backend backend;
  private final OperationTable table;
  private final Thread thread;
  private final LoopStatistics statistics = new LoopStatistics();
  private final LoopResources resources = new LoopResources();
  private final TurnEndQueue turnEnd = new TurnEndQueue();
  private final HeardTurns heardTurns = new HeardTurns();
  private final WakeFlag wakeFlag = new WakeFlag();
  private final Consumer<Throwable> failureSink = this::handlerFailed;
  private final MpscQueue<Runnable> tasks;
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final SlabPool pool;
  private final Operations operations;
  private final Operations reservedOperations;
  private final LoopShutdown shutdown;
  private LoopTimers timers;
  private ProvidedBuffers receiveBuffers;
  private long now;
  private boolean laterClosed;

  EventLoop(
      Proactor proactor,
      ProactorOptions options,
      Backend backend,
      OperationTable table,
      Thread thread) {
    this.proactor = proactor;
    this.options = options;
    this.backend = backend;
    this.table = table;
    this.thread = thread;
    this.tasks = new MpscQueue<>(options.taskQueueCapacity());
    this.pool = new SlabPool(options.bufferPoolBytes(), this::signal, backend.returnedMemory());
    int entries = options.submissionEntries();
    this.operations = new Operations(table, backend, statistics, thread, false, entries);
    this.reservedOperations = new Operations(table, backend, statistics, thread, true, entries);
    this.shutdown = new LoopShutdown(this, options.failureHandler());
  }

  /**
   * The life of the loop, on its thread: starts, turns until the shutdown says that it is over, and
   * ends, however far it came.
   *
   * @param started run before the first turn; not when the start fails
   */
  void run(Runnable started) {
    boolean running = false;
    try {
      start();
      running = true;
      started.run();
      while (!shutdown.isOver()) {
        turn();
      }
    } catch (Throwable t) {
      shutdown.failed(t, running);
    } finally {
      shutdown.finish();
    }
  }

  private void start() throws IOException {
    backend.start(this);
    pool.bindToCurrentThread();
    timers = new LoopTimers(options, backend, table, operations, statistics);
    receiveBuffers =
        new ProvidedBuffers(
            backend.provideBuffers(options.receiveBufferCount()),
            options.receiveBufferCount(),
            options.receiveBufferBytes(),
            this::signal);
    operations.bind(receiveBuffers);
  }

  private void turn() throws IOException {
    statistics.turns.increment();
    wakeFlag.clear();
    now = backend.nanoTime();
    timers.expire(now, this);
    runTasks(options.taskBudget());
    runLater();
    pool.collect();
    receiveBuffers.collect();
    serveWaiting();
    table.waitingForRoom().serve(failureSink);
    // After whoever was served: it may have released receive buffers.
    receiveBuffers.serveStarved(now);
    turnEnd.run(failureSink);
    // Those of the tasks that were served in between.
    checkChain();
    // Before the wait: what has ended since the last turn may be what the shutdown waited for.
    shutdown.advance();
    receiveBuffers.publish();
    publishLevels();
    long timeoutNanos = waitNanos();
    if (timeoutNanos != 0) {
      statistics.waits.increment();
    }
    heardTurns.ended(backend.turn(timeoutNanos, options.completionBudget()));
  }

  @Override
  public void waitEnded() {
    wakeFlag.unpark();
  }

  private long waitNanos() {
    if (!tasks.isEmpty() || hasWork() || shutdown.isOver()) {
      return 0;
    }
    long timeout = receiveBuffers.limitWait(shutdown.limitWait(timers.waitNanos(now)), now);
    return timeout == 0 || !wakeFlag.park() ? 0 : timeout;
  }

  private boolean hasWork() {
    return !later.isEmpty()
        || !turnEnd.isEmpty()
        || pool.hasWork()
        || table.waitingForRoom().hasWork();
  }

  private void serveWaiting() {
    try {
      pool.serveWaiting();
    } catch (Throwable t) {
      handlerFailed(t);
    }
  }

  /** Those that are there now: one that asks again and again is not to stop the turn. */
  private void runLater() {
    for (int count = later.size(); count > 0; count--) {
      guarded(later.poll());
    }
  }

  void runTasks(int budget) {
    for (int count = 0; count < budget; count++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      statistics.tasks.increment();
      guarded(task);
    }
  }

  /** Runs what others have given; what it throws is counted and reported, and goes no further. */
  void guarded(Runnable action) {
    try {
      action.run();
    } catch (Throwable t) {
      handlerFailed(t);
    }
    checkChain();
  }

  /** After whatever others have given has run: a chain does not stay open. */
  private void checkChain() {
    if (operations.hasOpenChain()) {
      handlerFailed(operations.closeOpenChain());
    }
  }

  @Override
  public void completed(Operation operation, int result, int flags) {
    OperationHandler handler = operation.handler;
    long context = operation.context;
    Object attachment = operation.attachment;
    BufferSlice buffer = null;
    BufferSlice secondBuffer = null;
    if ((flags & CqeFlags.F_MORE) == 0) {
      // The slot is free before the handler runs, so that it may submit the next operation from
      // the same reservation; the memory stays until it has returned.
      buffer = operation.buffer;
      secondBuffer = operation.secondBuffer;
      table.free(operation);
    }
    try {
      handler.completed(context, attachment, result, flags);
    } catch (Throwable t) {
      handlerFailed(t);
    } finally {
      checkChain();
      unpin(buffer);
      unpin(secondBuffer);
    }
  }

  /** Unpins what an operation had, if it had one. */
  static void unpin(BufferSlice buffer) {
    if (buffer != null) {
      buffer.unpin();
    }
  }

  @Override
  public void expired(Timer timer, long nowNanos) {
    // Before the handler, which may start the timer again.
    statistics.timerLateness.record(nowNanos - timer.deadlineNanos());
    runHandler(timer, nowNanos);
  }

  private void runHandler(Timer timer, long nowNanos) {
    try {
      TimerSink.RUN_HANDLERS.expired(timer, nowNanos);
    } catch (Throwable t) {
      handlerFailed(t);
    }
    checkChain();
  }

  private void publishLevels() {
    statistics.inFlight.set(table.inFlight());
    statistics.staleCompletions.set(table.staleCompletions());
    statistics.refusals.set(table.refusals());
    timers.publish();
    statistics.buffersOutstanding.set(pool.outstanding());
    statistics.receiveBuffersOutstanding.set(receiveBuffers.outstanding());
    statistics.receiveStarvations.set(receiveBuffers.exhaustions());
  }

  private void signal() {
    // Not by the thread: in a simulation the world acts on the loop's own while that waits. In a
    // handler the flag says that nobody waits.
    if (wakeFlag.signal()) {
      backend.wake();
    }
  }

  /** Lets no further task in and runs those that are in. */
  void closeTasks() {
    tasks.close();
    while (!tasks.isEmpty()) {
      runTasks(Integer.MAX_VALUE);
      // A producer between its claim and its store: it needs a few instructions, not a wake-up.
      Thread.onSpinWait();
    }
    // What is told here may be answered by a call whose own answer comes later too (a close).
    for (int rounds = 0; rounds < MAX_LATER_ROUNDS && !later.isEmpty(); rounds++) {
      runLater();
    }
    laterClosed = true;
    runLater();
  }

  /** Any thread; without effect on a loop that has ended. */
  void requestShutdown(long drainLimitNanos) {
    shutdown.request(drainLimitNanos);
    signal();
  }

  LoopShutdown shutdownState() {
    return shutdown;
  }

  LoopResources resources() {
    return resources;
  }

  OperationTable table() {
    return table;
  }

  Backend backend() {
    return backend;
  }

  /** Ends the application's timers before their time; returns how many. */
  int fireTimers() {
    return timers == null ? 0 : timers.drain(this::runHandler);
  }

  /** Ends the application's timers; returns how many. */
  int cancelTimers() {
    return timers == null ? 0 : timers.drain((timer, nowNanos) -> {});
  }

  /** Once nothing will fire any more. */
  int liveTimers() {
    if (timers == null) {
      return 0;
    }
    timers.publish();
    return timers.live();
  }

  PendingTimers pendingTimers() {
    return options.pendingTimers();
  }

  void endOperations() {
    operations.end();
  }

  void detachOperations() {
    operations.detach();
    reservedOperations.detach();
  }

  @Override
  public Proactor proactor() {
    return proactor;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public Operations reservedOperations() {
    return reservedOperations;
  }

  @Override
  public long receiveMultishot(int descriptor, OperationHandler handler) {
    return reservedOperations.receiveMultishot(
        descriptor, receiveBuffers.groupId(), handler, 0, null);
  }

  @Override
  public long receiveMessages(
      int descriptor, BufferSlice header, int messageFlags, OperationHandler handler) {
    return reservedOperations.receiveMessageMultishot(
        descriptor, header, messageFlags, receiveBuffers.groupId(), handler, 0, null);
  }

  @Override
  public boolean reserve(int slots) {
    return table.reserve(slots);
  }

  @Override
  public void unreserve(int slots) {
    table.unreserve(slots);
  }

  @Override
  public int room() {
    return table.room();
  }

  @Override
  public void whenRoom(Runnable task) {
    table.waitingForRoom().add(task);
  }

  @Override
  public Sockets sockets() {
    return backend.sockets();
  }

  @Override
  public SocketFiles socketFiles() {
    return backend.socketFiles();
  }

  @Override
  public Directories directories() {
    return backend.directories();
  }

  @Override
  public SlabPool buffers() {
    return pool;
  }

  @Override
  public ProvidedBuffers receiveBuffers() {
    return receiveBuffers;
  }

  @Override
  public void register(LoopResource resource) {
    checkInLoop();
    resources.add(resource);
    shutdown.registered(resource);
  }

  @Override
  public void unregister(LoopResource resource) {
    resources.remove(resource);
  }

  @Override
  public void atTurnEnd(TurnEndTask task) {
    turnEnd.add(task);
  }

  boolean startApplicationTimer(Timer timer, long delayNanos) {
    checkInLoop();
    return timers.start(timer, delayNanos);
  }

  boolean startApplicationTimer(Timer timer, long delayNanos, long slackNanos) {
    checkInLoop();
    return timers.start(timer, delayNanos, slackNanos);
  }

  @Override
  public boolean startTimer(Timer timer, long delayNanos) {
    checkInLoop();
    return timers.startOfResource(timer, delayNanos);
  }

  @Override
  public boolean cancelTimer(Timer timer) {
    checkInLoop();
    return timers.cancel(timer);
  }

  @Override
  public long nanoTime() {
    return backend.nanoTime();
  }

  @Override
  public long currentTurn() {
    return heardTurns.current();
  }

  @Override
  public boolean hasHeardSince(long turn) {
    return heardTurns.haveHeardSince(turn);
  }

  @Override
  public void execute(Runnable task) {
    if (!tasks.offer(task)) {
      statistics.tasksRejected.increment();
      if (tasks.isClosed()) {
        throw new RejectedExecutionException(options.name() + " has shut down");
      }
      throw new RejectedExecutionException(
          options.name() + ": " + options.taskQueueCapacity() + " tasks are waiting already");
    }
    signal();
  }

  @Override
  public void executeLater(Runnable task) {
    checkInLoop();
    if (laterClosed) {
      throw new RejectedExecutionException(options.name() + " has shut down");
    }
    later.add(task);
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void checkInLoop() {
    if (!inLoop()) {
      throw new IllegalStateException(
          "this belongs to " + thread + ", called on " + Thread.currentThread());
    }
  }

  @Override
  public void handlerFailed(Throwable failure) {
    statistics.handlerFailures.increment();
    try {
      options.failureHandler().accept(failure);
    } catch (Throwable t) {
      // The report itself failed; the counter tells of it, and the loop goes on.
      failure.addSuppressed(t);
    }
  }

  @Override
  public LoopStatistics statistics() {
    return statistics;
  }
}
