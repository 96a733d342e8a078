package millrace.proactor.backend.simulated;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;

/** A UDP socket: udp(7). */
final class InternetDatagramSocket extends DatagramSocket implements DatagramNetwork.Station {

  /** What an IPv4 packet has room for. */
  private static final int LONGEST_MESSAGE_BYTES = 65_507;

  /**
   * What a datagram takes of a receive buffer beside its bytes, a part of the kernel's truesize.
   */
  private static final int OVERHEAD_BYTES = 256;

  private final DatagramNetwork network;
  private final InetSocketAddress any;
  private int receiveCapacity;
  private final int sendCapacity;
  private InetSocketAddress bound;
  private InetSocketAddress peer;
  private int sendingBytes;
  private long latestArrivalNanos;

  InternetDatagramSocket(Kernel kernel, boolean six) {
    super(kernel);
    this.network = kernel.datagrams;
    this.any = new InetSocketAddress(InetAddress.ofLiteral(six ? "::" : "0.0.0.0"), 0);
    this.receiveCapacity = 1 << kernel.world.between(12, 16);
    this.sendCapacity = 1 << kernel.world.between(10, 14);
  }

  /** SO_RCVBUF. */
  void setReceiveCapacity(int bytes) {
    receiveCapacity = bytes;
  }

  /** An address of this socket's family; null: EAFNOSUPPORT. */
  private InetSocketAddress own(SocketAddress address) {
    boolean same =
        address instanceof InetSocketAddress internet
            && internet.getAddress().getClass() == any.getAddress().getClass();
    return same ? (InetSocketAddress) address : null;
  }

  @Override
  int bind(SocketAddress address) {
    InetSocketAddress wanted = own(address);
    if (wanted == null) {
      return -Errno.EAFNOSUPPORT;
    }
    if (bound != null) {
      return -Errno.EINVAL;
    }
    bound = network.bind(wanted, this);
    return bound == null ? -Errno.EADDRINUSE : 0;
  }

  private void bindAny(InetSocketAddress target) {
    if (bound == null) {
      bound = network.bind(new InetSocketAddress(target.getAddress(), 0), this);
    }
  }

  @Override
  int connectAtOnce(SocketAddress address) {
    InetSocketAddress wanted = own(address);
    if (wanted == null) {
      return -Errno.EAFNOSUPPORT;
    }
    bindAny(wanted);
    peer = wanted;
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
  void roomMade() {}

  @Override
  boolean isWritable() {
    return isOutputShut() || sendingBytes < sendCapacity;
  }

  @Override
  int send(byte[] data, SocketAddress wanted) {
    if (wanted == null && peer == null) {
      return -Errno.EDESTADDRREQ;
    }
    InetSocketAddress target = wanted == null ? peer : own(wanted);
    if (target == null) {
      return -Errno.EAFNOSUPPORT;
    }
    if (target.getPort() == 0) {
      return -Errno.EINVAL;
    }
    bindAny(target);
    if (kernel.world.faults().strikes(Fault.DATAGRAM_UNSENT)) {
      return kernel.world.faults().amount(0, 1) == 0 ? -Errno.EPERM : -Errno.ENOBUFS;
    }
    sendingBytes += data.length;
    network.send(this, sourceFor(target), target, data);
    return data.length;
  }

  /** One that is bound to every address has the one that leads to the target. */
  private InetSocketAddress sourceFor(InetSocketAddress target) {
    return bound.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(target.getAddress(), bound.getPort())
        : bound;
  }

  @Override
  public InetSocketAddress address() {
    return bound;
  }

  @Override
  public boolean accepts(InetSocketAddress source) {
    return peer == null || peer.equals(source);
  }

  /** What does not fit is lost, and nobody is told. */
  @Override
  public void arrived(byte[] data, InetSocketAddress source) {
    int overheadBytes = (receivedMessages() + 1) * OVERHEAD_BYTES;
    int wantedBytes = receivedBytes() + data.length + overheadBytes;
    if (wantedBytes <= receiveCapacity || receivedMessages() == 0) {
      enqueue(data, source);
    } else {
      kernel.world.trace().line("udp").add("full", bound.getPort());
    }
  }

  @Override
  public void left(int bytes) {
    sendingBytes -= bytes;
    changed();
  }

  /** Only a connected socket is told (udp(7)). */
  @Override
  public void refused(InetSocketAddress target) {
    if (peer != null && peer.equals(target)) {
      fail(Errno.ECONNREFUSED);
    }
  }

  @Override
  public long latestArrivalNanos() {
    return latestArrivalNanos;
  }

  @Override
  public void setLatestArrival(long nanos) {
    latestArrivalNanos = nanos;
  }

  @Override
  SocketAddress localAddress() {
    return bound == null ? any : bound;
  }

  @Override
  SocketAddress remoteAddress() {
    return peer;
  }

  @Override
  public void released() {
    if (bound != null) {
      network.unbind(bound, this);
    }
  }
}
