package millrace.proactor.net;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.uring.Errno;
import millrace.uring.SocketAddresses;

/** One connect(2) of a stream socket under way. Loop thread only. */
final class StreamConnect extends LoopResource implements OperationHandler {

  private static final int CONNECT = 0;
  private static final int CLOSE = 1;

  private final Loop loop;
  private final SocketAddress address;
  private final ConnectionOptions options;
  private final ConnectionAcceptor acceptor;
  private final CompletableFuture<StreamConnection> future;
  private int descriptor = -Errno.EBADF;
  private long operation = Operations.REFUSED;
  private int connectErrno;

  private StreamConnect(
      Loop loop,
      SocketAddress address,
      ConnectionOptions options,
      ConnectionAcceptor acceptor,
      CompletableFuture<StreamConnection> future) {
    this.loop = loop;
    this.address = address;
    this.options = options;
    this.acceptor = acceptor;
    this.future = future;
  }

  static void check(Duration deadline, ConnectionOptions options, ConnectionAcceptor acceptor) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(acceptor, "acceptor");
    if (deadline.isNegative()) {
      throw new IllegalArgumentException("deadline: " + deadline + ", must not be negative");
    }
  }

  /** Connects to an address that {@link SocketAddresses#encode} takes; any thread. */
  static CompletionStage<StreamConnection> start(
      Loop loop,
      SocketAddress address,
      Duration deadline,
      ConnectionOptions options,
      ConnectionAcceptor acceptor) {
    return loop.<StreamConnection>supply(
        future ->
            new StreamConnect(loop, address, options, acceptor, future)
                .start(Limits.nanos(deadline)));
  }

  private void start(long timeoutNanos) {
    if (!loop.reserve(StreamConnection.SLOTS)) {
      fail(Errno.EAGAIN);
      return;
    }
    BufferSlice target = loop.buffers().acquire(SocketAddresses.MAX_BYTES);
    try {
      descriptor = target == null ? -Errno.ENOBUFS : loop.sockets().stream(address);
      if (!Errno.isError(descriptor)) {
        submit(target, timeoutNanos);
      }
    } finally {
      if (target != null) {
        target.release();
      }
      if (operation == Operations.REFUSED) {
        giveUp();
      }
    }
    if (Errno.isError(descriptor)) {
      fail(-descriptor);
    }
  }

  private void submit(BufferSlice target, long timeoutNanos) {
    Sockaddr.prepare(loop.sockets(), descriptor, address, options);
    target.range(0, SocketAddresses.encode(address, target.segment()));
    operation =
        loop.reservedOperations().connect(descriptor, target, timeoutNanos, this, CONNECT, null);
    loop.register(this);
  }

  /** Nothing was submitted. */
  private void giveUp() {
    if (!Errno.isError(descriptor)) {
      loop.sockets().close(descriptor);
    }
    loop.unreserve(StreamConnection.SLOTS);
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
