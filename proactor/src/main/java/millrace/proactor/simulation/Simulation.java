package millrace.proactor.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.TimerPolicy;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.simulated.RemoteHost;
import millrace.proactor.backend.simulated.RemoteSocket;
import millrace.proactor.backend.simulated.SimulatedBackend;
import millrace.proactor.backend.simulated.World;
import millrace.proactor.buffer.Quarantine;
import millrace.proactor.engine.LoopAccess;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.net.ConnectionAcceptor;
import millrace.timers.Timer;

/**
 * One run of a {@link Scenario}: its proactor and the world around it.
 *
 * <p><b>Threading.</b> {@link #run} does everything on the calling thread, which is the loop thread
 * of {@link #proactor()}; runs on different threads are independent of each other.
 *
 * <p><b>Time</b> is virtual: it passes in the waits of the loop and by the cost of each turn, never
 * in a handler. Code that is simulated must get its time from {@link Proactor#nanoTime()} and its
 * chance from {@link #random()}, and start no threads.
 *
 * <p><b>Rules.</b> Whatever the scenario looks at itself, a run fails when the memory of an
 * operation is touched, released or reused before its last completion, a slot or descriptor is
 * reused under an operation, a stale completion is dispatched, a handler throws, the loop is busy
 * without reason or waits for ever, a timer fires outside of its bound, or anything is left over at
 * the end: slots, reservations, buffers, descriptors.
 */
public final class Simulation {

  private static final long LIMIT_NANOS = Duration.ofHours(2).toNanos();
  private static final long SCENARIO_SALT = 0x5343_454E_4152_494FL;
  private static final int MOST_EVENTS_AFTER_END = 1_000_000;

  private final Scenario scenario;
  private final long seed;
  private final World world;
  private final SplittableRandom random;
  private final ProactorOptions options;
  private final OperationTable table;
  private final SimulatedBackend backend;
  private final RemoteHost remoteHost;
  private final SimulatedFiles files;
  private final CheckedTimers timers;
  private final EndRules endRules;
  private final List<Throwable> failures = new ArrayList<>();
  private Proactor proactor;
  private Throwable breakOff;
  private boolean ended;
  private boolean loopOver;

  private Simulation(Scenario scenario, long seed, FaultPlan faults) {
    this.scenario = scenario;
    this.seed = seed;
    world = new World(seed, faults);
    random = new SplittableRandom(seed ^ SCENARIO_SALT);
    ProactorOptions.Builder builder = smallOptions();
    scenario.configure(builder, this);
    options = builder.failureHandler(failures::add).build();
    table = new OperationTable(options.maxOperationsInFlight());
    backend = new SimulatedBackend(world, table, options.submissionEntries());
    backend.letWorkersGetStuck(scenario.expectsAbandoned());
    remoteHost = backend.remoteHost();
    files = new SimulatedFiles(backend.disk());
    timers = new CheckedTimers(world, backend, options);
    endRules = new EndRules(scenario, world, table, backend);
  }

  /** Limits that a scenario meets. */
  private ProactorOptions.Builder smallOptions() {
    return ProactorOptions.builder()
        .name("simulated")
        .maxOperationsInFlight(random.nextInt(24, 128))
        .submissionEntries(8 << random.nextInt(4))
        .receiveBuffers(4 << random.nextInt(4), 64 << random.nextInt(5))
        .bufferPoolBytes(1 << 20)
        .taskQueueCapacity(64)
        .taskBudget(random.nextInt(1, 64))
        .completionBudget(random.nextInt(1, 64))
        .timerTickNanos(random.nextInt(1_000, 2_000_000))
        .timerPolicy(anyTimerPolicy())
        .maxTimers(1024);
  }

  private TimerPolicy anyTimerPolicy() {
    return switch (random.nextInt(3)) {
      case 0 -> TimerPolicy.WHEEL;
      case 1 -> TimerPolicy.HEAP;
      default -> TimerPolicy.KERNEL;
    };
  }

  /**
   * Runs a scenario from its start to the end of its loop.
   *
   * @param scenario makes the scenario of this run
   * @param seed decides everything, together with {@code faults}
   * @param faults what goes wrong, and how often
   * @return how it went
   */
  public static SimulationResult run(Supplier<Scenario> scenario, long seed, FaultPlan faults) {
    try (Quarantine.Temporary _ = Quarantine.temporary()) {
      return new Simulation(scenario.get(), seed, faults).run();
    }
  }

