package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Iterator;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.fault.Fault;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/**
 * A stream socket behind a descriptor, and the operations that wait for it. As io_uring does with a
 * blocking socket, each operation is tried, and tried again when the socket has changed.
 */
final class StreamSocket implements Descriptors.OpenFile, TcpEndpoint.Owner {

  private static final int BUFFER_SHIFT = 16;

  private final Kernel kernel;
  private final ArrayDeque<Request> readers = new ArrayDeque<>();
  private final ArrayDeque<Request> writers = new ArrayDeque<>();
  private InetSocketAddress bound;
  private TcpBacklog backlog;
  private TcpEndpoint endpoint;
  private Request connect;
  private boolean connected;
  private boolean resetOnClose;
  private boolean listeningShut;
  private boolean released;

  StreamSocket(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The socket of an accepted connection. */
  private StreamSocket(Kernel kernel, TcpEndpoint accepted) {
    this.kernel = kernel;
    this.endpoint = accepted;
    this.connected = true;
    accepted.setOwner(this);
  }

  int bind(InetSocketAddress address) {
    int port = address.getPort() == 0 ? kernel.network.freePort() : address.getPort();
    if (kernel.network.isListening(port)) {
      return -Errno.EADDRINUSE;
    }
    bound = new InetSocketAddress(address.getAddress(), port);
    return 0;
  }

  int listen(int limit) {
    backlog = new TcpBacklog(bound, limit, this::readable);
    return kernel.network.listen(backlog);
  }

  void resetOnClose() {
    resetOnClose = true;
  }

  int shutdown(int how) {
    if (backlog != null) {
      listeningShut = true;
      readable();
      return 0;
    }
    return connected ? endpoint.shutdown(how) : -Errno.ENOTCONN;
  }

  InetSocketAddress localAddress() {
    return endpoint == null ? bound : endpoint.local();
  }

  /** ENOTCONN, here null, once the connection is in TCP_CLOSE. */
  InetSocketAddress remoteAddress() {
    return connected && !endpoint.isDead() ? endpoint.remote() : null;
  }

  @Override
  public void released() {
    released = true;
    if (backlog != null) {
      kernel.network.unlisten(backlog);
    } else if (endpoint != null) {
      endpoint.close(resetOnClose);
    }
  }

  /** Tries {@code request}; what must wait is parked. */
  void start(Request request) {
    request.state = Request.State.PARKED;
    switch (request.kind) {
      case RECEIVE, READ, RECEIVE_MULTISHOT, ACCEPT, ACCEPT_MULTISHOT -> {
        readers.add(request);
        readable();
      }
      case SEND, SEND_MESSAGE, WRITE -> {
        writers.add(request);
        writable();
      }
      case POLL -> {
        boolean input = (request.operationFlags & Libc.POLLIN) != 0;
        (input ? readers : writers).add(request);
        readable();
        writable();
      }
      case CONNECT -> connect(request);
      default -> kernel.complete(request, -Errno.EINVAL);
    }
  }

  /** Takes a parked request away, which then waits no more. */
  void forget(Request request) {
    readers.remove(request);
    writers.remove(request);
    if (connect == request) {
      connect = null;
    }
  }

  private void connect(Request request) {
    if (connected || connect != null) {
      kernel.complete(request, connected ? -Errno.EISCONN : -Errno.EALREADY);
    } else if (kernel.mayTouch(request)) {
      connect = request;
      InetSocketAddress target =
          (InetSocketAddress) SocketAddresses.decode(request.memory(), request.length);
      endpoint = kernel.network.connect(target, this);
    }
  }

  @Override
  public void connected(int errno) {
    if (released) {
      return;
    }
    connected = errno == 0;
    if (connect != null) {
      Request request = connect;
      connect = null;
      kernel.complete(request, -errno);
    }
  }

  @Override
  public void readable() {
    for (Iterator<Request> each = readers.iterator(); each.hasNext(); ) {
      if (!read(each.next())) {
        return;
      }
      each.remove();
    }
  }

  @Override
  public void writable() {
    for (Iterator<Request> each = writers.iterator(); each.hasNext(); ) {
      if (!write(each.next())) {
        return;
      }
      each.remove();
    }
  }

  /** Whether the request has ended. */
  private boolean read(Request request) {
    if (request.kind == OperationKind.ACCEPT || request.kind == OperationKind.ACCEPT_MULTISHOT) {
      return accept(request);
    }
    if (!connected) {
      kernel.complete(request, -Errno.ENOTCONN);
      return true;
    }
    if (!endpoint.isReadable()) {
      return false;
    }
    return switch (request.kind) {
      case RECEIVE_MULTISHOT -> receiveMultishot(request);
      case POLL -> ended(request, Libc.POLLIN);
      default -> receive(request);
    };
  }

  private boolean ended(Request request, int result) {
    kernel.complete(request, result);
    return true;
  }

  private boolean receive(Request request) {
    if (kernel.mayTouch(request)) {
      int result = endpoint.receive(request.memory());
      request.wrote();
      kernel.complete(request, result);
    }
    return true;
  }

  private boolean receiveMultishot(Request request) {
    while (endpoint.receivedBytes() > 0) {
      boolean none = kernel.world.faults().strikes(Fault.NO_BUFFERS);
      SimulatedBufferGroup.Buffer buffer = none ? null : kernel.buffers.take();
      if (buffer == null) {
        return ended(request, -Errno.ENOBUFS);
      }
      int result = endpoint.receive(buffer.memory());
      int flags = CqeFlags.F_BUFFER | (buffer.id() << BUFFER_SHIFT);
      if (!kernel.completions.progress(request, result, flags)) {
        return true;
      }
    }
    int end = endpoint.receiveEnd();
    return end != TcpEndpoint.WOULD_BLOCK && ended(request, end);
  }

  private boolean accept(Request request) {
    if (backlog == null || listeningShut) {
      return ended(request, -Errno.EINVAL);
    }
    while (!backlog.isEmpty()) {
      int result = acceptOne();
      boolean goesOn = request.kind == OperationKind.ACCEPT_MULTISHOT && result >= 0;
      if (!goesOn) {
        return ended(request, result);
      }
      if (!kernel.completions.progress(request, result, 0)) {
        return true;
      }
    }
    return false;
  }

  private int acceptOne() {
    if (kernel.world.faults().strikes(Fault.ACCEPT_ABORTED)) {
      TcpEndpoint aborted = backlog.poll();
      kernel.network.resetInjected(aborted.number());
      aborted.close(true);
      return -Errno.ECONNABORTED;
    }
    // The descriptor comes first: without one the connection stays in the backlog (accept(2)).
    TcpEndpoint waiting = backlog.peek();
    int descriptor = kernel.open(new StreamSocket(kernel, waiting));
    if (descriptor >= 0) {
      backlog.poll();
      kernel.world.trace().line("accept").add("conn", waiting.number()).add("fd", descriptor);
    }
    return descriptor;
  }

  private boolean write(Request request) {
    if (!connected) {
      return ended(request, -Errno.ENOTCONN);
    }
    if (!endpoint.isWritable()) {
      return false;
    }
    if (request.kind == OperationKind.POLL) {
      return ended(request, Libc.POLLOUT);
    }
    if (!kernel.mayTouch(request)) {
      return true;
    }
    int most = Integer.MAX_VALUE;
    if (kernel.world.faults().strikes(Fault.SHORT_SEND)) {
      most = kernel.world.faults().amount(1, 256);
    }
    return ended(request, send(request, most));
  }

  /** As much as there is room for; what follows is for another send (no MSG_WAITALL). */
  private int send(Request request, int most) {
    int pieces = request.memory.length - (request.kind == OperationKind.SEND_MESSAGE ? 1 : 0);
    int sent = 0;
    for (int index = 0; index < pieces && sent < most; index++) {
      MemorySegment piece = request.memory[index];
      int result = endpoint.send(piece, most - sent);
      if (result < 0) {
        return sent > 0 ? sent : result;
      }
      sent += result;
      if (result < piece.byteSize()) {
        return sent;
      }
    }
    return sent;
  }
}
