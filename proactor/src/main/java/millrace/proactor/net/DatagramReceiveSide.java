package millrace.proactor.net;

import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.proactor.engine.Counter;
import millrace.proactor.engine.Loop;
import millrace.timers.Timer;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;

/**
 * The input of a UDP socket: one multishot recvmsg into the loop's provided buffers, re-armed in
 * one place ({@link #arm}) however it ended, and never while it is armed. It ends with each empty
 * datagram and each error of the network as well (io_uring_multishot(7)). Loop thread only.
 */
final class DatagramReceiveSide implements OperationHandler, ProvidedBuffers.Starved {

  /** Room for a struct sockaddr_in6, so that what follows is aligned. */
  private static final int NAME_ROOM_BYTES = 32;

  /** How long receiving rests after an error that says nothing of when to try again. */
  private static final long BACK_OFF_NANOS = 100_000_000;

  private enum Mode {
    /** Datagrams go to the handler. */
    DELIVER,
    /** Paused: what was under way is held. */
    HOLD,
    /** Nothing is wanted any more. */
    STOPPED
  }

  private final UdpSocket socket;
  private final Loop loop;
  private final int descriptor;
  private final BufferSlice header;
  private final ReceivedMessage message = new ReceivedMessage(NAME_ROOM_BYTES, 0);
  private final Timer backOff = Timer.of((timer, now) -> arm());
  private final HeldSlices held = new HeldSlices();
  private final Counter received = new Counter();
  private final Counter truncated = new Counter();
  private final Counter dropped = new Counter();
  private final Counter errors = new Counter();
  private Mode mode = Mode.DELIVER;
  private long operation = Operations.REFUSED;
  private boolean starved;
  private boolean delivering;

  /** Takes over one reference of {@code header}, with room for a msghdr. */
  DatagramReceiveSide(UdpSocket socket, Loop loop, int descriptor, BufferSlice header) {
    this.socket = socket;
    this.loop = loop;
    this.descriptor = descriptor;
    this.header = header;
    MessageHeader.set(header.segment(), 0);
    MessageHeader.setName(header.segment(), 0, NAME_ROOM_BYTES);
  }

  /** Whether the kernel has an operation of this side. */
  boolean isBusy() {
    return operation != Operations.REFUSED;
  }

  long received() {
    return received.get();
  }

  long truncated() {
    return truncated.get();
  }

  long dropped() {
    return dropped.get();
  }

  long errors() {
    return errors.get();
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

  /** Wants nothing any more, and cancels. */
  void stop() {
    mode = Mode.STOPPED;
    held.release();
    disarm();
  }

  /** The one place where the receive is armed. */
  void arm() {
    if (mode == Mode.DELIVER && !starved && !backOff.isStarted() && !isBusy()) {
      // MSG_TRUNC: tell the length of what was cut.
      operation = loop.receiveMessages(descriptor, header, Libc.MSG_TRUNC, this);
    }
  }

  private void disarm() {
    loop.cancelTimer(backOff);
    if (starved) {
      starved = false;
      loop.receiveBuffers().forget(this);
    }
    if (isBusy()) {
      loop.reservedOperations().cancel(operation);
    }
  }

  @Override
  public void buffersAvailable() {
    starved = false;
    arm();
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if ((flags & CqeFlags.F_MORE) == 0) {
      operation = Operations.REFUSED;
    }
    if ((flags & CqeFlags.F_BUFFER) != 0) {
      accept(loop.receiveBuffers().take(CqeFlags.bufferId(flags), Math.max(0, result)));
    }
    if (result < 0) {
      failed(-result);
    }
    if (!isBusy()) {
      arm();
      socket.operationEnded();
    }
  }

  private void failed(int errno) {
    if (errno == Errno.ECANCELED || mode == Mode.STOPPED) {
      return;
    }
    if (errno == Errno.ENOBUFS) {
      awaitBuffers();
      return;
    }
    errors.increment();
    if (isFatal(errno)) {
      socket.fail(errno);
      return;
    }
    if (!isOfTheNetwork(errno)) {
      // Memory has run out, or nobody knows: never a busy loop.
      rest();
    }
    socket.errorReceived(errno);
  }

  private void awaitBuffers() {
    if (!isBusy() && !starved && mode == Mode.DELIVER) {
      starved = true;
      loop.receiveBuffers().awaitBuffers(this);
    }
  }

  /** What will be the same the next time; EFAULT: receive buffers without room for an address. */
  private static boolean isFatal(int errno) {
    return errno == Errno.EBADF
        || errno == Errno.ENOTSOCK
        || errno == Errno.EINVAL
        || errno == Errno.EFAULT;
  }

  /** What ICMP and ICMPv6 become, told once each: icmp(7), udp(7). */
  private static boolean isOfTheNetwork(int errno) {
    return errno == Errno.ECONNREFUSED
        || errno == Errno.EHOSTUNREACH
        || errno == Errno.ENETUNREACH
        || errno == Errno.EHOSTDOWN
        || errno == Errno.ENETDOWN
        || errno == Errno.ENONET
        || errno == Errno.ENOPROTOOPT
        || errno == Errno.EPROTO
        || errno == Errno.EOPNOTSUPP
        || errno == Errno.EACCES
        || errno == Errno.EMSGSIZE;
  }

  private void rest() {
    if (mode == Mode.DELIVER && !backOff.isStarted() && !loop.startTimer(backOff, BACK_OFF_NANOS)) {
      socket.fail(Errno.ENOBUFS);
    }
  }

  private void accept(BufferSlice data) {
    if (mode == Mode.STOPPED || !message.wrap(data)) {
      data.unpin();
      return;
    }
    received.increment();
    loop.statistics().bytesReceived.add(data.length());
    if (message.isTruncated()) {
      truncated.increment();
    }
    if (mode == Mode.HOLD || delivering || !held.isEmpty()) {
      hold(data);
    } else {
      deliver(data);
      deliverHeld();
    }
  }

  /** What is held must not keep the last receive buffers from others: it is lost instead. */
  private void hold(BufferSlice data) {
    // With its header and sender.
    BufferSlice kept = loop.copyIfScarce(data, data.offset());
    if (loop.receiveBuffers().shouldCopy(kept)) {
      dropped.increment();
      kept.unpin();
    } else {
      held.add(kept);
    }
  }

  private void deliverHeld() {
    while (mode == Mode.DELIVER && !delivering && !held.isEmpty()) {
      deliver(held.poll());
    }
  }

  private void deliver(BufferSlice data) {
    delivering = true;
    message.wrap(data);
    try {
      socket.handler().received(socket, data, message);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
    delivering = false;
    message.unwrap();
    data.unpin();
  }

  /** The descriptor is closed. */
  void close() {
    header.release();
  }
}