  private SimulationResult run() {
    long startNanos = world.nowNanos();
    world.trace().line("scenario").add(scenario.name()).add("seed", seed);
    world.after(LIMIT_NANOS, this::tooLate);
    ShutdownReport report = LoopAccess.runner().run(options, table, backend, this::startScenario);
    world.faults().enable(false);
    scenario.release(this);
    endRules.check(report, failures, breakOff, timers.started(), proactor);
    settle();
    if (world.violations().isEmpty()) {
      scenario.check(this, report);
    }
    return new SimulationResult(
        scenario.name(),
        seed,
        List.copyOf(world.violations()),
        List.copyOf(world.faults().injected()),
        world.trace().text(),
        world.nowNanos() - startNanos,
        proactor == null ? 0 : proactor.metrics().turns(),
        report);
  }

  private void startScenario(Proactor started) {
    proactor = started;
    try {
      scenario.start(this);
    } catch (IOException e) {
      throw new IllegalStateException(scenario.name() + " did not start", e);
    }
    world.faults().enable(true);
  }

  private void tooLate() {
    if (!ended) {
      violated("not finished in " + LIMIT_NANOS + " ns; in flight: " + backend.inFlight());
    } else if (!loopOver) {
      violated("not shut down in time; in flight: " + backend.inFlight());
    }
  }

  /** What the network and the disk still have to do; the loop is gone. */
  private void settle() {
    loopOver = true;
    for (int count = 0; world.violations().isEmpty() && backend.stepAfterEnd(); count++) {
      if (count > MOST_EVENTS_AFTER_END) {
        violated("the other machines find no end");
      }
    }
  }

  /** {@return the proactor of this run} */
  public Proactor proactor() {
    return proactor;
  }

  /** {@return chance, for the scenario} */
  public SplittableRandom random() {
    return random;
  }

  /** {@return the virtual time in nanoseconds, that of {@link Proactor#nanoTime()}} */
  public long nanoTime() {
    return world.nowNanos();
  }

  /**
   * Holds the loop up, as a handler does that blocks or computes: when this returns, so much time
   * has passed, and the loop hears of what has happened meanwhile when it turns. Loop thread.
   *
   * @param nanos how long, in nanoseconds
   */
  public void holdUp(long nanos) {
    world.pass(nanos);
  }

  /** {@return the disk} */
  public SimulatedFiles files() {
    return files;
  }

  /**
   * Lets something happen in the world, between two turns of the loop; it must not use the proactor
   * except by {@link Proactor#execute} and {@link Proactor#shutdown}, like another thread.
   *
   * @param delayNanos from now, in nanoseconds
   * @param action what happens
   */
  public void after(long delayNanos, Runnable action) {
    world.after(delayNanos, Objects.requireNonNull(action, "action"));
  }

  /**
   * Another machine connects to the proactor.
   *
   * @param address where the proactor listens
   * @param handler what the machine does
   * @return its end
   */
  public SimulatedPeer connect(InetSocketAddress address, PeerHandler handler) {
    SimulatedPeer peer = new SimulatedPeer();
    peer.attach(remoteHost.connect(address, peer.adapter(handler)));
    return peer;
  }

  /**
   * Another machine listens.
   *
   * @param address where
   * @param handlers makes the handler of each connection
   */
  public void listen(InetSocketAddress address, Supplier<PeerHandler> handlers) {
    Supplier<RemoteSocket.Handler> adapters = () -> new SimulatedPeer().adapter(handlers.get());
    if (remoteHost.listen(address, adapters) != 0) {
      throw new IllegalArgumentException("address: " + address + " is in use");
    }
  }

  /**
   * Another machine opens a UDP socket.
   *
   * @param address where; port 0 takes a free one
   * @param handler what the machine does
   * @return the socket
   */
  public SimulatedDatagramPeer datagramPeer(
      InetSocketAddress address, DatagramPeerHandler handler) {
    SimulatedDatagramPeer[] peer = new SimulatedDatagramPeer[1];
    peer[0] =
        new SimulatedDatagramPeer(
            remoteHost.datagrams(
                address, (socket, source, data) -> handler.received(peer[0], source, data)));
    return peer[0];
  }

