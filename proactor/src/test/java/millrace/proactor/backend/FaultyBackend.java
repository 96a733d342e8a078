package millrace.proactor.backend;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import millrace.proactor.buffer.ProvidedBufferGroup;

/**
 * A backend that passes everything on to another one, except what a test lets fail: operations that
 * the kernel never completes, or with an errno of the test's, a turn or a start that fails, a clock
 * that jumps or stands still.
 */
public final class FaultyBackend implements Backend {

  private final Backend backend;
  private volatile Predicate<Operation> swallowed = operation -> false;
  private volatile Predicate<Operation> failing = operation -> false;
  private volatile int errno;
  private final ArrayDeque<Operation> failed = new ArrayDeque<>();
  private final AtomicInteger failures = new AtomicInteger();
  private CompletionTarget target;
  private volatile IOException turnFailure;
  private IOException startFailure;
  private IOException bufferFailure;
  private final AtomicLong offsetNanos = new AtomicLong();
  private volatile long jumpNanos;
  private volatile long frozenAtNanos;
  private volatile boolean frozen;
  private int cancelAlls;
  private volatile Sockets sockets;
  private volatile SocketFiles socketFiles;

  public FaultyBackend(Backend backend) {
    this.backend = backend;
  }

  /** Operations that are never submitted, and so never complete. */
  public void swallow(Predicate<Operation> operations) {
    swallowed = operations;
  }

  /** Operations that complete with {@code -newErrno}, in the next turn; without the kernel. */
  public void fail(int newErrno, Predicate<Operation> operations) {
    errno = newErrno;
    failing = operations;
  }

  /** From now on the calls without completion are these. */
  public void replaceCalls(Sockets newSockets, SocketFiles newSocketFiles) {
    sockets = newSockets;
    socketFiles = newSocketFiles;
  }

  /** How many operations were failed. */
  public int failures() {
    return failures.get();
  }

  /** From now on only {@link #advance} moves the clock. */
  public void freezeClock() {
    frozenAtNanos = backend.nanoTime();
    frozen = true;
  }

  public void advance(long nanos) {
    offsetNanos.addAndGet(nanos);
  }

  public void failTurn(IOException failure) {
    turnFailure = failure;
  }

  public void failStart(IOException failure) {
    startFailure = failure;
  }

  public void failBuffers(IOException failure) {
    bufferFailure = failure;
  }

  /** From now on each cancelAll moves the clock on, except the very first. */
  public void jumpAtCancelAll(long nanos) {
    jumpNanos = nanos;
  }

  public int cancelAlls() {
    return cancelAlls;
  }

  @Override
  public String name() {
    return "faulty " + backend.name();
  }

  @Override
  public void start(CompletionTarget newTarget) throws IOException {
    if (startFailure != null) {
      throw startFailure;
    }
    target = newTarget;
    backend.start(newTarget);
  }

  @Override
  public void submit(Operation operation) {
    if (failing.test(operation)) {
      failed.add(operation);
    } else if (!swallowed.test(operation)) {
      backend.submit(operation);
    }
  }

  @Override
  public void submitChain(Operation first) {
    backend.submitChain(first);
  }

  @Override
  public void cancel(Operation operation) {
    backend.cancel(operation);
  }

  @Override
  public void cancelDescriptor(int descriptor) {
    backend.cancelDescriptor(descriptor);
  }

  @Override
  public void cancelAll() {
    cancelAlls++;
    if (cancelAlls > 1) {
      offsetNanos.addAndGet(jumpNanos);
    }
    backend.cancelAll();
  }

  @Override
  public int turn(long timeoutNanos, int limit) throws IOException {
    IOException failure = turnFailure;
    if (failure != null) {
      throw failure;
    }
    boolean quiet = failed.isEmpty();
    for (int count = failed.size(); count > 0; count--) {
      failures.incrementAndGet();
      target.completed(failed.poll(), -errno, 0);
    }
    return backend.turn(quiet ? timeoutNanos : 0, limit);
  }

  @Override
  public void wake() {
    backend.wake();
  }

  @Override
  public long nanoTime() {
    return (frozen ? frozenAtNanos : backend.nanoTime()) + offsetNanos.get();
  }

  @Override
  public Sockets sockets() {
    Sockets replaced = sockets;
    return replaced == null ? backend.sockets() : replaced;
  }

  @Override
  public SocketFiles socketFiles() {
    SocketFiles replaced = socketFiles;
    return replaced == null ? backend.socketFiles() : replaced;
  }

  @Override
  public ProvidedBufferGroup provideBuffers(int count) throws IOException {
    if (bufferFailure != null) {
      throw bufferFailure;
    }
    return backend.provideBuffers(count);
  }

  @Override
  public BackendStatistics statistics() {
    return backend.statistics();
  }

  @Override
  public void close(boolean abandon) {
    backend.close(abandon);
  }
}
