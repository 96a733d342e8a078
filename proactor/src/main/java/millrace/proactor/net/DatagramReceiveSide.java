package millrace.proactor.net;

import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Counter;
import millrace.proactor.engine.Loop;
import millrace.timers.Timer;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;

/**
 * The input of a UDP socket. The multishot recvmsg ends with each empty datagram and each error of
 * the network as well (io_uring_multishot(7)).
 */
final class DatagramReceiveSide extends MultishotReceive {

  /** Room for a struct sockaddr_in6, so that what follows is aligned. */
  private static final int NAME_ROOM_BYTES = 32;

  /** How long receiving rests after an error that says nothing of when to try again. */
  private static final long BACK_OFF_NANOS = 100_000_000;

  private final UdpSocket socket;
  private final int descriptor;
  private final BufferSlice header;
  private final ReceivedMessage message = new ReceivedMessage(NAME_ROOM_BYTES, 0);
  private final Timer backOff = Timer.of((timer, now) -> arm());
  private final Counter received = new Counter();
  private final Counter truncated = new Counter();
  private final Counter dropped = new Counter();
  private final Counter errors = new Counter();

  /** Takes over one reference of {@code header}, with room for a msghdr. */
  DatagramReceiveSide(UdpSocket socket, Loop loop, int descriptor, BufferSlice header) {
    super(loop);
    this.socket = socket;
    this.descriptor = descriptor;
    this.header = header;
    MessageHeader.set(header.segment(), 0);
    MessageHeader.setName(header.segment(), 0, NAME_ROOM_BYTES);
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

  @Override
  long submit() {
    // MSG_TRUNC: tell the length of what was cut.
    return loop.receiveMessages(descriptor, header, Libc.MSG_TRUNC, this);
  }

  @Override
  boolean isWanted() {
    return !backOff.isStarted() && super.isWanted();
  }

  @Override
  void disarm() {
    loop.cancelTimer(backOff);
    super.disarm();
  }

  @Override
  void told(int result, int flags) {
    if (result < 0) {
      failed(-result);
    }
  }

  @Override
  void operationEnded() {
    socket.operationEnded();
  }

  private void failed(int errno) {
    if (errno == Errno.ECANCELED || isStopped()) {
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
    if (isDelivering() && !backOff.isStarted() && !loop.startTimer(backOff, BACK_OFF_NANOS)) {
      socket.fail(Errno.ENOBUFS);
    }
  }

  @Override
  void received(BufferSlice data, int result) {
    if (isStopped() || !message.wrap(data)) {
      data.unpin();
      return;
    }
    received.increment();
    loop.statistics().bytesReceived.add(data.length());
    if (message.isTruncated()) {
      truncated.increment();
    }
    accept(data);
  }

  /** What is held must not keep the last receive buffers from others: it is lost instead. */
  @Override
  void hold(BufferSlice data, HeldSlices held) {
    // With its header and sender.
    BufferSlice kept = loop.copyIfScarce(data, data.offset());
    if (loop.receiveBuffers().shouldCopy(kept)) {
      dropped.increment();
      kept.unpin();
    } else {
      held.add(kept);
    }
  }

  @Override
  void lend(BufferSlice data) {
    message.wrap(data);
    try {
      socket.handler().received(socket, data, message);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
    message.unwrap();
  }

  /** The descriptor is closed. */
  void close() {
    header.release();
  }
}
