package millrace.proactor.backend;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import millrace.proactor.buffer.ProvidedBufferGroup;

/**
 * A backend that passes everything on to another one, except what a test lets fail: operations that
 * the kernel never completes, a turn or a start that fails, a clock that jumps.
 */
public final class FaultyBackend implements Backend {

  private final Backend backend;
  private volatile Predicate<Operation> swallowed = operation -> false;
  private volatile IOException turnFailure;
  private IOException startFailure;
  private IOException bufferFailure;
  private final AtomicLong offsetNanos = new AtomicLong();
  private volatile long jumpNanos;
  private int cancelAlls;

  public FaultyBackend(Backend backend) {
    this.backend = backend;
  }

  /** Operations that are never submitted, and so never complete. */
  public void swallow(Predicate<Operation> operations) {
    swallowed = operations;
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
  public void start(CompletionTarget target) throws IOException {
    if (startFailure != null) {
      throw startFailure;
    }
    backend.start(target);
  }

  @Override
  public void submit(Operation operation) {
    if (!swallowed.test(operation)) {
      backend.submit(operation);
    }
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
    return backend.turn(timeoutNanos, limit);
  }

  @Override
  public void wake() {
    backend.wake();
  }

  @Override
  public long nanoTime() {
    return backend.nanoTime() + offsetNanos.get();
  }

  @Override
  public Sockets sockets() {
    return backend.sockets();
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
