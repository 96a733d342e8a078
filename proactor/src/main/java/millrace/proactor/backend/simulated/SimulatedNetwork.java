package millrace.proactor.backend.simulated;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;

/** TCP: who listens, connects, and how long a segment takes. */
final class SimulatedNetwork {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);

  private static final int FIRST_EPHEMERAL_PORT = 32768;
  private static final long SHORTEST_LATENCY_NANOS = 2_000;
  private static final long LONGEST_LATENCY_NANOS = 400_000;

  /** After a SYN that found a full backlog: tcp(7), the first retransmission. */
  private static final long SYN_RETRY_NANOS = 1_000_000_000L;

  /** After six retransmissions, tcp_syn_retries of tcp(7). */
  private static final long CONNECT_LIMIT_NANOS = 127_000_000_000L;

  private static final int MOST_SYN_RETRIES = 6;

  private final World world;
  private final TreeMap<Integer, Backlog> listening = new TreeMap<>();
  private final Set<Integer> injectedResets = new HashSet<>();
  private int nextPort = FIRST_EPHEMERAL_PORT;
  private int connections;

  SimulatedNetwork(World world) {
    this.world = world;
  }

  long latencyNanos() {
    return world.between(SHORTEST_LATENCY_NANOS, LONGEST_LATENCY_NANOS);
  }

  /** A port that nobody listens on. */
  int freePort() {
    return nextPort++;
  }

  /** Where a socket of IPv4 is that has no address. */
  SocketAddress unnamed() {
    return ANY;
  }

  boolean isListening(int port) {
    return listening.containsKey(port);
  }

  /** listen(2): 0, or -errno. */
  int listen(Backlog backlog) {
    int port = portOf(backlog);
    if (isListening(port)) {
      return -Errno.EADDRINUSE;
    }
    listening.put(port, backlog);
    return 0;
  }

  private static int portOf(Backlog backlog) {
    return ((InetSocketAddress) backlog.address()).getPort();
  }

  void unlisten(Backlog backlog) {
    listening.remove(portOf(backlog), backlog);
    backlog.close();
  }

  /** The client's end of a new connection, whose {@code connected} tells how it went. */
  TcpEndpoint connect(SocketAddress target, SocketAddress local, StreamEndpoint.Owner client) {
    InetSocketAddress bound = (InetSocketAddress) local;
    int port = bound.getPort() == 0 ? freePort() : bound.getPort();
    InetSocketAddress to = (InetSocketAddress) target;
    return connect(to, new InetSocketAddress(to.getAddress(), port), client);
  }

  private TcpEndpoint connect(
      InetSocketAddress target, InetSocketAddress local, StreamEndpoint.Owner client) {
    int number = ++connections;
    TcpEndpoint near = endpoint(number, local, target);
    TcpEndpoint far = endpoint(number, target, local);
    TcpEndpoint.join(near, far);
    near.setOwner(client);
    world.trace().line("net").add("syn", number).add("port", target.getPort());
    if (world.faults().strikes(Fault.CONNECT_LOST)) {
      world.after(CONNECT_LIMIT_NANOS, () -> client.connected(Errno.ETIMEDOUT));
    } else if (world.faults().strikes(Fault.CONNECT_REFUSED)) {
      world.after(latencyNanos(), () -> client.connected(Errno.ECONNREFUSED));
    } else {
      world.after(latencyNanos(), () -> synArrives(target, far, client, 0));
    }
    return near;
  }

  private TcpEndpoint endpoint(int number, InetSocketAddress local, InetSocketAddress remote) {
    int receiveCapacity = 1 << world.between(9, 14);
    int sendCapacity = 1 << world.between(9, 14);
    return new TcpEndpoint(world, this, number, local, remote, receiveCapacity, sendCapacity);
  }

  private void synArrives(
      InetSocketAddress target, TcpEndpoint far, StreamEndpoint.Owner client, int retries) {
    Backlog backlog = listening.get(target.getPort());
    if (backlog != null && !backlog.isFull() && !far.establish()) {
      return;
    }
    if (backlog == null) {
      world.after(latencyNanos(), () -> client.connected(Errno.ECONNREFUSED));
    } else if (!backlog.isFull()) {
      far.setOwner(StreamEndpoint.NOBODY_YET);
      backlog.add(far);
      world.after(latencyNanos(), () -> client.connected(0));
    } else if (retries < MOST_SYN_RETRIES) {
      long nanos = SYN_RETRY_NANOS << retries;
      world.after(nanos, () -> synArrives(target, far, client, retries + 1));
    } else {
      client.connected(Errno.ETIMEDOUT);
    }
  }

  void resetInjected(int connection) {
    injectedResets.add(connection);
  }

  /** Whether the network, and neither end, has reset a connection. */
  boolean wasReset(int connection) {
    return injectedResets.contains(connection);
  }
}
