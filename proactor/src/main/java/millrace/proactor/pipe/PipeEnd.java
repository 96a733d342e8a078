package millrace.proactor.pipe;

import java.util.concurrent.CompletableFuture;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.CloseFutures;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.uring.Errno;

/**
 * What both ends have in common: one operation at a time on a descriptor, and its close, which
 * waits for that operation. Loop thread only.
 */
final class PipeEnd extends LoopResource implements OperationHandler {

  /** Slots set aside for each end: read, write or poll, and close. */
  static final int SLOTS = 2;

  private static final int TRANSFER = 0;
  private static final int POLL = 1;
  private static final int CLOSE = 2;
  private static final long OWN_POSITION = -1;

  /** What the end belongs to. */
  interface Owner {
    /** A read or write has ended. */
    void transferred(int result, boolean abandoned);

    /** What a poll has waited for is there. */
    void ready();

    /** The end has begun: nothing will be submitted any more. */
    void ending();

    /** Calls the handler. */
    void draining();

    /** Calls the handler. */
    void closed(int errno);
  }

  private final Loop loop;
  private final int descriptor;
  private final Owner owner;
  private long operation = Operations.REFUSED;
  private final CloseFutures closeFutures = new CloseFutures();
  private int errno;
  private boolean ending;
  private boolean closeSubmitted;

  /** The slots are set aside already; they are given back at the end. */
  PipeEnd(Loop loop, int descriptor, Owner owner) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.owner = owner;
  }

  int descriptor() {
    return descriptor;
  }

  boolean isBusy() {
    return operation != Operations.REFUSED;
  }

  boolean isEnding() {
    return ending;
  }

  int errno() {
    return errno;
  }

  /** Reads into {@code buffer}, at the descriptor's own position. */
  void read(BufferSlice buffer) {
    operation =
        loop.reservedOperations()
            .read(descriptor, buffer, OWN_POSITION, Operations.NO_TIMEOUT, this, TRANSFER, null);
  }

  /** Writes a part of {@code buffer}, at the descriptor's own position. */
  void write(BufferSlice buffer, int offset, int lengthBytes) {
    operation =
        loop.reservedOperations()
            .write(
                descriptor,
                buffer,
                offset,
                lengthBytes,
                OWN_POSITION,
                Operations.NO_TIMEOUT,
                this,
                TRANSFER,
                null);
  }

  /** Waits for {@code events}: {@link Owner#ready}. */
  void poll(int events) {
    operation =
        loop.reservedOperations().poll(descriptor, events, Operations.NO_TIMEOUT, this, POLL, null);
  }

  /** Begins the end, because of {@code newErrno} or in order: 0. */
  void end(int newErrno) {
    if (ending) {
      return;
    }
    ending = true;
    errno = newErrno;
    owner.ending();
    if (isBusy()) {
      // One by one and not by descriptor, which others may use too.
      loop.reservedOperations().cancel(operation);
    } else {
      closeDescriptor();
    }
  }

  void handlerFailed(Throwable failure) {
    loop.handlerFailed(failure);
    end(Errno.ECANCELED);
  }

  /** Completes {@code future} when the descriptor is closed. */
  void whenClosed(CompletableFuture<Void> future) {
    closeFutures.add(future);
  }

  private void closeDescriptor() {
    if (!closeSubmitted) {
      closeSubmitted = true;
      loop.reservedOperations().close(descriptor, this, CLOSE, null);
    }
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if (context == CLOSE) {
      descriptorClosed();
      return;
    }
    operation = Operations.REFUSED;
    if (context == TRANSFER) {
      owner.transferred(result, (flags & ABANDONED) != 0);
    } else if (result < 0) {
      end(-result);
    } else if (!ending) {
      owner.ready();
    }
    if (ending && !isBusy()) {
      closeDescriptor();
    }
  }

  private void descriptorClosed() {
    closeFutures.closed();
    loop.unregister(this);
    loop.unreserve(SLOTS);
    try {
      owner.closed(errno);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
    closeFutures.complete();
  }

  @Override
  public void drain() {
    if (!ending) {
      try {
        owner.draining();
      } catch (Throwable t) {
        handlerFailed(t);
      }
    }
  }

  @Override
  public void terminate() {
    end(Errno.ECANCELED);
  }
}
