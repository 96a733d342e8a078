package millrace.proactor.backend.simulated;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HashMap;
import java.util.Map;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UnixAbstractAddress;

/**
 * UNIX sockets: which names are taken, and by whom; connecting to them (unix(7)). A path is a file
 * of the disk, which stays when its socket is closed, and leads nowhere then.
 */
final class LocalNames implements StreamFamily {

  static final SocketAddress UNNAMED = UnixDomainSocketAddress.of("");

  /** The socket of a name. */
  private static final class Entry {
    private Backlog backlog;
    private LocalDatagramSocket datagrams;
  }

  private final World world;
  private final SimulatedDisk disk;
  private final Map<UnixAbstractAddress, Entry> names = new HashMap<>();

  /** By file, which may have no path any more. */
  private final Map<SimulatedFile, Entry> files = new HashMap<>();

  private int connections;
  private int autobound;

  LocalNames(World world, SimulatedDisk disk) {
    this.world = world;
    this.disk = disk;
  }

  @Override
  public boolean takes(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress || address instanceof UnixAbstractAddress;
  }

  @Override
  public int bindErrno(SocketAddress address) {
    if (address instanceof UnixAbstractAddress) {
      return names.containsKey(address) ? Errno.EADDRINUSE : 0;
    }
    if (address.equals(UNNAMED)) {
      return 0;
    }
    int errno = disk.openErrno(path(address), Libc.O_CREAT | Libc.O_EXCL);
    return errno == Errno.EEXIST ? Errno.EADDRINUSE : errno;
  }

  @Override
  public SocketAddress bind(SocketAddress address) {
    SocketAddress name = address.equals(UNNAMED) ? autobind() : address;
    if (name instanceof UnixAbstractAddress unix) {
      names.put(unix, new Entry());
    } else {
      files.put(disk.makeSocket(path(name)), new Entry());
    }
    return name;
  }

  private static String path(SocketAddress address) {
    return ((UnixDomainSocketAddress) address).getPath().toString();
  }

  /** Null when there is no such name, or a file that is no socket's. */
  private Entry find(SocketAddress address) {
    return address instanceof UnixAbstractAddress
        ? names.get(address)
        : files.get(disk.find(path(address)));
  }

  /** Why nobody can be reached at a name without an entry. */
  private int noEntryErrno(SocketAddress address) {
    boolean file = !(address instanceof UnixAbstractAddress) && disk.find(path(address)) == null;
    return file ? Errno.ENOENT : Errno.ECONNREFUSED;
  }

  /** Whether somebody listens or receives there. */
  boolean isAlive(SocketAddress address) {
    Entry entry = find(address);
    return entry != null
        && ((entry.backlog != null && !entry.backlog.isClosed())
            || (entry.datagrams != null && !entry.datagrams.isClosed()));
  }

  /** A bind without a name: five hexadecimal digits in the abstract namespace. */
  private SocketAddress autobind() {
    return UnixAbstractAddress.of("%05x".formatted(++autobound));
  }

  /** A datagram socket is where {@code name} leads. */
  void receivesAt(SocketAddress name, LocalDatagramSocket socket) {
    find(name).datagrams = socket;
  }

  @Override
  public SocketAddress bindAny() {
    return null;
  }

  @Override
  public void unbind(SocketAddress address) {
    // A path stays, and leads nowhere.
    if (address instanceof UnixAbstractAddress) {
      names.remove(address);
    }
  }

  @Override
  public int listen(Backlog backlog) {
    Entry entry = find(backlog.address());
    // Whose path is gone listens, and nobody can connect.
    if (entry != null) {
      entry.backlog = backlog;
    }
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
    Entry entry = find(target);
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

  private int refusal(SocketAddress target, Entry entry) {
    if (entry == null) {
      return noEntryErrno(target);
    }
    if (entry.datagrams != null) {
      return Errno.EPROTOTYPE;
    }
    return entry.backlog == null || entry.backlog.isClosed() ? Errno.ECONNREFUSED : 0;
  }

  /** The connection stands as soon as there is room in the backlog. */
  private void arrive(Backlog backlog, LocalEndpoint far, StreamEndpoint.Owner client) {
    if (far.isPeerClosed()) {
      // It was its turn, and it has gone meanwhile.
      backlog.wakeLatecomer();
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
    Entry entry = find(target);
    return entry == null ? null : entry.datagrams;
  }

  int datagramRefusal(SocketAddress target) {
    Entry entry = find(target);
    if (entry == null) {
      return noEntryErrno(target);
    }
    return entry.backlog == null ? Errno.ECONNREFUSED : Errno.EPROTOTYPE;
  }

  @Override
  public SocketAddress unnamed() {
    return UNNAMED;
  }

  /** As unix_stream_read_generic says. */
  @Override
  public int unconnectedReceiveErrno() {
    return Errno.EINVAL;
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
