package millrace.proactor.net;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Counter;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.TurnEndTask;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * The output of a UDP socket: a bounded queue, and a bounded number of sends in flight, each of one
 * datagram. What was sent during a turn is submitted at its end. Loop thread only.
 */
final class DatagramSendSide extends TurnEndTask implements OperationHandler {

  private final UdpSocket socket;
  private final Loop loop;
  private final int descriptor;
  private final UdpSocketOptions options;
  private final SendSlots slots;
  private final DatagramQueue queue = new DatagramQueue();
  private final DatagramAddress failedDestination = new DatagramAddress();
  private final Counter sent = new Counter();
  private final Counter refused = new Counter();
  private final Counter failed = new Counter();

  /** Those queued and those in flight. */
  private int datagrams;

  private long bytes;
  private boolean unwritable;
  private boolean stopped;

  DatagramSendSide(
      UdpSocket socket, Loop loop, int descriptor, UdpSocketOptions options, SendSlots slots) {
    this.socket = socket;
    this.loop = loop;
    this.descriptor = descriptor;
    this.options = options;
    this.slots = slots;
  }

  /** Whether the kernel has a datagram of this side. */
  boolean isBusy() {
    return slots.busy() > 0;
  }

  boolean isIdle() {
    return datagrams == 0;
  }

  boolean isWritable() {
    return !unwritable && !stopped;
  }

  int queuedDatagrams() {
    return datagrams;
  }

  long queuedBytes() {
    return bytes;
  }

  long sent() {
    return sent.get();
  }

  long refused() {
    return refused.get();
  }

  long failed() {
    return failed.get();
  }

  /** Takes over one pin of {@code slice}; false when the datagram was dropped. */
  boolean send(BufferSlice slice, DatagramAddress destination, CompletableFuture<Void> future) {
    int length = slice.length();
    if (stopped || isFull(length)) {
      unwritable |= !stopped;
      refuse(slice, future);
      return false;
    }
    BufferSlice kept = loop.copyIfScarce(slice, 0);
    if (isBusy() && loop.receiveBuffers().shouldCopy(kept)) {
      // There is no memory for a copy, and it would keep one of the last receive buffers in line.
      unwritable = true;
      refuse(kept, future);
      return false;
    }
    queue.add(kept, destination, future);
    datagrams++;
    bytes += length;
    unwritable |=
        datagrams >= options.highWatermarkDatagrams() || bytes >= options.highWatermarkBytes();
    loop.atTurnEnd(this);
    return true;
  }

  /** What is larger than the whole queue is the kernel's to refuse: EMSGSIZE. */
  private boolean isFull(int length) {
    return datagrams > 0
        && (datagrams >= options.highWatermarkDatagrams()
            || bytes + length > options.highWatermarkBytes());
  }

  /** Drops a datagram that was not taken, whose pin it takes over. */
  void refuse(BufferSlice slice, CompletableFuture<Void> future) {
    refused.increment();
    slice.unpin();
    if (future != null) {
      future.completeExceptionally(
          stopped || !socket.isOpen()
              ? failure(Errno.EPIPE, "the socket is closed")
              : failure(Errno.EAGAIN, "the send queue is full: wait for writable()"));
    }
  }

  private UringException failure(int errno, String hint) {
    return new UringException("send", errno, socket.toString(), hint);
  }

  @Override
  protected void run() {
    while (!stopped && !queue.isEmpty() && slots.hasFree()) {
      int slot = slots.take(queue);
      // MSG_NOSIGNAL: never a SIGPIPE to the process.
      long operation =
          loop.reservedOperations()
              .sendMessage(descriptor, slots.message(slot), Libc.MSG_NOSIGNAL, this, slot, null);
      assert operation != Operations.REFUSED : "the slots are set aside";
    }
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    int slot = (int) context;
    int length = slots.lengthBytes(slot);
    CompletableFuture<Void> future = slots.future(slot);
    datagrams--;
    bytes -= length;
    if (result < 0) {
      slots.destination(slot, failedDestination);
    }
    if ((flags & ABANDONED) == 0) {
      slots.release(slot);
    } else {
      slots.forget(slot);
    }
    if (result >= 0) {
      sent(length, future);
    } else {
      failed(-result, length, future);
    }
    goOn();
  }

  private void sent(int length, CompletableFuture<Void> future) {
    sent.increment();
    loop.statistics().bytesSent.add(length);
    if (future != null) {
      future.complete(null);
    }
  }

  private void failed(int errno, int length, CompletableFuture<Void> future) {
    failed.increment();
    if (future != null) {
      future.completeExceptionally(failure(errno, length));
    } else if (!stopped) {
      socket.sendFailed(errno, length, failedDestination);
    }
  }

  private UringException failure(int errno, int length) {
    InetSocketAddress peer =
        failedDestination.isEmpty()
            ? socket.remoteAddress()
            : failedDestination.toInetSocketAddress();
    String hint =
        errno == Errno.EMSGSIZE
            ? length + " bytes: a datagram takes 65507 over IPv4, 65527 over IPv6 at most"
            : null;
    String subject = peer == null ? socket.toString() : Sockaddr.text(peer);
    return new UringException("send", errno, subject, hint);
  }

  private void goOn() {
    if (stopped) {
      dropQueued();
    } else {
      if (!queue.isEmpty()) {
        loop.atTurnEnd(this);
      }
      if (unwritable
          && datagrams <= options.lowWatermarkDatagrams()
          && bytes <= options.lowWatermarkBytes()) {
        unwritable = false;
        socket.writable();
      }
      if (isIdle()) {
        socket.flushed();
      }
    }
    socket.operationEnded();
  }

  /** Wants nothing any more; whoever calls this cancels what is in flight. */
  void stop() {
    stopped = true;
    dropQueued();
  }

  private void dropQueued() {
    while (!queue.isEmpty()) {
      BufferSlice slice = queue.slice();
      CompletableFuture<Void> future = queue.future();
      datagrams--;
      bytes -= queue.lengthBytes();
      queue.remove();
      refuse(slice, future);
    }
  }

  /** The descriptor is closed. */
  void close() {
    slots.close();
  }
}