  /**
   * Makes a pipe, as another part of the program would: to be wrapped, or for raw operations.
   *
   * @param capacityBytes how much it holds, at least 4096
   * @param readNonBlocking whether the reading end has O_NONBLOCK
   * @param writeNonBlocking whether the writing end has it
   * @return the descriptors of the reading and of the writing end; null when there are none left
   */
  public int[] pipe(int capacityBytes, boolean readNonBlocking, boolean writeNonBlocking) {
    return backend.pipes().open(capacityBytes, readNonBlocking, writeNonBlocking);
  }

  /**
   * Makes a FIFO, to be opened with O_NONBLOCK.
   *
   * @param path an absolute path, of which only the name is new
   * @param capacityBytes how much it holds, at least 4096
   */
  public void fifo(Path path, int capacityBytes) {
    backend.pipes().makeFifo(path.toString(), capacityBytes);
  }

  /**
   * How often a fault has struck so far.
   *
   * @param fault its kind
   * @return how often
   */
  public int injected(Fault fault) {
    return (int) world.faults().injected().stream().filter(each -> each.fault() == fault).count();
  }

  /**
   * An acceptor whose handlers are watched: each call in its place, {@code closed} last and exactly
   * once, nothing received while paused, the write queue within its limit.
   *
   * @param acceptor the acceptor to watch
   * @param writeQueueLimitBytes the limit that the connections have
   * @return what to give to a listener or a connector
   */
  public ConnectionAcceptor checked(ConnectionAcceptor acceptor, long writeQueueLimitBytes) {
    return connection ->
        new CheckedHandler(this, acceptor.accepted(connection), connection, writeQueueLimitBytes);
  }

  /**
   * Starts a timer of the proactor, and checks when it fires: not before its deadline, and after it
   * by no more than a tick and what the turn took; with {@link TimerPolicy#HEAP} what the turn
   * took; with {@link TimerPolicy#KERNEL} in the turn in which the kernel has told.
   *
   * @param delayNanos from now, in nanoseconds
   * @param action what it does
   * @return the timer, for {@link #cancelTimer}; null when the proactor takes no more
   */
  public Timer startTimer(long delayNanos, Runnable action) {
    return timers.start(proactor, delayNanos, action);
  }

  /**
   * Cancels a timer.
   *
   * @param timer a timer of {@link #startTimer}
   * @return false when it was not started any more
   */
  public boolean cancelTimer(Timer timer) {
    return timers.cancel(proactor, timer);
  }

  /** {@return whether the loop was told to end} */
  public boolean isEnded() {
    return ended;
  }

  /** The scenario has seen what it wanted: no more faults, and the loop drains and ends. */
  public void end() {
    if (!ended) {
      world.faults().enable(false);
      shutdown(Proactor.DEFAULT_DRAIN);
    }
  }

  /**
   * Shuts the loop down, while faults go on.
   *
   * @param drainLimit how long connections may finish
   */
  public void shutdown(Duration drainLimit) {
    ended = true;
    world.trace().line("shutdown").add("nanos", drainLimit.toNanos());
    proactor.shutdown(drainLimit);
    world.after(LIMIT_NANOS, this::tooLate);
  }

  /**
   * Ends the loop at once, with a failure: the process dies here. What it had not completed is
   * abandoned.
   */
  public void breakOff() {
    ended = true;
    breakOff = backend.failNextTurn("the scenario breaks off");
  }

  /**
   * close(2) by another part of the program: of a descriptor that no operation is on, such as one
   * that raw operations could not close any more, since the loop has ended ({@link
   * Scenario#release}).
   *
   * @param descriptor the descriptor
   */
  public void closeDescriptor(int descriptor) {
    backend.sockets().close(descriptor);
  }

  /**
   * Something is wrong: the run has failed, and ends with the turn.
   *
   * @param rule the rule that was broken
   */
  public void violated(String rule) {
    world.violated(rule);
  }

  /**
   * Writes a line into the trace.
   *
   * @param text the line
   */
  public void note(String text) {
    world.trace().line("note").add(text);
  }
}
