package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import millrace.proactor.backend.MessageMemory;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.fault.Fault;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;

/** What sockets have in common: the operations, once and multishot, and socket calls. */
abstract class SimulatedSocket extends WaitableFile {

  private static final MemorySegment[] NOTHING = {};

  SimulatedSocket(Kernel kernel) {
    super(kernel);
  }

  abstract int bind(SocketAddress address);

  abstract int listen(int backlog);

  abstract int shutdown(int how);

  /** getsockname(2). */
  abstract SocketAddress localAddress();

  /** getpeername(2); null: ENOTCONN. */
  abstract SocketAddress remoteAddress();

  /** SO_LINGER with zero seconds, where that means something. */
  void resetOnClose() {}

  /** connect(2) where that never waits. */
  int connectAtOnce(SocketAddress address) {
    return -Errno.EINVAL;
  }

  /** Whether it is a connected socket of this machine, so that SO_PEERCRED knows the peer. */
  boolean knowsPeerCredentials() {
    return false;
  }

  /** Whether a receive brings data, and not an end. */
  abstract boolean hasData();

  /** Whether a receive has an answer. */
  abstract boolean isReadable();

  /** Whether a send may have an answer. */
  abstract boolean isWritable();

  /** recvmsg(2): data if there is, otherwise an end, an error or {@link #WOULD_BLOCK}. */
  abstract Received receive(MemorySegment[] target, int flags);

  /** sendmsg(2); {@code target} is null for where it is connected to. */
  abstract int send(MemorySegment[] data, SocketAddress target);

  abstract int accept();

  abstract int connect(Request request);

  @Override
  final boolean isSocket() {
    return true;
  }

  @Override
  int perform(Request request) {
    return switch (request.kind) {
      case READ, RECEIVE, RECEIVE_MESSAGE -> receive(request);
      case WRITE, SEND, SEND_MESSAGE -> send(request);
      case ACCEPT -> accept();
      case CONNECT -> connect(request);
      default -> -Errno.EINVAL;
    };
  }

  private int receive(Request request) {
    if (!isReadable()) {
      return WOULD_BLOCK;
    }
    if (!kernel.mayTouch(request)) {
      return VIOLATED;
    }
    Received received = receive(request.rest(), request.messageFlags());
    if (request.message != null && received.result() >= 0) {
      request.message.write(received);
    }
    request.wrote();
    return received.result();
  }

  private int send(Request request) {
    if (!isWritable()) {
      return WOULD_BLOCK;
    }
    if (!kernel.mayTouch(request)) {
      return VIOLATED;
    }
    try {
      return send(request.rest(), request.message == null ? null : request.message.target());
    } catch (IllegalArgumentException unknownAddress) {
      return -Errno.EINVAL;
    }
  }

  @Override
  boolean attempt(Request request) {
    return switch (request.kind) {
      case ACCEPT_MULTISHOT -> acceptMultishot(request);
      case RECEIVE_MULTISHOT, RECEIVE_MESSAGE_MULTISHOT -> receiveMultishot(request);
      default -> super.attempt(request);
    };
  }

  private boolean acceptMultishot(Request request) {
    while (true) {
      int result = accept();
      if (result == WOULD_BLOCK) {
        return false;
      }
      if (result < 0) {
        return ended(request, result);
      }
      if (!kernel.completions.progress(request, result, 0)) {
        return true;
      }
    }
  }

  private boolean receiveMultishot(Request request) {
    if (isWaitAll(request)) {
      return ended(request, -Errno.EINVAL);
    }
    if (request.message != null
        && !MessageMemory.areRooms(request.message.nameRoom(), request.message.controlRoom())) {
      return ended(request, -Errno.EOVERFLOW);
    }
    if (request.message != null && isTooShort(kernel.buffers, request.message)) {
      return ended(request, -Errno.EFAULT);
    }
    if (request.polled && !isReadable()) {
      return false;
    }
    while (true) {
      // Before anything is received (io_recv_buf_select): an idle socket needs a buffer as well.
      if (!hasBuffer()) {
        return ended(request, -Errno.ENOBUFS);
      }
      if (!hasData()) {
        break;
      }
      SimulatedBufferGroup.Buffer buffer = kernel.buffers.take();
      int flags = CqeFlags.ofBuffer(buffer.id());
      Received received = receiveInto(request, buffer.memory());
      int result = resultOf(request, received, buffer.memory());
      if (received.result() == 0) {
        // An empty datagram looks like the end of a stream (io_recv_finish).
        kernel.completions.complete(request, result, flags);
        return true;
      }
      if (!kernel.completions.progress(request, result, flags)) {
        return true;
      }
    }
    int end = receive(NOTHING, 0).result();
    if (end == 0 && request.message != null) {
      return endOfMessages(request);
    }
    request.polled = end == WOULD_BLOCK && !request.isImpatient();
    return !request.polled && ended(request, end);
  }

  /** An end looks like an empty message. */
  private boolean endOfMessages(Request request) {
    SimulatedBufferGroup.Buffer buffer = kernel.buffers.take();
    Received end = Received.of(0);
    request.message.write(end, buffer.memory());
    int result = resultOf(request, end, buffer.memory());
    kernel.completions.complete(request, result, CqeFlags.ofBuffer(buffer.id()));
    return true;
  }

  /** The buffer that is next has no room for name and control data. */
  private static boolean isTooShort(SimulatedBufferGroup buffers, Message message) {
    int length = buffers == null ? -1 : buffers.nextLengthBytes();
    return length >= 0 && length < message.payloadOffset();
  }

  private static boolean isWaitAll(Request request) {
    return request.kind == OperationKind.RECEIVE_MESSAGE_MULTISHOT
        && (request.messageFlags() & Libc.MSG_WAITALL) != 0;
  }

  private boolean hasBuffer() {
    return kernel.buffers != null
        && kernel.buffers.available() > 0
        && !kernel.world.faults().strikes(Fault.NO_BUFFERS);
  }

  private Received receiveInto(Request request, MemorySegment buffer) {
    if (request.message == null) {
      return receive(new MemorySegment[] {buffer}, 0);
    }
    MemorySegment payload = buffer.asSlice(request.message.payloadOffset());
    Received received = receive(new MemorySegment[] {payload}, request.messageFlags());
    request.message.write(received, buffer);
    return received;
  }

  private static int resultOf(Request request, Received received, MemorySegment buffer) {
    if (request.message == null) {
      return received.result();
    }
    // With MSG_TRUNC the length may be more than was received.
    return (int) Math.min(buffer.byteSize(), request.message.payloadOffset() + received.result());
  }
}
