package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.util.Objects;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * One end of a connection of UNIX stream sockets: what is sent is at once with the other end, as
 * far as there is room. Errors and ends are those of unix(7).
 */
final class LocalEndpoint implements StreamEndpoint {

  private final World world;
  private final int number;
  private final SocketAddress local;
  private final int capacity;
  private final ByteQueue received = new ByteQueue();
  private LocalEndpoint peer;
  private Owner owner = NOBODY_YET;
  private int error;
  private boolean inputShut;
  private boolean outputShut;
  private boolean closed;

  private LocalEndpoint(World world, int number, SocketAddress local, int capacity) {
    this.world = world;
    this.number = number;
    this.local = local;
    this.capacity = capacity;
  }

  /** Two ends that are connected to each other. */
  static LocalEndpoint[] pair(World world, int number, SocketAddress one, SocketAddress other) {
    LocalEndpoint near = new LocalEndpoint(world, number, one, 1 << world.between(9, 14));
    LocalEndpoint far = new LocalEndpoint(world, number, other, 1 << world.between(9, 14));
    near.peer = far;
    far.peer = near;
    return new LocalEndpoint[] {near, far};
  }

  @Override
  public void setOwner(Owner newOwner) {
    owner = Objects.requireNonNull(newOwner);
  }

  @Override
  public SocketAddress local() {
    return local;
  }

  @Override
  public SocketAddress peerAddress() {
    return peer.local;
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
    return !received.isEmpty() || error != 0 || inputShut;
  }

  @Override
  public boolean isWritable() {
    return error != 0 || mayNotSend() || peer.room() > 0;
  }

  boolean isPeerClosed() {
    return peer.closed;
  }

  private boolean mayNotSend() {
    return outputShut || peer.inputShut || peer.closed;
  }

  private int room() {
    return capacity - received.size();
  }

  @Override
  public int receive(MemorySegment target) {
    if (received.isEmpty()) {
      return receiveEnd();
    }
    int count = (int) Math.min(received.size(), target.byteSize());
    received.remove(target, count);
    peer.changed();
    return count;
  }

  @Override
  public int receiveEnd() {
    if (error != 0) {
      return -takeError();
    }
    return inputShut ? 0 : WOULD_BLOCK;
  }

  private int takeError() {
    int taken = error;
    error = 0;
    return taken;
  }

  @Override
  public int send(MemorySegment source, int most) {
    // SEND_SHUTDOWN is looked at before the error (unix_stream_sendmsg).
    if (outputShut) {
      return -Errno.EPIPE;
    }
    if (error != 0) {
      return -takeError();
    }
    if (mayNotSend()) {
      return -Errno.EPIPE;
    }
    int count = (int) Math.min(Math.min(peer.room(), source.byteSize()), most);
    if (count <= 0) {
      return source.byteSize() == 0 ? 0 : WOULD_BLOCK;
    }
    peer.received.add(source, count);
    peer.changed();
    world.trace().line("unix").add("conn", number).add("bytes", count);
    return count;
  }

  @Override
  public int events() {
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
    return peer.room() > 0 ? events | Libc.POLLOUT : events;
  }

  @Override
  public int shutdown(int how) {
    boolean input = how == Libc.SHUT_RD || how == Libc.SHUT_RDWR;
    boolean output = how == Libc.SHUT_WR || how == Libc.SHUT_RDWR;
    shut(input, output);
    // The other end sees the mirror image (unix_shutdown).
    peer.shut(output, input);
    return 0;
  }

  private void shut(boolean input, boolean output) {
    inputShut |= input;
    outputShut |= output;
    changed();
  }

  /** Bytes that were not read, or an accept that never came, are a reset for the other end. */
  @Override
  public void close(boolean resetWanted) {
    closed = true;
    boolean unaccepted = owner.equals(NOBODY_YET);
    if (!peer.closed) {
      if (!received.isEmpty() || unaccepted) {
        peer.error = Errno.ECONNRESET;
      }
      peer.shut(true, true);
    }
  }

  /** Not in the middle of this call: the other end may be in the middle of one, too. */
  private void changed() {
    world.after(
        0,
        () -> {
          if (!closed) {
            owner.readable();
            owner.writable();
          }
        });
  }

  @Override
  public String toString() {
    return "conn=" + number;
  }
}
