package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** A stream socket behind a descriptor: unconnected, listening, or one end of a connection. */
final class StreamSocket extends SimulatedSocket implements StreamEndpoint.Owner {

  private final StreamFamily family;
  private SocketAddress bound;
  private Backlog backlog;
  private StreamEndpoint endpoint;
  private Request connect;
  private int connectResult;
  private boolean connecting;
  private boolean connected;
  private boolean resetOnClose;
  private boolean listeningShut;
  private boolean released;

  StreamSocket(Kernel kernel, StreamFamily family) {
    super(kernel);
    this.family = family;
  }

  /** The socket of a connection that stands. */
  StreamSocket(Kernel kernel, StreamFamily family, StreamEndpoint accepted) {
    this(kernel, family);
    endpoint = accepted;
    connected = true;
    accepted.setOwner(this);
  }

  @Override
  int bind(SocketAddress address) {
    if (!family.takes(address)) {
      return -Errno.EAFNOSUPPORT;
    }
    if (bound != null || endpoint != null) {
      return -Errno.EINVAL;
    }
    int errno = family.bindErrno(address);
    bound = errno == 0 ? family.bind(address) : null;
    return -errno;
  }

  @Override
  int listen(int limit) {
    if (bound == null) {
      bound = family.bindAny();
    }
    if (bound == null) {
      return -Errno.EINVAL;
    }
    Backlog listening = new Backlog(bound, limit, this::changed);
    int result = family.listen(listening);
    backlog = result == 0 ? listening : null;
    return result;
  }

  @Override
  void resetOnClose() {
    resetOnClose = true;
  }

  @Override
  int shutdown(int how) {
    if (backlog != null) {
      listeningShut = true;
      changed();
      return 0;
    }
    return connected ? endpoint.shutdown(how) : -Errno.ENOTCONN;
  }

  @Override
  SocketAddress localAddress() {
    if (endpoint != null) {
      return endpoint.local();
    }
    return bound == null ? family.unnamed() : bound;
  }

  @Override
  SocketAddress remoteAddress() {
    return connected ? endpoint.peerAddress() : null;
  }

  @Override
  boolean knowsPeerCredentials() {
    return connected && endpoint instanceof LocalEndpoint;
  }

  @Override
  public void released() {
    released = true;
    if (backlog != null) {
      family.unlisten(backlog);
    } else if (endpoint != null) {
      endpoint.close(resetOnClose);
    }
    if (bound != null) {
      family.unbind(bound);
    }
  }

  @Override
  void forget(Request request) {
    super.forget(request);
    if (isConnect(request)) {
      connect = null;
    }
  }

  @SuppressWarnings("ReferenceEquality") // Requests have identity, no value.
  private boolean isConnect(Request request) {
    return connect == request;
  }

  @Override
  int connect(Request request) {
    if (isConnect(request)) {
      int result = connectResult;
      connect = result == WOULD_BLOCK ? request : null;
      return result;
    }
    if (connected || backlog != null) {
      return -Errno.EISCONN;
    }
    if (connecting) {
      return -Errno.EALREADY;
    }
    if (!kernel.mayTouch(request)) {
      return VIOLATED;
    }
    SocketAddress target = target(request);
    if (target == null) {
      return -Errno.EAFNOSUPPORT;
    }
    connect = request;
    connecting = true;
    connectResult = WOULD_BLOCK;
    endpoint = family.connect(target, localAddress(), this);
    return WOULD_BLOCK;
  }

  private SocketAddress target(Request request) {
    try {
      SocketAddress target = SocketAddresses.decode(request.memory(), request.length);
      return family.takes(target) ? target : null;
    } catch (IllegalArgumentException unknownFamily) {
      return null;
    }
  }

  @Override
  public void connected(int errno) {
    if (released) {
      return;
    }
    connected = errno == 0;
    connecting = false;
    connectResult = -errno;
    changed();
  }

  @Override
  public void readable() {
    changed();
  }

  @Override
  public void writable() {
    changed();
  }

  @Override
  int events() {
    if (backlog != null) {
      return !backlog.isEmpty() || listeningShut ? Libc.POLLIN : 0;
    }
    if (connecting) {
      return 0;
    }
    return connected ? endpoint.events() : Libc.POLLOUT | Libc.POLLHUP;
  }

  @Override
  boolean hasData() {
    return connected && endpoint.receivedBytes() > 0;
  }

  @Override
  boolean isReadable() {
    return connected ? endpoint.isReadable() : !connecting;
  }

  @Override
  boolean isWritable() {
    return connected ? endpoint.isWritable() : !connecting;
  }

  /** With MSG_WAITALL what was transferred is kept, and the rest waited for (io_net_retry). */
  @Override
  int perform(Request request) {
    int result = super.perform(request);
    if (!request.wantsAll() || result == VIOLATED) {
      return result;
    }
    while (result > 0) {
      request.transferred += result;
      if (request.transferred == request.wantedBytes()) {
        return request.transferred;
      }
      result = super.perform(request);
    }
    boolean waits = result == WOULD_BLOCK && !request.isImpatient();
    return !waits && result != VIOLATED && request.transferred > 0 ? request.transferred : result;
  }

  @Override
  Received receive(MemorySegment[] target, int flags) {
    if (!connected) {
      return Received.of(connecting ? WOULD_BLOCK : -family.unconnectedReceiveErrno());
    }
    if ((flags & Libc.MSG_PEEK) != 0) {
      return Received.of(-Errno.EOPNOTSUPP);
    }
    int total = 0;
    for (MemorySegment piece : target) {
      if (endpoint.receivedBytes() == 0) {
        break;
      }
      total += endpoint.receive(piece);
    }
    return Received.of(total > 0 ? total : nothingReceived());
  }

  private int nothingReceived() {
    return endpoint.receivedBytes() > 0 ? 0 : endpoint.receiveEnd();
  }

  @Override
  int accept() {
    if (backlog == null || listeningShut) {
      return -Errno.EINVAL;
    }
    if (backlog.isEmpty()) {
      return WOULD_BLOCK;
    }
    if (family.abortsAccepts() && kernel.world.faults().strikes(Fault.ACCEPT_ABORTED)) {
      StreamEndpoint aborted = backlog.poll();
      kernel.network.resetInjected(aborted.number());
      aborted.close(true);
      return -Errno.ECONNABORTED;
    }
    // The descriptor comes first: without one the connection stays in the backlog (accept(2)).
    StreamEndpoint waiting = backlog.peek();
    int descriptor = kernel.open(new StreamSocket(kernel, family, waiting));
    if (descriptor < 0) {
      waiting.setOwner(StreamEndpoint.NOBODY_YET);
    } else {
      backlog.poll();
      kernel.world.trace().line("accept").add("conn", waiting.number()).add("fd", descriptor);
    }
    return descriptor;
  }

  /** As much as there is room for; what follows is for another call. */
  @Override
  int send(MemorySegment[] data, SocketAddress target) {
    if (!connected) {
      return -family.unconnectedSendErrno();
    }
    int most = Integer.MAX_VALUE;
    if (kernel.world.faults().strikes(Fault.SHORT_SEND)) {
      most = kernel.world.faults().amount(1, 256);
    }
    int sent = 0;
    for (MemorySegment piece : data) {
      if (sent == most) {
        break;
      }
      int result = endpoint.send(piece, most - sent);
      if (result < 0) {
        return sent > 0 ? sent : result;
      }
      sent += result;
      if (result < piece.byteSize()) {
        break;
      }
    }
    return sent;
  }
}
