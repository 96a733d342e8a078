package millrace.proactor.net;

import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.proactor.engine.Loop;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;

/**
 * The input of a connection: one multishot receive into the loop's provided buffers, re-armed in
 * one place ({@link #arm}) however it ended, and never while it is armed.
 *
 * <p>A multishot receive ends without F_MORE on end of stream, error, cancel, an empty buffer ring
 * (ENOBUFS), a full completion queue, and whenever the kernel sees fit, with data or without
 * (io_uring_multishot(7)).
 */
final class ReceiveSide implements OperationHandler, ProvidedBuffers.Starved {

  private enum Mode {
    /** Data goes to the handler. */
    DELIVER,
    /** Paused: what was under way is held. */
    HOLD,
    /** Lingering: data is dropped, its end is waited for. */
    DISCARD,
    /** Nothing is wanted any more. */
    STOPPED
  }

  private final StreamConnection connection;
  private final Loop loop;
  private final int descriptor;
  private final HeldSlices held = new HeldSlices();
  private Mode mode = Mode.DELIVER;
  private long operation = Operations.REFUSED;
  private boolean starved;
  private boolean ended;
  private boolean endReported;
  private boolean delivering;

  ReceiveSide(StreamConnection connection, Loop loop, int descriptor) {
    this.connection = connection;
    this.loop = loop;
    this.descriptor = descriptor;
  }

  /** Whether the kernel has an operation of this side. */
  boolean isBusy() {
    return operation != Operations.REFUSED;
  }

  /** Whether the peer has finished, or broken off. */
  boolean hasEnded() {
    return ended;
  }

  boolean isPaused() {
    return mode == Mode.HOLD;
  }

  /** Whether it waits for a receive buffer. */
  boolean isStarved() {
    return starved;
  }

  void pause() {
    if (mode == Mode.DELIVER) {
      mode = Mode.HOLD;
      disarm();
    }
  }

  void resume() {
    if (mode == Mode.HOLD) {
      mode = Mode.DELIVER;
      deliverHeld();
      arm();
    }
  }

  /** Drops all input until the peer's end. */
  void discard() {
    if (mode != Mode.STOPPED) {
      mode = Mode.DISCARD;
      held.release();
      arm();
      reportEnd();
    }
  }

  /** Wants nothing any more; whoever calls this cancels what is in flight. */
  void stop() {
    mode = Mode.STOPPED;
    held.release();
    leaveLine();
  }

  /** {@link #stop}, and cancels. */
  void stopAndDisarm() {
    stop();
    disarm();
  }

  /** The one place where the receive is armed. */
  void arm() {
    if (isWanted() && !ended && !starved && !isBusy()) {
      operation = loop.receiveMultishot(descriptor, this);
    }
  }

  private boolean isWanted() {
    return mode == Mode.DELIVER || mode == Mode.DISCARD;
  }

  private void leaveLine() {
    if (starved) {
      starved = false;
      loop.receiveBuffers().forget(this);
    }
  }

  private void disarm() {
    leaveLine();
    if (isBusy()) {
      loop.reservedOperations().cancel(operation);
    }
  }

  @Override
  public void buffersAvailable() {
    // Until now nobody waited for the peer.
    connection.noteActivity();
    starved = false;
    arm();
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if ((flags & CqeFlags.F_MORE) == 0) {
      operation = Operations.REFUSED;
    }
    if ((flags & CqeFlags.F_BUFFER) != 0) {
      BufferSlice data = loop.receiveBuffers().take(CqeFlags.bufferId(flags), Math.max(0, result));
      if (result > 0) {
        loop.statistics().bytesReceived.add(result);
        connection.noteActivity();
        accept(data);
      } else {
        data.unpin();
      }
    }
    if (result == 0) {
      ended = true;
      reportEnd();
    } else if (result == -Errno.ENOBUFS) {
      awaitBuffers();
    } else if (result < 0 && result != -Errno.ECANCELED) {
      ended = true;
      connection.fail(-result);
    }
    if (!isBusy()) {
      arm();
      connection.operationEnded();
    }
  }

  private void awaitBuffers() {
    if (!isBusy() && !starved && isWanted()) {
      starved = true;
      loop.receiveBuffers().awaitBuffers(this);
    }
  }

  private void accept(BufferSlice data) {
    if (mode == Mode.DISCARD || mode == Mode.STOPPED) {
      data.unpin();
    } else if (mode == Mode.HOLD || delivering || !held.isEmpty()) {
      held.add(loop.copyIfScarce(data, 0));
    } else {
      deliver(data);
      deliverHeld();
    }
  }

  private void deliverHeld() {
    while (mode == Mode.DELIVER && !delivering && !held.isEmpty()) {
      deliver(held.poll());
    }
    reportEnd();
  }

  private void deliver(BufferSlice data) {
    delivering = true;
    try {
      connection.handler().received(connection, data);
    } catch (Throwable t) {
      connection.handlerFailed(t);
    }
    delivering = false;
    data.unpin();
  }

  private void reportEnd() {
    if (!ended || endReported || delivering || !held.isEmpty()) {
      return;
    }
    if (mode == Mode.DELIVER) {
      endReported = true;
      connection.endOfStream();
    } else if (mode == Mode.DISCARD) {
      endReported = true;
      connection.lingerEnded();
    }
  }
}
