package millrace.proactor.backend.epoll;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.KernelSockets;
import millrace.proactor.backend.MessageMemory;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.proactor.buffer.Quarantine;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import millrace.uring.UringException;

/**
 * The backend on epoll: an operation is tried in the turn after its submission, waits for readiness
 * if it must, and is tried again. A turn is one {@code epoll_pwait2} and the calls that do the I/O.
 */
public final class EpollBackend implements Backend {

  /** For files, when the application leaves it to the backend. */
  private static final int DEFAULT_WORKERS = 4;

  private final OperationTable table;
  private final BackendStatistics statistics = new BackendStatistics();
  private final Sockets sockets = new KernelSockets(Libc.SOCK_NONBLOCK);
  private final Arena arena = Arena.ofShared();
  private final Requests requests = new Requests();
  private final ReadyList ready = new ReadyList();
  private final CallBudget budget = new CallBudget(statistics);
  private final EpollWakeUp wakeUp;
  private final Watcher watcher;
  private final FileWorkers workers;
  private final Deadlines deadlines;
  private final PendingOperations pendingOperations;
  private final Chains chains;
  private final SocketCalls socketCalls;
  private final MessageCalls messageCalls;
  private final OperationRunner runner;
  private final Consumer<Operation> cancelUnlessClose = this::cancelUnlessClose;
  private CompletionTarget target;
  private EpollBufferGroup bufferGroup;
  private boolean pollSkipped;

  /**
   * Sets the epoll instance up; any thread.
   *
   * @param name of the loop, for the names of worker threads
   * @param table the slots
   * @param workerThreads most worker threads for files, 0 for the default
   * @param levelTriggered level-triggered instead of edge-triggered
   * @throws UringException EMFILE, ENFILE, ENOMEM of epoll_create1(2) and eventfd(2)
   */
  public EpollBackend(String name, OperationTable table, int workerThreads, boolean levelTriggered)
      throws UringException {
    this.table = table;
    DescriptorTable descriptors = new DescriptorTable();
    wakeUp = new EpollWakeUp();
    watcher = openWatcher(descriptors, levelTriggered);
    int threads = workerThreads > 0 ? workerThreads : DEFAULT_WORKERS;
    workers = new FileWorkers(name, threads, table.capacity(), wakeUp);
    deadlines = new Deadlines(table.capacity());
    pendingOperations = new PendingOperations(table.capacity());
    chains = new Chains(requests, pendingOperations);
    FileType fileType = new FileType(arena);
    int restBytes = MessageHeader.bytes(MessageMemory.MOST_SEGMENTS);
    MemorySegment rest = arena.allocate(restBytes, 16);
    socketCalls = new SocketCalls(descriptors, budget, rest);
    messageCalls = new MessageCalls(budget, arena, rest);
    runner =
        new OperationRunner(
            descriptors,
            watcher,
            ready,
            budget,
            workers,
            deadlines,
            fileType,
            new Attempts(socketCalls, messageCalls, new StreamCalls(fileType, arena)),
            chains);
  }

  private Watcher openWatcher(DescriptorTable descriptors, boolean levelTriggered)
      throws UringException {
    try {
      return new Watcher(descriptors, ready, statistics, wakeUp, levelTriggered, arena);
    } catch (UringException e) {
      wakeUp.close();
      arena.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return "epoll";
  }

  @Override
  public void start(CompletionTarget newTarget) {
    target = newTarget;
    budget.target(newTarget);
  }

  @Override
  public void submit(Operation operation) {
    pendingOperations.renew(operation);
    requests.add(Requests.SUBMIT, operation.token());
  }

  @Override
  public void submitChain(Operation first) {
    chains.submit(first);
  }

  @Override
  public void cancel(Operation operation) {
    if (chains.members().cancel(operation)) {
      return;
    }
    PendingOperation pending = pendingOperations.of(operation);
    if (pending != null) {
      pending.cancelRequested = true;
      requests.add(Requests.CANCEL, operation.token());
    }
  }

  @Override
  public void cancelDescriptor(int descriptor) {
    // Those that have begun are in the lists of the descriptor.
    chains.members().cancelDescriptor(descriptor, begun -> {});
    requests.addCancelDescriptor(descriptor);
  }

  @Override
  public void cancelAll() {
    table.forEachInFlight(cancelUnlessClose);
  }

  private void cancelUnlessClose(Operation operation) {
    if (operation.kind != OperationKind.CLOSE) {
      cancel(operation);
    }
  }

  @Override
  public int turn(long timeoutNanos, int limit) throws IOException {
    budget.turn(limit);
    serveRequests();
    // What was delivered already may have given the loop something to do before it may wait.
    boolean delivered = budget.deliveriesLeft() < limit;
    boolean workLeft =
        delivered || !runner.ended().isEmpty() || !ready.isEmpty() || !requests.isEmpty();
    if (workLeft && !pollSkipped) {
      // Results are there, so the kernel is asked for more a turn later: half as many calls for a
      // loop that answers one message at a time.
      pollSkipped = true;
    } else {
      pollSkipped = false;
      watcher.await(workLeft ? 0 : waitNanos(timeoutNanos));
    }
    target.waitEnded();
    runner.serveReady();
    runner.collectFromWorkers();
    if (!deadlines.isEmpty()) {
      deadlines.expire(nanoTime(), runner);
    }
    deliver();
    return limit - budget.deliveriesLeft();
  }

  private long waitNanos(long timeoutNanos) {
    return timeoutNanos == 0 || deadlines.isEmpty()
        ? timeoutNanos
        : deadlines.limitWait(timeoutNanos, nanoTime());
  }

  private void serveRequests() {
    while (!requests.isEmpty() && budget.mayDeliver()) {
      long request = requests.poll();
      int purpose = Requests.purpose(request);
      if (purpose == Requests.CANCEL_DESCRIPTOR) {
        runner.cancelDescriptor(Requests.descriptor(request));
        continue;
      }
      Operation operation = table.find(Requests.token(request));
      if (operation == null) {
        assert purpose == Requests.CANCEL : "ended before it was tried";
      } else if (purpose == Requests.CANCEL) {
        runner.cancel(pendingOperations.of(operation));
      } else {
        begin(operation);
      }
    }
  }

  private void begin(Operation operation) {
    chains.members().remove(operation);
    PendingOperation pending = pendingOperations.of(operation);
    if (operation.cancelRequested) {
      runner.endWithoutBeginning(pending);
    } else {
      runner.begin(pending);
    }
  }

  private void deliver() {
    OperationList ended = runner.ended();
    while (!ended.isEmpty() && budget.mayDeliver()) {
      PendingOperation pending = ended.poll();
      budget.deliver(pending, pending.result, pending.resultFlags);
    }
  }

  @Override
  public void wake() {
    wakeUp.signal();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Sockets sockets() {
    return sockets;
  }

  @Override
  public ProvidedBufferGroup provideBuffers(int count) {
    if (bufferGroup != null) {
      throw new IllegalStateException("this backend has its buffer group already");
    }
    bufferGroup = new EpollBufferGroup(count);
    socketCalls.buffers(bufferGroup);
    messageCalls.buffers(bufferGroup);
    return bufferGroup;
  }

  @Override
  public BackendStatistics statistics() {
    return statistics;
  }

  @Override
  public void close(boolean abandon) {
    if (abandon) {
      // A worker thread may be in the middle of an operation, whose memory is the slot's.
      Quarantine.keepObject(this);
    }
    workers.close();
    wakeUp.close();
    watcher.close();
    // Nothing in it is used outside of a call that this thread makes.
    arena.close();
  }
}
