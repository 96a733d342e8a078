package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Objects;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * One end of a TCP connection: a send buffer that the network empties segment by segment into the
 * other end's receive buffer, as far as there is room. Errors and ends are those of tcp(7).
 */
final class TcpEndpoint implements StreamEndpoint {

  private static final int LARGEST_SEGMENT = 1460;

  private final World world;
  private final SimulatedNetwork network;
  private final int number;
  private final InetSocketAddress local;
  private final InetSocketAddress remote;
  private final ByteQueue received = new ByteQueue();
  private final ByteQueue outgoing = new ByteQueue();
  private final int receiveCapacity;
  private final int sendCapacity;
  private TcpEndpoint peer;
  private Owner owner;
  private int error;
  private boolean outputShut;
  private boolean inputShut;
  private boolean finSent;
  private boolean finReceived;
  private boolean segmentUnderWay;

  /** The peer has answered: there is somebody to send to. */
  private boolean established;

  /** State TCP_CLOSE: reset by either end, or both have finished. */
  private boolean dead;

  /** Nobody has it any more; the kernel still sends what is queued. */
  private boolean closed;

  TcpEndpoint(
      World world,
      SimulatedNetwork network,
      int number,
      InetSocketAddress local,
      InetSocketAddress remote,
      int receiveCapacity,
      int sendCapacity) {
    this.world = world;
    this.network = network;
    this.number = number;
    this.local = local;
    this.remote = remote;
    this.receiveCapacity = receiveCapacity;
    this.sendCapacity = sendCapacity;
  }

  static void join(TcpEndpoint one, TcpEndpoint other) {
    one.peer = other;
    other.peer = one;
  }

  /** The SYN has arrived: false when its sender is gone. */
  boolean establish() {
    established = !peer.closed;
    peer.established = established;
    return established;
  }

  @Override
  public void setOwner(Owner newOwner) {
    owner = Objects.requireNonNull(newOwner);
  }

  @Override
  public InetSocketAddress local() {
    return local;
  }

