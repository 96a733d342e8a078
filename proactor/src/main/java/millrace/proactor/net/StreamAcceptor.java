package millrace.proactor.net;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.engine.CloseFutures;
import millrace.proactor.engine.Counter;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.timers.Timer;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/** The loop's side of a listener: when to accept, when to pause. Loop thread only. */
final class StreamAcceptor extends LoopResource implements OperationHandler {

  /** Accept and close. */
  private static final int SLOTS = 2;

  private static final int ACCEPT = 0;
  private static final int CLOSE = 1;

  /**
   * A multishot accept may bring more than there are slots for: then it is ended, and they wait.
   */
  private static final int MULTISHOT_ROOM = 64 * StreamConnection.SLOTS;

  /** How long accepting rests when descriptors or memory have run out. */
  private static final long BACK_OFF_NANOS = Duration.ofMillis(100).toNanos();

  private final Loop loop;
  private final int descriptor;
  private final SocketAddress address;
  private final AcceptLimits limits;
  private final SocketFile file;
  private final ConnectionAcceptor acceptor;
  private final Runnable connectionClosed = this::connectionClosed;
  private final Runnable roomCameBack = this::roomCameBack;
  private final Timer backOff = Timer.of((timer, now) -> arm());
  private final Counter live = new Counter();
  private final CloseFutures closeFutures = new CloseFutures();

  /** Descriptors accepted, for which the loop had no slots yet; they count as connections. */
  private final ArrayDeque<Integer> unserved = new ArrayDeque<>();

  private long operation = Operations.REFUSED;
  private boolean multishot;
  private boolean awaitsRoom;
  private boolean closing;
  private boolean closeBegun;

