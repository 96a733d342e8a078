package millrace.proactor.net;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.Proactor;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** Opens connections; any thread. */
public final class TcpConnector {

  private TcpConnector() {}

  /**
   * Connects to {@code address}.
   *
   * @param proactor the loop
   * @param address the address
   * @param deadline how long the kernel may try, as a linked timeout; zero: as long as it does
   *     (tcp_syn_retries)
   * @param options sizes and limits
   * @param acceptor gives the connection its handler
   * @return the connection, whose handler {@code acceptor} gave; fails with a {@code
   *     UringException}: ECONNREFUSED, EHOSTUNREACH, ETIME when the deadline is over, EAGAIN when
   *     the loop is at its cap; with {@code UnknownHostException} for an unresolved address
   */
  public static CompletionStage<StreamConnection> connect(
      Proactor proactor,
      InetSocketAddress address,
      Duration deadline,
      ConnectionOptions options,
      ConnectionAcceptor acceptor) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(acceptor, "acceptor");
    if (deadline.isNegative()) {
      throw new IllegalArgumentException("deadline: " + deadline + ", must not be negative");
    }
    try {
      Sockaddr.checkResolved(address);
    } catch (UnknownHostException e) {
      return CompletableFuture.failedStage(e);
    }
    Loop loop = Loop.of(proactor);
    return loop.<StreamConnection>supply(
        future ->
            new Attempt(loop, address, options, acceptor, future).start(Limits.nanos(deadline)));
  }

  /** One connect(2) under way. Loop thread only. */
  private static final class Attempt extends LoopResource implements OperationHandler {
    private static final int CONNECT = 0;
    private static final int CLOSE = 1;

    private final Loop loop;
    private final InetSocketAddress address;
    private final ConnectionOptions options;
    private final ConnectionAcceptor acceptor;
    private final CompletableFuture<StreamConnection> future;
    private int descriptor;
    private long operation = Operations.REFUSED;
    private int connectErrno;

    Attempt(
        Loop loop,
        InetSocketAddress address,
        ConnectionOptions options,
        ConnectionAcceptor acceptor,
        CompletableFuture<StreamConnection> future) {
      this.loop = loop;
      this.address = address;
      this.options = options;
      this.acceptor = acceptor;
      this.future = future;
    }

    void start(long timeoutNanos) {
      if (!loop.reserve(StreamConnection.SLOTS)) {
        fail(Errno.EAGAIN);
        return;
      }
      BufferSlice target = loop.buffers().acquire(SocketAddresses.MAX_BYTES);
      descriptor = target == null ? -Errno.ENOBUFS : loop.sockets().stream(address);
      if (Errno.isError(descriptor)) {
        if (target != null) {
          target.release();
        }
        loop.unreserve(StreamConnection.SLOTS);
        fail(-descriptor);
        return;
      }
      loop.sockets().setOption(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
      Sockaddr.limit(loop.sockets(), descriptor, options.unsentLimitBytes());
      target.range(0, SocketAddresses.encode(address, target.segment()));
      operation =
          loop.reservedOperations().connect(descriptor, target, timeoutNanos, this, CONNECT, null);
      target.release();
      loop.register(this);
    }

    @Override
    public void completed(long context, Object attachment, int result, int flags) {
      if (context == CLOSE) {
        loop.unregister(this);
        loop.unreserve(StreamConnection.SLOTS);
        fail(connectErrno);
      } else if (result < 0) {
        connectErrno = -result;
        // No plain call: the loop knows whether the kernel may still connect this descriptor.
        loop.reservedOperations().close(descriptor, this, CLOSE, null);
      } else {
        loop.unregister(this);
        StreamConnection connection = new StreamConnection(loop, descriptor, options, () -> {});
        connection.open(acceptor);
        future.complete(connection);
      }
    }

    private void fail(int errno) {
      future.completeExceptionally(Sockaddr.failure("connect", errno, address));
    }

    @Override
    public void drain() {
      loop.reservedOperations().cancel(operation);
    }

    @Override
    public void terminate() {
      loop.reservedOperations().cancel(operation);
    }
  }
}