  /** ENOTCONN, here null, once the connection is in TCP_CLOSE. */
  @Override
  public InetSocketAddress peerAddress() {
    return dead ? null : remote;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public int receivedBytes() {
    return received.size();
  }

  @Override
  public boolean isReadable() {
    return !received.isEmpty() || error != 0 || inputEnded();
  }

  @Override
  public boolean isWritable() {
    return error != 0 || outputShut || dead || sendRoom() > 0;
  }

  private int sendRoom() {
    return sendCapacity - outgoing.size();
  }

  /** As tcp_poll. */
  @Override
  public int events() {
    int events = error == 0 ? 0 : Libc.POLLERR;
    if (dead || (inputEnded() && outputShut)) {
      events |= Libc.POLLHUP;
    }
    if (inputEnded()) {
      events |= Libc.POLLRDHUP;
    }
    if (isReadable()) {
      events |= Libc.POLLIN;
    }
    return isWritable() ? events | Libc.POLLOUT : events;
  }

  private boolean inputEnded() {
    return finReceived || inputShut || dead;
  }

  @Override
  public int receive(MemorySegment target) {
    if (!received.isEmpty()) {
      int count = (int) Math.min(received.size(), target.byteSize());
      received.remove(target, count);
      peer.windowOpened();
      return count;
    }
    return receiveNothing();
  }

  private int receiveNothing() {
    if (error != 0) {
      return -takeError();
    }
    return inputEnded() ? 0 : WOULD_BLOCK;
  }

  /** {@link #receive} for an owner without native memory; null: see {@code receiveNothing}. */
  byte[] receiveBytes(int most) {
    int count = Math.min(received.size(), most);
    byte[] bytes = received.remove(count);
    if (count > 0) {
      peer.windowOpened();
    }
    return bytes;
  }

  @Override
  public int receiveEnd() {
    assert received.isEmpty() : "there is data";
    return receiveNothing();
  }

  @Override
  public int send(MemorySegment source, int most) {
    int refused = mayNotSend();
    if (refused != 0) {
      return refused;
    }
    int count = (int) Math.min(Math.min(sendRoom(), source.byteSize()), most);
    if (count <= 0) {
      return source.byteSize() == 0 ? 0 : WOULD_BLOCK;
    }
    outgoing.add(source, count);
    pump();
    return count;
  }

  /** {@link #send(MemorySegment, int)} for an owner without native memory: takes what it can. */
  int send(ByteQueue source) {
    int refused = mayNotSend();
    if (refused != 0) {
      return refused;
    }
    int count = Math.min(sendRoom(), source.size());
    if (count <= 0) {
      return WOULD_BLOCK;
    }
    source.moveTo(outgoing, count);
    pump();
    return count;
  }

  private int mayNotSend() {
    if (error != 0) {
      return -takeError();
    }
    return outputShut || dead ? -Errno.EPIPE : 0;
  }

  private int takeError() {
    int taken = error;
    error = 0;
    return taken;
  }

  @Override
  public int shutdown(int how) {
    if (dead) {
      return -Errno.ENOTCONN;
    }
    if (how == Libc.SHUT_RD || how == Libc.SHUT_RDWR) {
      inputShut = true;
      owner.readable();
    }
    if (how == Libc.SHUT_WR || how == Libc.SHUT_RDWR) {
      outputShut = true;
      pump();
      owner.writable();
    }
    return 0;
  }

  /** Bytes that were not read make it a reset, as does SO_LINGER with zero seconds. */
  @Override
  public void close(boolean resetWanted) {
    closed = true;
    dead |= !established;
    if (dead) {
      return;
    }
    if (resetWanted || !received.isEmpty()) {
      reset();
    } else {
      outputShut = true;
      pump();
    }
  }

  /** Sends RST: what was queued here is gone. */
  private void reset() {
    die(0);
    world.trace().line("net").add("rst", number);
    world.after(network.latencyNanos(), peer::resetArrived);
  }

  private void resetArrived() {
    if (!dead) {
      // tcp_reset: EPIPE in CLOSE_WAIT, where the peer had finished and we had not.
      boolean closeWait = finReceived && !outputShut;
      die(closeWait ? Errno.EPIPE : Errno.ECONNRESET);
    }
  }

  private void die(int errno) {
    dead = true;
    error = errno;
    outgoing.clear();
    if (!closed) {
      owner.readable();
      owner.writable();
    }
  }

  private void windowOpened() {
    pump();
  }

  private int window() {
    // A closed end takes everything, and answers with a reset.
    return closed ? Integer.MAX_VALUE : receiveCapacity - received.size();
  }

  /** Puts the next segment on its way, one at a time, so that they stay in order. */
  private void pump() {
    boolean something = !outgoing.isEmpty() || (outputShut && !finSent);
    if (dead || segmentUnderWay || !something || (!outgoing.isEmpty() && peer.window() <= 0)) {
      return;
    }
    segmentUnderWay = true;
    long nanos = network.latencyNanos();
    if (world.faults().strikes(Fault.SLOW_SEGMENT)) {
      nanos += world.faults().nanos(1_000_000, 300_000_000);
    }
    world.after(nanos, this::segmentArrives);
  }

  private void segmentArrives() {
    segmentUnderWay = false;
    if (dead) {
      return;
    }
    if (world.faults().strikes(Fault.CONNECTION_RESET)) {
      network.resetInjected(number);
      resetArrived();
      peer.resetArrived();
      return;
    }
    int count = Math.min(Math.min(outgoing.size(), peer.window()), LARGEST_SEGMENT);
    if (count > 1 && world.faults().strikes(Fault.TINY_SEGMENT)) {
      count = world.faults().amount(1, Math.min(count, 16));
    }
    if (count > 0) {
      dataArrives(count);
    } else if (outgoing.isEmpty() && outputShut && !finSent) {
      finArrives();
    }
    pump();
  }

  private void dataArrives(int count) {
    world.trace().line("net").add("conn", number).add("port", remote.getPort()).add("bytes", count);
    if (peer.closed) {
      // Data for a socket that nobody has any more is answered with a reset.
      outgoing.clear();
      peer.dead = true;
      world.after(network.latencyNanos(), this::resetArrived);
      return;
    }
    outgoing.moveTo(peer.received, count);
    peer.owner.readable();
    if (!closed) {
      owner.writable();
    }
  }

  private void finArrives() {
    world.trace().line("net").add("conn", number).add("port", remote.getPort()).add("fin");
    finSent = true;
    peer.finReceived = true;
    if (!peer.closed) {
      peer.owner.readable();
    }
    if (peer.finSent) {
      // Both have finished: tcp_fin and the last ACK lead to TCP_CLOSE or TIME_WAIT.
      dead = true;
      peer.dead = true;
    }
  }

  @Override
  public String toString() {
    return "conn=" + number;
  }
}
