package millrace.proactor.backend.simulated;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Directories;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.SocketFiles;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;

/**
 * The backend in a {@link World}: a turn takes what was submitted, lets events happen until there
 * is a completion or the wait is over, and delivers completions in an order of the seed's choice.
 */
public final class SimulatedBackend implements Backend {

  private static final long SHORTEST_TURN_NANOS = 200;
  private static final long LONGEST_TURN_NANOS = 4_000;
  private static final long LONGEST_STALL_NANOS = 50_000_000;
  private static final long LONGEST_LATENESS_NANOS = 5_000_000;
  private static final long LONGEST_RACE_NANOS = 500_000;

  /** A loop may need a few turns in which nothing comes; this many are a busy loop. */
  private static final int MOST_IDLE_TURNS = 64;

  /** A bound on turns: so many, and so many more for each event that has happened. */
  private static final int TURNS_GRANTED = 2000;

  private static final int TURNS_PER_EVENT = 20;

  private final World world;
  private final OperationTable table;
  private final int submissionEntries;
  private final BackendStatistics statistics = new BackendStatistics();
  private final ArrayDeque<Runnable> submissions = new ArrayDeque<>();
  private final Map<Long, Request> requests = new LinkedHashMap<>();
  private final Set<Long> usedTokens = new HashSet<>();
  private final TurnTimes turnTimes;
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Kernel kernel;
  private final Completions completions;
  private final FileRequests fileRequests;
  private final SimulatedSockets sockets;
  private final SimulatedDirectories directories;
  private final SimulatedSocketFiles socketFiles;
  private CompletionTarget target;
  private IOException failure;
  private boolean chainQueued;
  private long eventsSeen;
  private int idleTurns;
  private long turns;

  /**
   * A kernel in {@code world}.
   *
   * @param table the slots
   * @param submissionEntries how many submissions wait for a turn before the kernel takes them
   */
  public SimulatedBackend(World world, OperationTable table, int submissionEntries) {
    this.world = world;
    this.table = table;
    this.submissionEntries = submissionEntries;
    this.turnTimes = new TurnTimes(world);
    this.completions = new Completions(world, statistics);
    this.kernel =
        new Kernel(world, new SimulatedNetwork(world), new SimulatedDisk(world), completions);
    this.fileRequests = new FileRequests(kernel);
    this.sockets = new SimulatedSockets(kernel, descriptor -> user(descriptor) != null);
    this.directories = new SimulatedDirectories(kernel);
    this.socketFiles = new SimulatedSocketFiles(kernel);
  }

  /** The disk of this kernel. */
  public SimulatedDisk disk() {
    return kernel.disk;
  }

  /** Another machine on the network. */
  public RemoteHost remoteHost() {
    return new RemoteHost(kernel);
  }

  /** Pipes that others have made. */
  public SimulatedPipes pipes() {
    return new SimulatedPipes(kernel);
  }

  /** How long the turn has taken up to now, without what it was asked to wait. */
  public long turnNanos() {
    return turnTimes.turnNanos();
  }

  /** How late a timer may fire now that waited for a TIMEOUT at {@code deadlineNanos}. */
  public long latenessOfWatched(long deadlineNanos) {
    return turnTimes.latenessOfWatched(deadlineNanos);
  }

  /** For whoever looks at the kernel itself. */
  Kernel kernel() {
    return kernel;
  }

  /** Descriptors that are open. */
  public int openDescriptors() {
    return kernel.descriptors.open();
  }

  /** Duplicates that were delivered: what the proactor must have dropped as stale. */
  public int duplicates() {
    return completions.duplicates();
  }

  /** Whether {@link Fault#STUCK_WORKER} may strike. */
  public void letWorkersGetStuck(boolean may) {
    kernel.workersMayGetStuck = may;
  }

