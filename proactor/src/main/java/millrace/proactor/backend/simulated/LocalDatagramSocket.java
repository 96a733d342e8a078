package millrace.proactor.backend.simulated;

import java.net.SocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import millrace.uring.Errno;

/**
 * A UNIX datagram socket: nothing is lost or late, and whoever sends to a full queue waits
 * (unix(7)).
 */
final class LocalDatagramSocket extends DatagramSocket {

  private static final int LONGEST_MESSAGE_BYTES = 212_000;

  /** net.unix.max_dgram_qlen, after which one more fits. */
  private static final int MOST_QUEUED = 10;

  private final LocalNames names;
  private final Set<LocalDatagramSocket> waitingSenders = new LinkedHashSet<>();
  private SocketAddress bound;
  private LocalDatagramSocket peer;
  private boolean closed;

  LocalDatagramSocket(Kernel kernel) {
    super(kernel);
    this.names = kernel.local;
  }

  /** Makes the two sockets of a socketpair(2). */
  static void join(LocalDatagramSocket one, LocalDatagramSocket other) {
    one.peer = other;
    other.peer = one;
  }

  @Override
  int bind(SocketAddress address) {
    if (!names.takes(address)) {
      return -Errno.EAFNOSUPPORT;
    }
    if (bound != null) {
      return -Errno.EINVAL;
    }
    int errno = names.bindErrno(address);
    if (errno == 0) {
      bound = names.bind(address);
      names.receivesAt(bound, this);
    }
    return -errno;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  int connectAtOnce(SocketAddress address) {
    LocalDatagramSocket found = names.datagramsAt(address);
    if (found == null || found.closed) {
      return found == null ? -names.datagramRefusal(address) : -Errno.ECONNREFUSED;
    }
    // Only its peer may send to a connected socket (unix_may_send).
    if (found.peer != null && !found.peer.equals(this)) {
      return -Errno.EPERM;
    }
    peer = found;
    return 0;
  }

  @Override
  boolean isConnected() {
    return peer != null;
  }

  @Override
  int longestMessageBytes() {
    return LONGEST_MESSAGE_BYTES;
  }

  @Override
  boolean isWritable() {
    return peer == null || peer.closed || !peer.isFull();
  }

  private boolean isFull() {
    return receivedMessages() > MOST_QUEUED;
  }

  @Override
  int send(byte[] data, SocketAddress wanted) {
    LocalDatagramSocket target = wanted == null ? peer : names.datagramsAt(wanted);
    if (target == null) {
      return wanted == null ? -Errno.ENOTCONN : -names.datagramRefusal(wanted);
    }
    if (target.closed) {
      // The connection is over when it is noticed (unix_dgram_disconnected).
      peer = target.equals(peer) ? null : peer;
      return -Errno.ECONNREFUSED;
    }
    if (target.peer != null && !target.peer.equals(this)) {
      return -Errno.EPERM;
    }
    if (target.isFull()) {
      target.waitingSenders.add(this);
      return WOULD_BLOCK;
    }
    kernel.world.trace().line("unix").add("bytes", data.length);
    // Who has no name is not told of (unix_copy_addr).
    target.enqueue(data, bound);
    return data.length;
  }

  @Override
  void roomMade() {
    waitingSenders.forEach(WaitableFile::changedElsewhere);
    waitingSenders.clear();
    if (peer != null) {
      peer.changedElsewhere();
    }
  }

  @Override
  SocketAddress localAddress() {
    return bound == null ? LocalNames.UNNAMED : bound;
  }

  @Override
  SocketAddress remoteAddress() {
    return peer == null ? null : peer.localAddress();
  }

  @Override
  public void released() {
    closed = true;
    if (bound != null) {
      names.unbind(bound);
    }
    roomMade();
  }
}
