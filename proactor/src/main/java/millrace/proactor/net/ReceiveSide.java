package millrace.proactor.net;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.uring.Errno;

/** The input of a connection: its bytes, and its end, which comes after the last of them. */
final class ReceiveSide extends MultishotReceive {

  private final StreamConnection connection;
  private final int descriptor;
  private boolean ended;
  private boolean endReported;

  ReceiveSide(StreamConnection connection, Loop loop, int descriptor) {
    super(loop);
    this.connection = connection;
    this.descriptor = descriptor;
  }

  /** Whether the peer has finished, or broken off. */
  boolean hasEnded() {
    return ended;
  }

  @Override
  long submit() {
    return loop.receiveMultishot(descriptor, this);
  }

  @Override
  boolean isWanted() {
    return !ended && super.isWanted();
  }

  @Override
  public void buffersAvailable() {
    // Until now nobody waited for the peer.
    connection.noteActivity();
    super.buffersAvailable();
  }

  @Override
  void received(BufferSlice data, int result) {
    if (result > 0) {
      loop.statistics().bytesReceived.add(result);
      connection.noteActivity();
      accept(data);
    } else {
      data.unpin();
    }
  }

  @Override
  void told(int result, int flags) {
    if (result == 0) {
      ended = true;
      reportEnd();
    } else if (result == -Errno.ENOBUFS) {
      awaitBuffers();
    } else if (result < 0 && result != -Errno.ECANCELED) {
      ended = true;
      connection.fail(-result);
    }
  }

  @Override
  void operationEnded() {
    connection.operationEnded();
  }

  @Override
  void hold(BufferSlice data, HeldSlices held) {
    held.add(loop.copyIfScarce(data, 0));
  }

  @Override
  void lend(BufferSlice data) {
    try {
      connection.handler().received(connection, data);
    } catch (Throwable t) {
      connection.handlerFailed(t);
    }
  }

  @Override
  void caughtUp() {
    reportEnd();
  }

  private void reportEnd() {
    if (!ended || endReported || !isCaughtUp()) {
      return;
    }
    if (isDelivering()) {
      endReported = true;
      connection.endOfStream();
    } else if (isDiscarding()) {
      endReported = true;
      connection.lingerEnded();
    }
  }
}
