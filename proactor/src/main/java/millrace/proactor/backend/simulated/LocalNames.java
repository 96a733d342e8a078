package millrace.proactor.backend.simulated;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HashMap;
import java.util.Map;
import millrace.uring.Errno;
import millrace.uring.UnixAbstractAddress;

/** UNIX sockets: which names are taken, and by whom; connecting to them (unix(7)). */
final class LocalNames implements StreamFamily {

  static final SocketAddress UNNAMED = UnixDomainSocketAddress.of("");

  /** What a name stands for; a path stays when its socket is closed, and stands for nothing. */
  private static final class Entry {
    private final int inode;
    private Backlog backlog;
    private LocalDatagramSocket datagrams;

    private Entry(int inode) {
      this.inode = inode;
    }
  }

  /** Beyond those of files. */
  private static final int FIRST_INODE = 1 << 24;

  private final World world;
  private final Map<SocketAddress, Entry> names = new HashMap<>();
  private int connections;
  private int autobound;
  private int inodes = FIRST_INODE;

  LocalNames(World world) {
    this.world = world;
  }

  @Override
  public boolean takes(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress || address instanceof UnixAbstractAddress;
  }

  @Override
  public SocketAddress bind(SocketAddress address) {
    SocketAddress name = address.equals(UNNAMED) ? autobind() : address;
    return names.putIfAbsent(name, new Entry(++inodes)) == null ? name : null;
  }

  /** A bind without a name: five hexadecimal digits in the abstract namespace. */
  private SocketAddress autobind() {
    return UnixAbstractAddress.of("%05x".formatted(++autobound));
  }

  /** A datagram socket is where {@code name} leads. */
  void receivesAt(SocketAddress name, LocalDatagramSocket socket) {
    names.get(name).datagrams = socket;
  }

  @Override
  public SocketAddress bindAny() {
    return null;
  }

  @Override
  public void unbind(SocketAddress address) {
    if (address instanceof UnixAbstractAddress) {
      names.remove(address);
    } else {
      names.computeIfPresent(address, (name, entry) -> new Entry(entry.inode));
    }
  }

  /** unlink(2) of a socket's path; false when there is none. */
  boolean unlink(SocketAddress path) {
    return names.remove(path) != null;
  }

  /** The inode of the socket's file at {@code path}; 0 when there is none. */
  int inode(SocketAddress path) {
    Entry entry = names.get(path);
    return entry == null ? 0 : entry.inode;
  }

  /** Whether a socket is open that is bound to {@code path}. */
  boolean isInUse(SocketAddress path) {
    Entry entry = names.get(path);
    return entry != null
        && (entry.datagrams != null || (entry.backlog != null && !entry.backlog.isClosed()));
  }

  @Override
  public int listen(Backlog backlog) {
    Entry entry = names.get(backlog.address());
    entry.backlog = backlog;
    return 0;
  }

  @Override
  public void unlisten(Backlog backlog) {
    backlog.close();
  }

  /** Connected ends without names: socketpair(2). */
  LocalEndpoint[] pair() {
    return LocalEndpoint.pair(world, ++connections, UNNAMED, UNNAMED);
  }

  @Override
  public StreamEndpoint connect(
      SocketAddress target, SocketAddress local, StreamEndpoint.Owner client) {
    Entry entry = names.get(target);
    int errno = refusal(target, entry);
    if (errno != 0) {
      world.after(0, () -> client.connected(errno));
      return null;
    }
    LocalEndpoint[] ends = LocalEndpoint.pair(world, ++connections, local, target);
    ends[0].setOwner(client);
    world.after(0, () -> arrive(entry.backlog, ends[1], client));
    return ends[0];
  }

  private static int refusal(SocketAddress target, Entry entry) {
    if (entry == null) {
      return target instanceof UnixAbstractAddress ? Errno.ECONNREFUSED : Errno.ENOENT;
    }
    if (entry.datagrams != null) {
      return Errno.EPROTOTYPE;
    }
    return entry.backlog == null || entry.backlog.isClosed() ? Errno.ECONNREFUSED : 0;
  }

  /** The connection stands as soon as there is room in the backlog. */
  private void arrive(Backlog backlog, LocalEndpoint far, StreamEndpoint.Owner client) {
    if (far.isPeerClosed()) {
      return;
    }
    if (backlog.isClosed()) {
      client.connected(Errno.ECONNREFUSED);
    } else if (backlog.isFull()) {
      backlog.awaitRoom(() -> world.after(0, () -> arrive(backlog, far, client)));
    } else {
      world.trace().line("unix").add("connect", far.number());
      client.connected(0);
      backlog.add(far);
    }
  }

  /** The datagram socket at {@code target}; null, and {@link #datagramRefusal} says why. */
  LocalDatagramSocket datagramsAt(SocketAddress target) {
    Entry entry = names.get(target);
    return entry == null ? null : entry.datagrams;
  }

  int datagramRefusal(SocketAddress target) {
    Entry entry = names.get(target);
    if (entry == null) {
      return target instanceof UnixAbstractAddress ? Errno.ECONNREFUSED : Errno.ENOENT;
    }
    return entry.backlog == null ? Errno.ECONNREFUSED : Errno.EPROTOTYPE;
  }

  @Override
  public SocketAddress unnamed() {
    return UNNAMED;
  }

  @Override
  public int unconnectedSendErrno() {
    return Errno.ENOTCONN;
  }

  @Override
  public boolean abortsAccepts() {
    return false;
  }
}