  /** Operations that were submitted and whose last completion was not delivered. */
  public int operationsInFlight() {
    return requests.size();
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public void start(CompletionTarget newTarget) {
    target = newTarget;
  }

  @Override
  public void submit(Operation operation) {
    Request request = new Request(operation);
    if (admit(request)) {
      put(() -> issue(request));
    }
  }

  @Override
  public void submitChain(Operation first) {
    List<Request> members = new ArrayList<>();
    for (Operation each = first; each != null; each = each.chainNext) {
      members.add(new Request(each));
    }
    new RequestChain(kernel, members, this::issue);
    world.trace().line("chain").add("members", members.size());
    for (Request member : members) {
      if (!admit(member)) {
        return;
      }
    }
    // One submission, however full the queue is: what is taken in two is two chains. It is taken in
    // the turn and not before: until then any member may be cancelled unbegun.
    chainQueued = true;
    put(() -> issue(members.get(0)));
  }

  /** Whether it may be submitted. */
  private boolean admit(Request request) {
    world.trace().line("submit").add(request);
    if (!usedTokens.add(request.token)) {
      world.violated(request + ": this slot and generation were used before");
      return false;
    }
    Request user = request.kind == OperationKind.CLOSE ? userBeside(request) : null;
    if (user != null) {
      world.violated(request + ": closed under " + user);
    }
    requests.put(request.token, request);
    return true;
  }

  /** What uses the descriptor of {@code close}, and has not ended before that begins. */
  private Request userBeside(Request close) {
    for (Request request : requests.values()) {
      boolean before = request.chain != null && request.chain == close.chain;
      if (!before && uses(request, close.descriptor)) {
        return request;
      }
    }
    return null;
  }

  /** Not a close that is done: the number may be another file's already. */
  private static boolean uses(Request request, int descriptor) {
    boolean closed = request.kind == OperationKind.CLOSE && request.state == Request.State.DONE;
    return request.descriptor == descriptor && !closed;
  }

  private Request user(int descriptor) {
    for (Request request : requests.values()) {
      if (uses(request, descriptor)) {
        return request;
      }
    }
    return null;
  }

  private void put(Runnable submission) {
    submissions.add(submission);
    if (submissions.size() >= submissionEntries && !chainQueued) {
      takeSubmissions();
    }
  }

  private void takeSubmissions() {
    int count = submissions.size();
    if (count > 0 && world.faults().strikes(Fault.SUBMIT_BUSY)) {
      statistics.deferrals.increment();
      count = world.faults().amount(0, count - 1);
    }
    for (; count > 0; count--) {
      submissions.poll().run();
    }
    chainQueued &= !submissions.isEmpty();
  }

  private void issue(Request request) {
    if (request.cancelRequested) {
      kernel.complete(request, -Errno.ECANCELED);
    } else {
      begin(request);
    }
  }

  private void begin(Request request) {
    request.file = kernel.descriptors.get(request.descriptor);
    if (request.timeoutNanos > 0) {
      world.after(request.timeoutNanos, () -> timeout(request));
    }
    switch (request.kind) {
      case NOP -> kernel.complete(request, 0);
      case CLOSE -> close(request);
      case TIMEOUT -> startTimeout(request);
      case OPEN, OPEN_HOW, STATUS, UNLINK, SYNC -> fileRequests.start(request);
      default -> {
        if (request.file instanceof WaitableFile file) {
          file.start(request);
        } else if (request.file instanceof OpenedFile) {
          fileRequests.start(request);
        } else {
          kernel.complete(request, -Errno.EBADF);
        }
      }
    }
  }

  private void close(Request request) {
    int result = kernel.descriptors.close(request.descriptor);
    if (result < 0) {
      world.violated(request + ": was not open");
    }
    kernel.complete(request, result);
  }

  /** IORING_OP_TIMEOUT with an absolute time: ETIME when it has passed. */
  private void startTimeout(Request request) {
    request.state = Request.State.PARKED;
    world.after(
        request.offset - world.nowNanos(),
        () -> {
          if (request.state != Request.State.DONE) {
            kernel.complete(request, -Errno.ETIME);
          }
        });
  }

  /** The linked timeout: a cancel, whose effect is told as ETIME. */
  private void timeout(Request request) {
    if (request.state != Request.State.DONE) {
      request.timedOut = true;
      end(request);
    }
  }

  @Override
  public void cancel(Operation operation) {
    long token = operation.token();
    world.trace().line("cancel").add("slot", operation.index());
    Request request = requests.get(token);
    if (request != null && waitsInChain(request)) {
      request.cancelRequested = true;
    }
    put(() -> cancelNow(requests.get(token)));
  }

  @Override
  public void cancelDescriptor(int descriptor) {
    world.trace().line("cancel").add("fd", descriptor);
    for (Request request : requests.values()) {
      if (waitsInChainOn(descriptor, request)) {
        request.cancelRequested = true;
      }
    }
    put(
        () -> {
          for (Request request : requests.values().toArray(Request[]::new)) {
            // By file, not by number (IORING_ASYNC_CANCEL_FD), whatever the number stood for
            // before.
            if (kernel.descriptors.names(descriptor, request.file)
                || waitsInChainOn(descriptor, request)) {
              cancelNow(request);
            }
          }
        });
  }

  @Override
  public void cancelAll() {
    world.trace().line("cancel").add("all");
    table.forEachInFlight(
        operation -> {
          if (operation.kind != OperationKind.CLOSE) {
            cancel(operation);
          }
        });
  }

  private void cancelNow(Request request) {
    if (request == null || request.state == Request.State.DONE) {
      return; // ENOENT
    }
    if (waitsInChain(request)) {
      request.cancelRequested = true;
      return;
    }
    if (request.state == Request.State.PARKED && world.faults().strikes(Fault.CANCEL_RACE)) {
      world.step(world.nowNanos() + LONGEST_RACE_NANOS);
    }
    end(request);
  }

  private static boolean waitsInChain(Request request) {
    return request.chain != null && request.state == Request.State.QUEUED;
  }

  private static boolean waitsInChainOn(int descriptor, Request request) {
    return waitsInChain(request)
        && request.kind.isOnDescriptor()
        && request.descriptor == descriptor;
  }

  private void end(Request request) {
    if (request.state == Request.State.PARKED) {
      if (request.file instanceof WaitableFile file) {
        file.forget(request);
      }
      kernel.complete(request, request.resultIfCancelled());
    } else if (request.state == Request.State.WORKING) {
      fileRequests.interrupt(request); // EALREADY
    }
  }

  @Override
  public int turn(long timeoutNanos, int limit) throws IOException {
    if (failure != null && world.random().nextBoolean()) {
      // An error of io_uring_enter does not say that nothing was taken.
      takeSubmissions();
    }
    checkRules();
    statistics.systemCalls.increment();
    long turnNanos = world.between(SHORTEST_TURN_NANOS, LONGEST_TURN_NANOS);
    if (world.faults().strikes(Fault.STALL)) {
      turnNanos += world.faults().nanos(0, LONGEST_STALL_NANOS);
    }
    world.advanceTo(world.nowNanos() + turnNanos);
    takeSubmissions();
    happenUntilNow();
    boolean timedOut = false;
    if (timeoutNanos != 0 && completions.isEmpty() && submissions.isEmpty() && !woken.get()) {
      timedOut = await(timeoutNanos);
    }
    turnTimes.waitEnded(timeoutNanos);
    target.waitEnded();
    boolean wasWoken = woken.getAndSet(false);
    if (wasWoken) {
      statistics.wakeUps.increment();
    }
    int delivered = deliver(limit);
    countIdle(delivered > 0, timedOut || wasWoken);
    return delivered;
  }

  /** Lets the next turn fail with the result. */
  public IOException failNextTurn(String reason) {
    failure = new IOException(reason);
    return failure;
  }

  /** When the loop has ended: lets the next event happen; false when there is none. */
  public boolean stepAfterEnd() {
    return world.step(Long.MAX_VALUE);
  }

  private void checkRules() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (!world.violations().isEmpty()) {
      throw new IOException("a rule was broken: " + world.violations().get(0));
    }
  }

