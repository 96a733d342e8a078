package millrace.proactor.backend.simulated;

import java.net.SocketAddress;
import java.util.ArrayDeque;

/** A listening address: connections that stand and wait to be accepted. */
final class Backlog {

  private final SocketAddress address;
  private final int limit;
  private final Runnable arrived;
  private final ArrayDeque<StreamEndpoint> waiting = new ArrayDeque<>();
  private final ArrayDeque<Runnable> latecomers = new ArrayDeque<>();
  private boolean closed;

  Backlog(SocketAddress address, int limit, Runnable arrived) {
    this.address = address;
    this.limit = limit;
    this.arrived = arrived;
  }

  SocketAddress address() {
    return address;
  }

  /** As sk_acceptq_is_full counts: one more than listen(2) was told. */
  boolean isFull() {
    return waiting.size() > limit;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Nobody listens any more. */
  boolean isClosed() {
    return closed;
  }

  void add(StreamEndpoint endpoint) {
    waiting.add(endpoint);
    arrived.run();
  }

  /** Lets {@code latecomer} know when there may be room, or nobody listens any more. */
  void awaitRoom(Runnable latecomer) {
    latecomers.add(latecomer);
  }

  StreamEndpoint peek() {
    return waiting.peek();
  }

  StreamEndpoint poll() {
    StreamEndpoint endpoint = waiting.poll();
    wakeLatecomer();
    return endpoint;
  }

  /** If there is room, the next who waits for it may have it. */
  void wakeLatecomer() {
    Runnable latecomer = isFull() ? null : latecomers.poll();
    if (latecomer != null) {
      latecomer.run();
    }
  }

  /** Whoever still waits is reset. */
  void close() {
    closed = true;
    latecomers.forEach(Runnable::run);
    latecomers.clear();
    while (!waiting.isEmpty()) {
      waiting.poll().close(true);
    }
  }
}
