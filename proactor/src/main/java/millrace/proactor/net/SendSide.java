package millrace.proactor.net;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
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

  private record Mark(long position, CompletableFuture<Void> future) {}

  private static final int MAX_SEGMENTS = 60;

  /** Room for many small writes. */
  private static final int LEAST_COPY_BYTES = 4096;

  private final StreamConnection connection;
  private final Loop loop;
  private final int descriptor;
  private final ConnectionOptions options;
  private final WriteQueue queue = new WriteQueue();
  private ArrayDeque<Mark> marks;
  private BufferSlice message;
  private long operation = Operations.REFUSED;
  private long sentBytes;
  private boolean unwritable;
  private boolean stopped;

  /** The kernel may still read the queue: it is kept for ever, with the operation's slot. */
  private boolean abandoned;

  SendSide(StreamConnection connection, Loop loop, int descriptor, ConnectionOptions options) {
    this.connection = connection;
    this.loop = loop;
    this.descriptor = descriptor;
    this.options = options;
  }

  boolean isBusy() {
    return operation != Operations.REFUSED;
  }

  /** Grows with each byte that the kernel has taken: to see whether a peer reads at all. */
  long sentBytes() {
    return sentBytes;
  }

  boolean isIdle() {
    return queue.isEmpty();
  }

  boolean isWritable() {
    return !unwritable && !stopped;
  }

  long queuedBytes() {
    return queue.bytes();
  }

  /** Takes over one reference of {@code slice}. */
  boolean write(BufferSlice slice) {
    int length = slice.length();
    if (stopped || length == 0) {
      slice.release();
      return isWritable();
    }
    if (queue.bytes() + length > options.writeQueueLimitBytes()) {
      slice.release();
      connection.abort(Errno.ENOBUFS);
      return false;
    }
    if (!loop.receiveBuffers().shouldCopy(slice)) {
      queue.add(slice, slice.offset(), length);
    } else if (!addCopy(slice)) {
      if (unwritable && isBusy()) {
        // Told to stop, and goes on: the memory is for those who can send.
        slice.release();
        connection.abort(Errno.ENOBUFS);
        return false;
      }
      queue.add(slice, slice.offset(), length);
    }
    unwritable |= queue.bytes() > options.highWatermarkBytes();
    if (!isBusy()) {
      loop.atTurnEnd(this);
    }
    return isWritable();
  }

  /**
   * Receive buffers are scarce: what waits to be sent is copied, densely, so that a slow reader
   * holds about as much memory as it has bytes to come.
   */
  private boolean addCopy(BufferSlice slice) {
    if (!queue.pack(slice)) {
      BufferSlice copy = loop.buffers().acquire(Math.max(slice.length(), LEAST_COPY_BYTES));
      if (copy == null) {
        return false;
      }
      copy.copyWindow(slice);
      queue.addCopy(copy);
    }
    loop.statistics().copiedReceives.increment();
    slice.release();
    return true;
  }

  /** Completes {@code future} when all that is queued now is sent. */
  void whenSent(CompletableFuture<Void> future) {
    if (stopped) {
      refuse(future);
    } else if (queue.isEmpty()) {
      future.complete(null);
    } else {
      if (marks == null) {
        marks = new ArrayDeque<>();
      }
      marks.add(new Mark(sentBytes + queue.bytes(), future));
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
    if (message == null) {
      message = loop.buffers().acquire(MessageHeader.bytes(MAX_SEGMENTS));
      if (message == null) {
        return false;
      }
    }
    int count = Math.min(queue.size(), MAX_SEGMENTS);
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
    sentBytes += bytes;
    connection.noteActivity();
    queue.consume(bytes);
    while (marks != null && !marks.isEmpty() && marks.peek().position() <= sentBytes) {
      marks.poll().future().complete(null);
    }
    if (unwritable && !stopped && queue.bytes() <= options.lowWatermarkBytes()) {
      unwritable = false;
      connection.writable();
    }
  }

  private void clear() {
    if (!abandoned) {
      queue.clear();
      releaseMessage();
    }
    while (marks != null && !marks.isEmpty()) {
      refuse(marks.poll().future());
    }
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
