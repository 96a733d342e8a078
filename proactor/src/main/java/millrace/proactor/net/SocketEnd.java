package millrace.proactor.net;

import java.util.concurrent.CompletableFuture;
import millrace.proactor.OperationHandler;
import millrace.proactor.engine.CloseFutures;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.proactor.engine.TimeLimit;
import millrace.uring.Errno;

/**
 * How a socket ends: what is queued is sent within a limit of time, the operations in flight are
 * cancelled by descriptor and waited for, and the last one is close(2), so that the descriptor's
 * number is never reused under an operation. Loop thread only.
 */
final class SocketEnd extends LoopResource {

  private enum State {
    OPEN,
    /** What is queued is sent. */
    FLUSHING,
    /** All is sent, and the peer's end is waited for. */
    LINGERING,
    /** Nothing is submitted any more. */
    ENDING,
    /** Nothing is in flight but the close. */
    CLOSING,
    CLOSED
  }

  /** The socket. */
  interface Owner {

    /** Whether the kernel has an operation of it, the close aside. */
    boolean isBusy();

    /** Ends it at once because of {@code errno}: by {@link SocketEnd#fail}. */
    void abort(int errno);

    /** The end has begun: whatever it has started is stopped. */
    void ending();

    /** What is in flight is about to be cancelled. */
    void cancelling();

    /** The limit that was set for the close is over. */
    void limitReached();

    /** The loop is shutting down, and the socket is open: tells the handler. */
    void draining();

    /** The descriptor is closed: gives back what was set aside, and tells the handler. */
    void closed(int errno);
  }

  private final Loop loop;
  private final int descriptor;
  private final Owner owner;
  private final TimeLimit limit;
  private final OperationHandler closeHandler = this::descriptorClosed;
  private final CloseFutures closeFutures = new CloseFutures();
  private State state = State.OPEN;
  private int errno;

  SocketEnd(Loop loop, int descriptor, Owner owner) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.owner = owner;
    this.limit = TimeLimit.of(loop, owner::limitReached);
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  boolean isFlushing() {
    return state == State.FLUSHING;
  }

  boolean isLingering() {
    return state == State.LINGERING;
  }

  /** Whether the descriptor may be another file's. */
  boolean isClosing() {
    return state.compareTo(State.CLOSING) >= 0;
  }

  /** Whether nothing can be submitted any more. */
  boolean isEnding() {
    return state.compareTo(State.ENDING) >= 0;
  }

  /** Why it ended; 0: in order, or not yet. */
  int errno() {
    return errno;
  }

  /** From here on what is queued is sent, and nothing else; false when that is so already. */
  boolean beginFlush() {
    if (state != State.OPEN) {
      return false;
    }
    state = State.FLUSHING;
    return true;
  }

  /** All is sent, and the peer's end is waited for. */
  void beginLinger() {
    state = State.LINGERING;
  }

  /** Limits what has begun: {@link Owner#limitReached}. */
  void limit(long nanos) {
    if (!limit.setAfter(nanos)) {
      owner.abort(Errno.ENOBUFS);
    }
  }

  /** Ends it in order. */
  void finish() {
    fail(0);
  }

  /** Ends it because of {@code newErrno}; without effect when it is ending already. */
  void fail(int newErrno) {
    if (isEnding()) {
      return;
    }
    errno = newErrno;
    state = State.ENDING;
    limit.cancel();
    owner.ending();
    if (owner.isBusy()) {
      owner.cancelling();
      loop.reservedOperations().cancelDescriptor(descriptor);
    }
    operationEnded();
  }

  /** An operation of the socket has ended; the last one lets the descriptor go. */
  void operationEnded() {
    if (state == State.ENDING && !owner.isBusy()) {
      state = State.CLOSING;
      loop.reservedOperations().close(descriptor, closeHandler, 0, null);
    }
  }

  private void descriptorClosed(long context, Object attachment, int result, int flags) {
    state = State.CLOSED;
    closeFutures.closed();
    loop.unregister(this);
    owner.closed(errno);
    closeFutures.complete();
  }

  /** Completes {@code future} when the descriptor is closed. */
  void whenClosed(CompletableFuture<Void> future) {
    closeFutures.add(future);
  }

  @Override
  public void drain() {
    if (state == State.OPEN) {
      owner.draining();
    }
  }

  @Override
  public void terminate() {
    owner.abort(Errno.ECANCELED);
  }

  @Override
  public String toString() {
    return "fd=" + descriptor + ", " + state;
  }
}
