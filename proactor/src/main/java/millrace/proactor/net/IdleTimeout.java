package millrace.proactor.net;

import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.timers.Timer;
import millrace.uring.Errno;

/**
 * Ends a connection on which nothing has moved for too long. Activity is only noted; the timer
 * finds out when it fires how much of the limit is left, and starts again for that: so it fires
 * once per limit at most, however busy the connection is.
 */
final class IdleTimeout extends Timer {

  /**
   * Turns that look for completions before the end. When the loop was held up for the whole limit,
   * what the peer has sent meanwhile waits in the kernel; epoll is asked every other turn at least.
   */
  private static final int TURNS_TO_LOOK = 2;

  private final StreamConnection connection;
  private final Loop loop;
  private final long limitNanos; // 0: none
  private long lastActivityNanos;
  private int turnsLooked;

  IdleTimeout(StreamConnection connection, Loop loop, ConnectionOptions options) {
    this.connection = connection;
    this.loop = loop;
    this.limitNanos = Limits.nanos(options.idleTimeout());
  }

  void start() {
    if (limitNanos > 0) {
      noteActivity();
      startFor(limitNanos);
    }
  }

  void cancel() {
    loop.cancelTimer(this);
  }

  /** The peer has sent something, or the kernel has taken something for it. */
  void noteActivity() {
    if (limitNanos > 0) {
      lastActivityNanos = loop.nanoTime();
    }
  }

  @Override
  protected void expired(long nowNanos) {
    if (connection.waitsForApplication()) {
      noteActivity();
    }
    // Not the time of the queue, which may be behind the last activity.
    long idleNanos = loop.nanoTime() - lastActivityNanos;
    if (idleNanos < limitNanos) {
      turnsLooked = 0;
      startFor(limitNanos - idleNanos);
    } else if (turnsLooked < TURNS_TO_LOOK) {
      turnsLooked++;
      startFor(0);
    } else {
      connection.timedOut();
    }
  }

  private void startFor(long nanos) {
    if (!loop.startTimer(this, nanos)) {
      connection.abort(Errno.ENOBUFS);
    }
  }
}
