package millrace.proactor.backend.simulated;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
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

/**
 * The backend in a {@link World}: a turn takes what was submitted, lets events happen until there
 * is a completion or the wait is over, and delivers completions in an order of the seed's choice.
 */
public final class SimulatedBackend implements Backend {

  private final World world;
  private final OperationTable table;
  private final BackendStatistics statistics = new BackendStatistics();
  private final Kernel kernel;
  private final Completions completions;
  private final RequestsInFlight inFlight;
  private final RequestRunner runner;
  private final SubmissionQueue submissions;
  private final Cancels cancels;
  private final TurnRules rules;
  private final TurnTimes turnTimes;
  private final TurnWait wait;
  private final CompletionDelivery delivery;
  private final SimulatedSockets sockets;
  private final SimulatedDirectories directories;
  private final SimulatedSocketFiles socketFiles;
  private CompletionTarget target;

  /**
   * A kernel in {@code world}.
   *
   * @param table the slots
   * @param submissionEntries how many submissions wait for a turn before the kernel takes them
   */
  public SimulatedBackend(World world, OperationTable table, int submissionEntries) {
    this.world = world;
    this.table = table;
    completions = new Completions(world, statistics);
    kernel = new Kernel(world, new SimulatedNetwork(world), new SimulatedDisk(world), completions);
    inFlight = new RequestsInFlight(world);
    runner = new RequestRunner(kernel);
    submissions = new SubmissionQueue(world, statistics, submissionEntries, runner::issue);
    cancels = new Cancels(kernel, inFlight, submissions, runner);
    rules = new TurnRules(world);
    turnTimes = new TurnTimes(world);
    wait = new TurnWait(world, completions, inFlight, rules);
    delivery = new CompletionDelivery(kernel, table, inFlight, turnTimes, statistics);
    sockets = new SimulatedSockets(kernel, inFlight::use);
    directories = new SimulatedDirectories(kernel);
    socketFiles = new SimulatedSocketFiles(kernel);
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
    return inFlight.size();
  }

  /** What the kernel has and has not completed. */
  public String inFlight() {
    return inFlight.toString();
  }

  /** Lets the next turn fail with the result. */
  public IOException failNextTurn(String reason) {
    return rules.failNextTurn(reason);
  }

  /** When the loop has ended: lets the next event happen; false when there is none. */
  public boolean stepAfterEnd() {
    return world.step(Long.MAX_VALUE);
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public void start(CompletionTarget newTarget) {
    target = newTarget;
    delivery.setTarget(newTarget);
  }

  @Override
  public void submit(Operation operation) {
    Request request = new Request(operation);
    if (inFlight.admit(request)) {
      submissions.put(request);
    }
  }

  @Override
  public void submitChain(Operation first) {
    List<Request> members = new ArrayList<>();
    for (Operation each = first; each != null; each = each.chainNext) {
      members.add(new Request(each));
    }
    new RequestChain(kernel, members, runner::issue);
    world.trace().line("chain").add("members", members.size());
    for (Request member : members) {
      if (!inFlight.admit(member)) {
        return;
      }
    }
    submissions.putChain(members);
  }

  @Override
  public void cancel(Operation operation) {
    world.trace().line("cancel").add("slot", operation.index());
    cancels.cancel(operation.token());
  }

  @Override
  public void cancelDescriptor(int descriptor) {
    world.trace().line("cancel").add("fd", descriptor);
    cancels.cancelDescriptor(descriptor);
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

  @Override
  public int turn(long timeoutNanos, int limit) throws IOException {
    if (rules.hasFailure() && world.random().nextBoolean()) {
      // An error of io_uring_enter does not say that nothing was taken.
      submissions.take();
    }
    rules.check();
    statistics.systemCalls.increment();
    wait.spendTurn();
    submissions.take();
    wait.happenUntilNow();
    boolean waits = timeoutNanos != 0 && submissions.isEmpty() && !wait.isOver();
    boolean timedOut = waits && wait.await(timeoutNanos);
    turnTimes.waitEnded(timeoutNanos);
    target.waitEnded();
    boolean woken = wait.takeWakeUp();
    if (woken) {
      statistics.wakeUps.increment();
    }
    int delivered = delivery.deliver(limit);
    rules.turnEnded(delivered > 0, timedOut || woken);
    return delivered;
  }

  @Override
  public void wake() {
    wait.wake();
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
    kernel.buffers = new SimulatedBufferGroup(world, count, inFlight::memoryGivenBack);
    return kernel.buffers;
  }

  @Override
  public Consumer<MemorySegment> returnedMemory() {
    return inFlight::memoryGivenBack;
  }

  @Override
  public BackendStatistics statistics() {
    return statistics;
  }

  @Override
  public void close(boolean abandon) {
    world.trace().line("end").add(abandon ? "abandons" : "clean");
    if (!abandon && !inFlight.isEmpty()) {
      world.violated("the backend is closed with operations in flight: " + inFlight);
    }
  }
}
