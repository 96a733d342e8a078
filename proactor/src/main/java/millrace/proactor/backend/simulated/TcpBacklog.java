package millrace.proactor.backend.simulated;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;

/** A listening address: connections that stand and wait to be accepted. */
final class TcpBacklog {

  private final InetSocketAddress address;
  private final int limit;
  private final Runnable arrived;
  private final ArrayDeque<TcpEndpoint> waiting = new ArrayDeque<>();

  TcpBacklog(InetSocketAddress address, int limit, Runnable arrived) {
    this.address = address;
    this.limit = limit;
    this.arrived = arrived;
  }

  InetSocketAddress address() {
    return address;
  }

  boolean isFull() {
    return waiting.size() >= limit;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void add(TcpEndpoint endpoint) {
    waiting.add(endpoint);
    arrived.run();
  }

  TcpEndpoint peek() {
    return waiting.peek();
  }

  TcpEndpoint poll() {
    return waiting.poll();
  }

  /** Whoever still waits is reset. */
  void close() {
    while (!waiting.isEmpty()) {
      waiting.poll().close(true);
    }
  }
}