  private void happenUntilNow() {
    long now = world.nowNanos();
    while (world.step(now)) {}
  }

  /** Whether the wait ended because its time was over. */
  private boolean await(long timeoutNanos) throws IOException {
    long now = world.nowNanos();
    boolean limited = timeoutNanos > 0 && timeoutNanos < Long.MAX_VALUE - now;
    long endNanos = limited ? now + timeoutNanos : Long.MAX_VALUE;
    boolean interrupted = world.faults().strikes(Fault.WAIT_INTERRUPTED);
    if (interrupted) {
      endNanos = Math.min(endNanos, now + world.faults().nanos(0, LONGEST_LATENESS_NANOS));
    }
    while (completions.isEmpty() && !woken.get()) {
      if (!world.violations().isEmpty() || !world.step(endNanos)) {
        break;
      }
    }
    if (!completions.isEmpty() || woken.get()) {
      return false;
    }
    if (endNanos == Long.MAX_VALUE) {
      checkRules();
      world.violated("the loop waits for ever: nothing will ever happen; in flight: " + inFlight());
      checkRules();
    }
    world.advanceTo(endNanos);
    if (world.faults().strikes(Fault.LATE_WAKE_UP)) {
      world.advanceTo(endNanos + world.faults().nanos(0, LONGEST_LATENESS_NANOS));
      happenUntilNow();
    }
    return true;
  }

  /** What the kernel has and has not completed. */
  public String inFlight() {
    return requests.values().toString();
  }

  private void countIdle(boolean delivered, boolean called) {
    boolean happened = delivered || called || world.executed() != eventsSeen;
    eventsSeen = world.executed();
    idleTurns = happened ? 0 : idleTurns + 1;
    turns++;
    if (idleTurns > MOST_IDLE_TURNS || turns - TURNS_GRANTED > TURNS_PER_EVENT * world.executed()) {
      world.violated(
          "a busy loop: "
              + turns
              + " turns for "
              + world.executed()
              + " events, "
              + idleTurns
              + " idle ones in a row");
    }
  }

  private int deliver(int limit) {
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
      requests.remove(request.token);
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

  @Override
  public void wake() {
    woken.set(true);
  }

  @Override
  public long nanoTime() {
    return world.nowNanos();
  }

  @Override
  public Sockets sockets() {
    return sockets;
  }

  @Override
  public SocketFiles socketFiles() {
    return socketFiles;
  }

  @Override
  public Directories directories() {
    return directories;
  }

  @Override
  public ProvidedBufferGroup provideBuffers(int count) {
    kernel.buffers = new SimulatedBufferGroup(world, count, this::givenBack);
    return kernel.buffers;
  }

  /** Memory came back to its pool: no operation may have it, and nobody reads it any more. */
  private void givenBack(MemorySegment memory) {
    for (Request request : requests.values()) {
      if (request.touches(memory)) {
        world.violated(request + ": its memory was given back before the last completion");
      }
    }
    KernelMemory.poison(memory);
  }

  @Override
  public Consumer<MemorySegment> returnedMemory() {
    return this::givenBack;
  }

  @Override
  public BackendStatistics statistics() {
    return statistics;
  }

  @Override
  public void close(boolean abandon) {
    world.trace().line("end").add(abandon ? "abandons" : "clean");
    if (!abandon && !requests.isEmpty()) {
      world.violated("the backend is closed with operations in flight: " + inFlight());
    }
  }
}
