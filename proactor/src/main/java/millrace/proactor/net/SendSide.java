package millrace.proactor.net;

import java.util.concurrent.CompletableFuture;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.OutputQueue;
import millrace.proactor.engine.TurnEndTask;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import millrace.uring.UringException;

/**
 * The output of a connection: a bounded write queue, and at most one send in flight, which takes
 * all that was written during a turn. A send that took only a part is continued with the rest.
 */
final class SendSide extends TurnEndTask implements OperationHandler {

  private static final int MAX_SEGMENTS = 60;

  private final StreamConnection connection;
  private final Loop loop;
  private final int descriptor;
  private final OutputQueue queue;
  private BufferSlice message;
  private long operation = Operations.REFUSED;
  private boolean stopped;

  /** The kernel may still read the queue: it is kept for ever, with the operation's slot. */
  private boolean abandoned;

  SendSide(StreamConnection connection, Loop loop, int descriptor, ConnectionOptions options) {
    this.connection = connection;
    this.loop = loop;
    this.descriptor = descriptor;
    this.queue =
        new OutputQueue(
            loop,
            options.lowWatermarkBytes(),
            options.highWatermarkBytes(),
            options.writeQueueLimitBytes(),
            0);
  }

  boolean isBusy() {
    return operation != Operations.REFUSED;
  }

  /** Grows with each byte that the kernel has taken: to see whether a peer reads at all. */
  long sentBytes() {
    return queue.takenBytes();
  }

  boolean isIdle() {
    return queue.isEmpty();
  }

  boolean isWritable() {
    return !stopped && queue.isWritable();
  }

  long queuedBytes() {
    return queue.bytes();
  }

  /** Takes over one reference of {@code slice}. */
  boolean write(BufferSlice slice) {
    if (stopped) {
      slice.release();
      return false;
    }
    if (!queue.add(slice, isBusy())) {
      connection.abort(Errno.ENOBUFS);
      return false;
    }
    if (!isBusy()) {
      loop.atTurnEnd(this);
    }
    return isWritable();
  }

  /** Completes {@code future} when all that is queued now is sent. */
  void whenSent(CompletableFuture<Void> future) {
    if (stopped) {
      refuse(future);
    } else {
      queue.whenTaken(future);
    }
  }

  /** Fails {@code future}: the connection takes no more. */
  void refuse(CompletableFuture<Void> future) {
    future.completeExceptionally(failure());
  }

  /** Wants nothing any more; whoever calls this cancels what is in flight. */
  void stop() {
    stopped = true;
    // A send in flight still reads from the queue: then it is cleared when the send has ended.
    if (!isBusy()) {
      clear();
    }
  }

  @Override
  protected void run() {
    if (isBusy() || stopped || queue.isEmpty()) {
      return;
    }
    connection.sendBegins();
    // MSG_NOSIGNAL: a peer that has gone is an EPIPE here, not a SIGPIPE to the process.
    if (queue.size() == 1 || !prepareMessage()) {
      operation =
          loop.reservedOperations()
              .send(
                  descriptor,
                  queue.slice(0),
                  queue.offset(0),
                  queue.length(0),
                  Libc.MSG_NOSIGNAL,
                  this,
                  0,
                  null);
    } else {
      operation =
          loop.reservedOperations()
              .sendMessage(descriptor, message, Libc.MSG_NOSIGNAL, this, 0, null);
    }
  }

  /** Writes msghdr and iovecs; false when there is no memory for them. */
  private boolean prepareMessage() {
    int count = Math.min(queue.size(), MAX_SEGMENTS);
    if (message == null) {
      message = loop.buffers().acquire(MessageHeader.bytes(MAX_SEGMENTS));
      if (message == null) {
        return false;
      }
    }
    for (int index = 0; index < count; index++) {
      MessageHeader.setSegment(
          message.segment(),
          index,
          queue.slice(index).segment().address() + queue.offset(index),
          queue.length(index));
    }
    MessageHeader.set(message.segment(), count);
    return true;
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    operation = Operations.REFUSED;
    abandoned = (flags & ABANDONED) != 0;
    if (result > 0) {
      sent(result);
    }
    if (stopped) {
      clear();
    } else if (result <= 0) {
      // A send of more than nothing that sends nothing would be repeated for ever.
      connection.fail(result == 0 ? Errno.EIO : -result);
    } else if (queue.isEmpty()) {
      connection.flushed();
    } else {
      loop.atTurnEnd(this);
    }
    connection.operationEnded();
  }

  private void sent(int bytes) {
    loop.statistics().bytesSent.add(bytes);
    connection.noteActivity();
    boolean writableAgain = queue.consume(bytes);
    if (writableAgain && !stopped) {
      connection.writable();
    }
  }

  private void clear() {
    if (!abandoned) {
      queue.clear();
      releaseMessage();
    }
    queue.endMarks(this::refuse);
  }

  private void releaseMessage() {
    if (message != null) {
      message.release();
      message = null;
    }
  }

  private UringException failure() {
    int errno = connection.closeErrno() == 0 ? Errno.EPIPE : connection.closeErrno();
    return new UringException("send", errno, connection.toString(), "the connection is closed");
  }
}
