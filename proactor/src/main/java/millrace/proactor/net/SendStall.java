package millrace.proactor.net;

import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.TimeLimit;
import millrace.uring.Errno;

/**
 * Ends a connection whose peer takes nothing of what is being sent. Two looks that see the same
 * send without progress are the limit apart: no clock for each send.
 */
final class SendStall extends TimeLimit {

  private final StreamConnection connection;
  private final SendSide send;
  private final long limitNanos; // 0: none
  private long sentAtLastLook;
  private boolean sendingAtLastLook;

  SendStall(StreamConnection connection, SendSide send, Loop loop, ConnectionOptions options) {
    super(loop);
    this.connection = connection;
    this.send = send;
    this.limitNanos = Limits.nanos(options.sendStallLimit());
  }

  void start() {
    if (limitNanos > 0 && !setAfter(limitNanos)) {
      connection.abort(Errno.ENOBUFS);
    }
  }

  @Override
  protected void reached() {
    if (send.isBusy() && sendingAtLastLook && send.sentBytes() == sentAtLastLook) {
      connection.abort(Errno.ETIMEDOUT);
      return;
    }
    sendingAtLastLook = send.isBusy();
    sentAtLastLook = send.sentBytes();
    start();
  }
}