  /**
   * @param file removed before the descriptor is closed; null: there is none to remove
   */
  StreamAcceptor(
      Loop loop,
      int descriptor,
      SocketAddress address,
      AcceptLimits limits,
      SocketFile file,
      ConnectionAcceptor acceptor) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.address = address;
    this.limits = limits;
    this.file = file;
    this.acceptor = acceptor;
  }

  /**
   * Starts to accept, and waits for it. When that fails it closes the descriptor and removes the
   * file.
   *
   * @param asked the address as the caller gave it
   * @throws IOException what {@link #open} says, or the loop takes no task
   */
  void start(SocketAddress asked) throws IOException {
    Sockaddr.awaitOpened(
        loop.supply(this::open),
        "listen",
        asked,
        () -> {
          loop.sockets().close(descriptor);
          if (file != null) {
            file.removeNow();
          }
        });
  }

  /** Any thread. */
  int liveConnections() {
    return (int) live.get();
  }

  private void open(CompletableFuture<Void> opened) {
    if (!loop.reserve(SLOTS)) {
      opened.completeExceptionally(
          new UringException(
              "listen",
              Errno.EAGAIN,
              Sockaddr.text(address),
              "all operations of the loop are in use: raise maxOperationsInFlight"));
      return;
    }
    arm();
    loop.register(this);
    opened.complete(null);
  }

  void close(CompletableFuture<Void> future) {
    closeFutures.add(future);
    beginClose();
  }

  /**
   * The one place where the accept is armed: multishot while there is room for a whole backlog, and
   * one by one when there is less, since a multishot accept takes all that wait at once.
   */
  private void arm() {
    long connections = connectionsLeft();
    if (closing || connections <= 0 || operation != Operations.REFUSED || backOff.isStarted()) {
      return;
    }
    int room = loop.room();
    if (!unserved.isEmpty() || room < StreamConnection.SLOTS) {
      awaitRoom();
      return;
    }
    multishot = connections > limits.backlog() && room >= MULTISHOT_ROOM;
    Operations operations = loop.reservedOperations();
    // No SOCK_NONBLOCK: io_uring would answer EAGAIN instead of waiting for readiness itself.
    operation =
        multishot
            ? operations.acceptMultishot(descriptor, Libc.SOCK_CLOEXEC, this, ACCEPT, null)
            : operations.accept(descriptor, Libc.SOCK_CLOEXEC, this, ACCEPT, null);
  }

  /** What the limit of connections leaves, those included that wait for slots. */
  private long connectionsLeft() {
    return limits.maxConnections() - live.get() - unserved.size();
  }

  private void awaitRoom() {
    if (!awaitsRoom) {
      awaitsRoom = true;
      loop.whenRoom(roomCameBack);
    }
  }

  private void roomCameBack() {
    awaitsRoom = false;
    serve();
    arm();
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if (context == CLOSE) {
      descriptorClosed();
      return;
    }
    if ((flags & CqeFlags.F_MORE) == 0) {
      operation = Operations.REFUSED;
    }
    if (result >= 0) {
      admit(result);
    } else {
      failed(-result);
    }
    if (operation == Operations.REFUSED) {
      if (closing) {
        closeDescriptor();
      } else {
        arm();
      }
    }
  }

  private void admit(int accepted) {
    if (closing) {
      refuse(accepted);
      return;
    }
    unserved.add(accepted);
    serve();
    long connections = connectionsLeft();
    if (multishot && (connections <= limits.backlog() || !unserved.isEmpty())) {
      // What the kernel accepts before it sees the cancel is served all the same.
      pause();
    }
  }

  /** Opens what was accepted, in order, as far as there are slots. */
  private void serve() {
    while (!unserved.isEmpty() && loop.room() >= StreamConnection.SLOTS) {
      loop.reserve(StreamConnection.SLOTS);
      live.increment();
      new StreamConnection(loop, unserved.poll(), limits.connection(), connectionClosed)
          .open(acceptor);
    }
  }

  private void refuse(int accepted) {
    loop.statistics().connectionsRefused.increment();
    loop.sockets().close(accepted);
  }

  private void failed(int errno) {
    if (errno == Errno.ECANCELED) {
      return;
    }
    loop.statistics().acceptFailures.increment();
    if (errno == Errno.EINVAL || errno == Errno.EBADF || errno == Errno.ENOTSOCK) {
      if (!closing) {
        loop.handlerFailed(
            new UringException("accept", errno, Sockaddr.text(address), "listening has ended"));
        beginClose();
      }
    } else if (!closing && !concernsOneConnection(errno)) {
      // Descriptors or memory have run out, or nobody knows: never a busy loop.
      rest();
    }
  }

  /** The pending errors of a new connection, which accept(2) asks to treat like EAGAIN. */
  private static boolean concernsOneConnection(int errno) {
    return errno == Errno.ECONNABORTED
        || errno == Errno.EPERM
        || errno == Errno.EPROTO
        || errno == Errno.ENOPROTOOPT
        || errno == Errno.ENETDOWN
        || errno == Errno.ENETUNREACH
        || errno == Errno.EHOSTDOWN
        || errno == Errno.EHOSTUNREACH
        || errno == Errno.ENONET;
  }

  private void pause() {
    if (operation != Operations.REFUSED) {
      loop.reservedOperations().cancel(operation);
    }
  }

  private void rest() {
    if (!backOff.isStarted() && !loop.startTimer(backOff, BACK_OFF_NANOS)) {
      loop.handlerFailed(
          new IllegalStateException("no timer left: " + address + " accepts at the next close"));
    }
  }

  private void connectionClosed() {
    live.add(-1);
    arm();
  }

  private void beginClose() {
    if (closing) {
      return;
    }
    closing = true;
    loop.cancelTimer(backOff);
    while (!unserved.isEmpty()) {
      refuse(unserved.poll());
    }
    if (operation == Operations.REFUSED) {
      closeDescriptor();
    } else {
      loop.sockets().shutdown(descriptor, Libc.SHUT_RDWR);
      loop.reservedOperations().cancelDescriptor(descriptor);
    }
  }

  private void closeDescriptor() {
    if (closeBegun) {
      return;
    }
    closeBegun = true;
    if (file == null) {
      submitClose();
    } else {
      // The slot of the accept is free for it.
      file.remove(this::submitClose);
    }
  }

  private void submitClose() {
    loop.reservedOperations().close(descriptor, this, CLOSE, null);
  }

  private void descriptorClosed() {
    closeFutures.closed();
    loop.unregister(this);
    loop.unreserve(SLOTS);
    closeFutures.complete();
  }

  @Override
  public void drain() {
    beginClose();
  }

  @Override
  public void terminate() {
    beginClose();
  }

  @Override
  public String toString() {
    return "StreamAcceptor[fd=" + descriptor + ", " + address + "]";
  }
}
