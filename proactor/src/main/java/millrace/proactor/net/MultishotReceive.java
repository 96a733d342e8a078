package millrace.proactor.net;

import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.proactor.engine.Loop;
import millrace.uring.CqeFlags;

/**
 * The input of a socket: one multishot receive into the loop's provided buffers, re-armed in one
 * place ({@link #arm}) however it ended, and never while it is armed. Loop thread only.
 *
 * <p>A multishot receive ends without F_MORE on end of stream, error, cancel, an empty buffer ring
 * (ENOBUFS), a full completion queue, and whenever the kernel sees fit, with data or without
 * (io_uring_multishot(7)).
 */
abstract class MultishotReceive implements OperationHandler, ProvidedBuffers.Starved {

  private enum Mode {
    /** Data goes to the handler. */
    DELIVER,
    /** Paused: what was under way is held. */
    HOLD,
    /** Data is dropped, and its end is waited for. */
    DISCARD,
    /** Nothing is wanted any more. */
    STOPPED
  }

  final Loop loop;
  private final HeldSlices held = new HeldSlices();
  private Mode mode = Mode.DELIVER;
  private long operation = Operations.REFUSED;
  private boolean starved;
  private boolean delivering;

  MultishotReceive(Loop loop) {
    this.loop = loop;
  }

  /** Submits the operation: its number. */
  abstract long submit();

  /** The kernel has filled {@code data}, whose one pin is taken over. */
  abstract void received(BufferSlice data, int result);

  /**
   * Takes over the pin of what comes while it cannot be delivered, and gives it to {@code held}.
   */
  abstract void hold(BufferSlice data, HeldSlices held);

  /** Lends {@code data} to the handler; throws nothing. */
  abstract void lend(BufferSlice data);

  /** What a completion says, once its data is accepted. */
  abstract void told(int result, int flags);

  /** Something may have become of what is held: delivered, dropped. */
  void caughtUp() {}

  /** The operation has ended; another one may be armed in its place. */
  abstract void operationEnded();

  /** Whether the kernel has an operation of this side. */
  final boolean isBusy() {
    return operation != Operations.REFUSED;
  }

  final boolean isPaused() {
    return mode == Mode.HOLD;
  }

  final boolean isDelivering() {
    return mode == Mode.DELIVER;
  }

  final boolean isDiscarding() {
    return mode == Mode.DISCARD;
  }

  final boolean isStopped() {
    return mode == Mode.STOPPED;
  }

  /** Whether it waits for a receive buffer. */
  final boolean isStarved() {
    return starved;
  }

  /** Whether everything that has come is with the handler. */
  final boolean isCaughtUp() {
    return !delivering && held.isEmpty();
  }

  final void pause() {
    if (mode == Mode.DELIVER) {
      mode = Mode.HOLD;
      disarm();
    }
  }

  final void resume() {
    if (mode == Mode.HOLD) {
      mode = Mode.DELIVER;
      deliverHeld();
      arm();
    }
  }

  /** Drops what comes, until the end. */
  final void discard() {
    if (mode != Mode.STOPPED) {
      drop(Mode.DISCARD);
      arm();
      caughtUp();
    }
  }

  /** Wants nothing any more; whoever calls this cancels what is in flight. */
  final void stop() {
    drop(Mode.STOPPED);
    leaveLine();
  }

  /** {@link #stop}, and cancels. */
  final void stopAndDisarm() {
    stop();
    disarm();
  }

  private void drop(Mode newMode) {
    mode = newMode;
    held.release();
  }

  /** Whether it may be armed now. */
  boolean isWanted() {
    return mode == Mode.DELIVER || mode == Mode.DISCARD;
  }

  /** The one place where the receive is armed. */
  final void arm() {
    if (isWanted() && !starved && !isBusy()) {
      operation = submit();
    }
  }

  /** Asks for the end of what is armed, and waits for no buffer. */
  void disarm() {
    leaveLine();
    if (isBusy()) {
      loop.reservedOperations().cancel(operation);
    }
  }

  private void leaveLine() {
    if (starved) {
      starved = false;
      loop.receiveBuffers().forget(this);
    }
  }

  /** After ENOBUFS: there is no retry, so that starvation is no busy loop. */
  final void awaitBuffers() {
    if (!isBusy() && !starved && isWanted()) {
      starved = true;
      loop.receiveBuffers().awaitBuffers(this);
    }
  }

  @Override
  public void buffersAvailable() {
    starved = false;
    arm();
  }

  @Override
  public final void completed(long context, Object attachment, int result, int flags) {
    if ((flags & CqeFlags.F_MORE) == 0) {
      operation = Operations.REFUSED;
    }
    if ((flags & CqeFlags.F_BUFFER) != 0) {
      int length = Math.max(0, result);
      received(loop.receiveBuffers().take(CqeFlags.bufferId(flags), length), result);
    }
    told(result, flags);
    if (!isBusy()) {
      arm();
      operationEnded();
    }
  }

  /** Delivers, holds or drops {@code data}, whose pin is taken over. */
  final void accept(BufferSlice data) {
    if (mode == Mode.DISCARD || mode == Mode.STOPPED) {
      data.unpin();
    } else if (mode == Mode.HOLD || delivering || !held.isEmpty()) {
      hold(data, held);
    } else {
      deliver(data);
      deliverHeld();
    }
  }

  private void deliverHeld() {
    while (mode == Mode.DELIVER && !delivering && !held.isEmpty()) {
      deliver(held.poll());
    }
    caughtUp();
  }

  private void deliver(BufferSlice data) {
    delivering = true;
    lend(data);
    delivering = false;
    data.unpin();
  }
}
