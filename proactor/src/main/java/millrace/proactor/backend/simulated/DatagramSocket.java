package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** What datagram sockets of all families have in common: a queue of whole messages. */
abstract class DatagramSocket extends SimulatedSocket {

  /** A message in a receive buffer. */
  record Datagram(MemorySegment data, SocketAddress source) {}

  private final ArrayDeque<Datagram> received = new ArrayDeque<>();
  private int receivedBytes;
  private int error;
  private boolean inputShut;
  private boolean outputShut;

  DatagramSocket(Kernel kernel) {
    super(kernel);
  }

  /** sendmsg(2) of a message that is not too long; null target: the connected one. */
  abstract int send(byte[] data, SocketAddress target);

  /** Whether the socket is connected. */
  abstract boolean isConnected();

  abstract int longestMessageBytes();

  /** A datagram was taken out, which may make room for another. */
  abstract void roomMade();

  final int receivedBytes() {
    return receivedBytes;
  }

  final int receivedMessages() {
    return received.size();
  }

  final void enqueue(byte[] data, SocketAddress source) {
    received.add(new Datagram(MemorySegment.ofArray(data), source));
    receivedBytes += data.length;
    changedElsewhere();
  }

  /** The next call is told {@code errno}, whatever it is (udp(7): all fatal errors are). */
  final void fail(int errno) {
    error = errno;
    changedElsewhere();
  }

  private int takeError() {
    int taken = error;
    error = 0;
    return taken;
  }

  @Override
  final boolean hasData() {
    return error == 0 && !received.isEmpty();
  }

  @Override
  final boolean isReadable() {
    return error != 0 || inputShut || !received.isEmpty();
  }

  @Override
  final Received receive(MemorySegment[] target, int flags) {
    if (error != 0) {
      return Received.of(-takeError());
    }
    if (received.isEmpty()) {
      return Received.of(inputShut ? 0 : WOULD_BLOCK);
    }
    boolean peek = (flags & Libc.MSG_PEEK) != 0;
    Datagram datagram = peek ? received.peek() : take();
    int length = (int) datagram.data.byteSize();
    int copied = 0;
    for (MemorySegment piece : target) {
      int count = (int) Math.min(piece.byteSize(), length - copied);
      MemorySegment.copy(datagram.data, copied, piece, 0, count);
      copied += count;
    }
    boolean cut = copied < length;
    boolean tellsWhole = (flags & Libc.MSG_TRUNC) != 0;
    return new Received(tellsWhole ? length : copied, datagram.source, cut ? Libc.MSG_TRUNC : 0);
  }

  private Datagram take() {
    Datagram datagram = received.remove();
    receivedBytes -= (int) datagram.data.byteSize();
    roomMade();
    return datagram;
  }

  @Override
  final int send(MemorySegment[] pieces, SocketAddress target) {
    if (outputShut) {
      return -Errno.EPIPE;
    }
    if (error != 0) {
      return -takeError();
    }
    long length = 0;
    for (MemorySegment piece : pieces) {
      length += piece.byteSize();
    }
    if (length > longestMessageBytes()) {
      return -Errno.EMSGSIZE;
    }
    byte[] data = new byte[(int) length];
    int at = 0;
    for (MemorySegment piece : pieces) {
      MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, data, at, (int) piece.byteSize());
      at += (int) piece.byteSize();
    }
    return send(data, target);
  }

  @Override
  final int events() {
    int events = error == 0 ? 0 : Libc.POLLERR;
    if (!received.isEmpty() || inputShut) {
      events |= Libc.POLLIN;
    }
    if (inputShut) {
      events |= Libc.POLLRDHUP;
    }
    if (inputShut && outputShut) {
      events |= Libc.POLLHUP;
    }
    return isWritable() ? events | Libc.POLLOUT : events;
  }

  @Override
  final int shutdown(int how) {
    if (!isConnected()) {
      return -Errno.ENOTCONN;
    }
    inputShut |= how == Libc.SHUT_RD || how == Libc.SHUT_RDWR;
    outputShut |= how == Libc.SHUT_WR || how == Libc.SHUT_RDWR;
    changed();
    return 0;
  }

  final boolean isOutputShut() {
    return outputShut;
  }

  @Override
  final int listen(int backlog) {
    return -Errno.EOPNOTSUPP;
  }

  @Override
  final int accept() {
    return -Errno.EOPNOTSUPP;
  }

  @Override
  final int connect(Request request) {
    if (!kernel.mayTouch(request)) {
      return VIOLATED;
    }
    try {
      return connectAtOnce(SocketAddresses.decode(request.memory(), request.length));
    } catch (IllegalArgumentException unknownFamily) {
      return -Errno.EAFNOSUPPORT;
    }
  }
}
