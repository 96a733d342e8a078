package millrace.proactor.net;

import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.TimeLimit;
import millrace.uring.Errno;

/**
 * Ends a connection on which nothing has moved for too long. Activity moves the limit, whose timer
 * fires once per timeout at most, however busy the connection is.
 */
final class IdleTimeout extends TimeLimit {

  private final StreamConnection connection;
  private final long limitNanos; // 0: none

  IdleTimeout(StreamConnection connection, Loop loop, ConnectionOptions options) {
    super(loop);
    this.connection = connection;
    this.limitNanos = Limits.nanos(options.idleTimeout());
  }

  void start() {
    if (limitNanos > 0 && !setAfter(limitNanos)) {
      connection.abort(Errno.ENOBUFS);
    }
  }

  /** The peer has sent something, or the kernel has taken something for it. */
  void noteActivity() {
    if (isSet()) {
      setAfter(limitNanos);
    }
  }

  @Override
  protected void reached() {
    if (connection.peerIsNotAwaited()) {
      start();
    } else {
      connection.timedOut();
    }
  }
}
