package millrace.proactor.net;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.OperationHandler;
import millrace.proactor.Proactor;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.CloseFutures;
import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.proactor.engine.TimeLimit;
import millrace.uring.Errno;
import millrace.uring.MessageHeader;
import millrace.uring.UringException;

/**
 * A UDP socket: datagrams go to its {@link UdpHandler} with their senders, by one multishot recvmsg
 * (since Linux 6.0), and what is sent into a bounded queue. One slice is one datagram.
 *
 * <p><b>Threading.</b> {@link #bind}, {@link #connect}, {@link #sendAsync}, {@link #closeAsync},
 * {@link #localAddress}, {@link #remoteAddress}, {@link #metrics} and {@link #proactor} belong to
 * any thread, everything else to the loop thread.
 *
 * <p><b>Bounds.</b> {@link #send} drops what exceeds the high watermark and answers false; {@link
 * UdpHandler#writable} tells when the queue has fallen to the low one. So it does with a receive
 * buffer that would have to wait, when the loop is short of those and has no memory left for a
 * copy. A datagram that is longer than a receive buffer of the loop ({@code
 * ProactorOptions.receiveBufferBytes}) less {@value #RECEIVE_OVERHEAD_BYTES} bytes is cut, which
 * {@link ReceivedMessage#isTruncated} tells. While the loop has no receive buffer left, datagrams
 * wait in the socket's own (SO_RCVBUF); when that is full the kernel drops them, as while receiving
 * is paused.
 *
 * <p><b>Errors</b> of the network or of one datagram do not end the socket: see {@link
 * UdpHandler#errorReceived} and {@link UdpHandler#sendFailed}.
 *
 * <p><b>End.</b> However it ends, {@link UdpHandler#closed} is the last call: after a cancel by
 * descriptor, the completion of all operations, and close(2), in this order, so that the
 * descriptor's number is never reused under an operation.
 */
public final class UdpSocket {

  /** What a receive buffer holds beside the datagram: how long it was, and its sender. */
  public static final int RECEIVE_OVERHEAD_BYTES = 48;

  /** Slots set aside beside those of sends: receive and close. */
  private static final int SLOTS = 2;

  private enum State {
    OPEN,
    FLUSHING,
    ENDING,
    CLOSING,
    CLOSED
  }

  private final Loop loop;
  private final int descriptor;
  private final UdpSocketOptions options;
  private final UdpHandler handler;
  private final InetSocketAddress localAddress;
  private final InetSocketAddress remoteAddress;
  private final boolean ipv6;
  private final DatagramAddress destination = new DatagramAddress();
  private final TimeLimit closeLimit;
  private final OperationHandler closeHandler = this::descriptorClosed;
  private final Resource resource = new Resource();
  private DatagramReceiveSide receive;
  private DatagramSendSide send;
  private State state = State.OPEN;
  private final CloseFutures closeFutures = new CloseFutures();
  private int closeErrno;

  private UdpSocket(
      Loop loop,
      int descriptor,
      InetSocketAddress localAddress,
      InetSocketAddress remoteAddress,
      UdpSocketOptions options,
      UdpHandler handler) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.options = options;
    this.handler = handler;
    this.closeLimit = TimeLimit.of(loop, () -> abort(Errno.ETIMEDOUT));
    this.ipv6 = localAddress.getAddress() instanceof Inet6Address;
  }

  /**
   * Binds and starts to receive.
   *
   * @param proactor the loop
   * @param address a resolved address; port 0 takes a free one, see {@link #localAddress}. The IPv6
   *     wildcard address receives IPv4 datagrams too, unless net.ipv6.bindv6only is set
   * @param options sizes and limits
   * @param handler gets the datagrams; not before the loop's next turn, but perhaps before this
   *     method returns
   * @return the socket
   * @throws UringException EADDRINUSE, EACCES, EADDRNOTAVAIL, EMFILE ..., with the address and a
   *     hint; EAGAIN when the loop is at its cap on operations, ENOBUFS when it has no memory left
   * @throws IOException when the loop takes no task: it has ended, or its queue is full
   */
  public static UdpSocket bind(
      Proactor proactor, InetSocketAddress address, UdpSocketOptions options, UdpHandler handler)
      throws IOException {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(handler, "handler");
    Sockaddr.checkResolved(address);
    Loop loop = Loop.of(proactor);
    int descriptor = UdpSetup.bound(loop.sockets(), address, options);
    return open(loop, descriptor, null, options, handler);
  }

  /**
   * A socket for one peer: it receives from nobody else, hears of a closed port there, and needs no
   * address to send. The kernel picks the local address.
   *
   * @param proactor the loop
   * @param remote the peer's address, resolved
   * @param options sizes and limits
   * @param handler gets the datagrams; perhaps before this method returns
   * @return the socket
   * @throws UringException ENETUNREACH, EMFILE ...; as {@link #bind}
   * @throws IOException when the loop takes no task: it has ended, or its queue is full
   */
  public static UdpSocket connect(
      Proactor proactor, InetSocketAddress remote, UdpSocketOptions options, UdpHandler handler)
      throws IOException {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(handler, "handler");
    Sockaddr.checkResolved(remote);
    Loop loop = Loop.of(proactor);
    int descriptor = UdpSetup.connected(loop.sockets(), remote, options);
    return open(loop, descriptor, remote, options, handler);
  }

  private static UdpSocket open(
      Loop loop,
      int descriptor,
      InetSocketAddress remote,
      UdpSocketOptions options,
      UdpHandler handler)
      throws IOException {
    InetSocketAddress local = Sockaddr.boundTo(loop.sockets(), descriptor);
    UdpSocket socket = new UdpSocket(loop, descriptor, local, remote, options, handler);
    Runnable undo = () -> loop.sockets().close(descriptor);
    Sockaddr.awaitOpened(loop.supply(socket::open), "open", local, undo);
    return socket;
  }

  private void open(CompletableFuture<Void> opened) {
    int slots = SLOTS + options.sendsInFlight();
    if (!loop.reserve(slots)) {
      opened.completeExceptionally(
          new UringException(
              "open",
              Errno.EAGAIN,
              Sockaddr.text(localAddress),
              "all operations of the loop are in use: raise maxOperationsInFlight"));
      return;
    }
    BufferSlice header = loop.buffers().acquire(MessageHeader.bytes(0));
    BufferSlice messages =
        header == null ? null : loop.buffers().acquire(SendSlots.bytes(options.sendsInFlight()));
    if (messages == null) {
      if (header != null) {
        header.release();
      }
      loop.unreserve(slots);
      opened.completeExceptionally(
          new UringException(
              "open",
              Errno.ENOBUFS,
              Sockaddr.text(localAddress),
              "all buffers of the loop are in use: raise bufferPoolBytes"));
      return;
    }
    receive = new DatagramReceiveSide(this, loop, descriptor, header);
    SendSlots sendSlots = new SendSlots(messages, options.sendsInFlight());
    send = new DatagramSendSide(this, loop, descriptor, options, sendSlots);
    receive.arm();
    loop.register(resource);
    opened.complete(null);
  }

  /**
   * Takes ownership of one reference of {@code slice} and sends its window as one datagram; it is
   * released when the kernel has taken it or has not, and also when this call throws. Datagrams of
   * one turn are submitted together.
   *
   * @param slice the slice; may be empty
   * @param to where it goes
   * @return false when the datagram was dropped: the queue is full, or the socket no longer open
   * @throws IllegalStateException when this is not the loop thread, or {@code slice} has no
   *     reference: it was released, given away, or lent and not retained
   */
  public boolean send(BufferSlice slice, DatagramAddress to) {
    loop.checkInLoop(slice);
    return send(slice, to, null);
  }

  /**
   * As {@link #send(BufferSlice, DatagramAddress)}; allocates.
   *
   * @param slice the slice; may be empty
   * @param to where it goes, resolved; an IPv4 address is good for an IPv6 socket too
   * @return false when the datagram was dropped
   */
  public boolean send(BufferSlice slice, InetSocketAddress to) {
    loop.checkInLoop(slice);
    return send(slice, encode(slice, to), null);
  }

  /**
   * As {@link #send(BufferSlice, DatagramAddress)}, to the peer of a {@linkplain #connect
   * connected} socket; on another one it fails with EDESTADDRREQ.
   *
   * @param slice the slice; may be empty
   * @return false when the datagram was dropped
   */
  public boolean send(BufferSlice slice) {
    loop.checkInLoop(slice);
    return send(slice, (DatagramAddress) null, null);
  }

  /**
   * As {@link #send(BufferSlice, DatagramAddress)}, to the sender of {@code datagram}.
   *
   * @param slice the slice; may be the datagram's own, retained
   * @param datagram what is answered, during {@link UdpHandler#received}
   * @return false when the datagram was dropped
   */
  public boolean reply(BufferSlice slice, ReceivedMessage datagram) {
    loop.checkInLoop(slice);
    try {
      destination.setSource(datagram);
    } catch (RuntimeException e) {
      slice.release();
      throw e;
    }
    return send(slice, destination, null);
  }

  /**
   * Takes ownership of one reference of {@code slice} and sends its window as one datagram. Any
   * thread.
   *
   * @param slice the slice; may be empty
   * @param to where it goes, resolved; null for the peer of a connected socket
   * @return completes when the kernel has taken it; fails with a {@code UringException}: EMSGSIZE,
   *     EAGAIN when the queue is full, EPIPE when the socket is not open ...
   */
  public CompletionStage<Void> sendAsync(BufferSlice slice, InetSocketAddress to) {
    DatagramAddress target = to == null ? null : new DatagramAddress().set(encode(slice, to));
    return loop.supply(future -> send(slice, target, future), slice::release);
  }

  private DatagramAddress encode(BufferSlice slice, InetSocketAddress to) {
    try {
      return DatagramAddress.of(ipv6 ? DatagramAddress.mapped(to) : to);
    } catch (RuntimeException e) {
      slice.release();
      throw e;
    }
  }

  private boolean send(BufferSlice slice, DatagramAddress to, CompletableFuture<Void> future) {
    slice.pinReference();
    if (state != State.OPEN) {
      send.refuse(slice, future);
      return false;
    }
    return send.send(slice, to, future);
  }

  /** {@return whether the send queue has room, and the socket is open} */
  public boolean isWritable() {
    return state == State.OPEN && send.isWritable();
  }

  /** {@return datagrams sent and not yet taken by the kernel} */
  public int queuedDatagrams() {
    return send.queuedDatagrams();
  }

  /** {@return bytes sent and not yet taken by the kernel} */
  public long queuedBytes() {
    return send.queuedBytes();
  }

  /**
   * Stops calling {@code received} until {@link #resumeReceive}. Datagrams that are on their way
   * from the kernel already are kept and delivered then, or dropped if the loop is short of receive
   * buffers and has no memory left for copies; what comes later waits in the socket's receive
   * buffer, and is dropped by the kernel when that is full.
   */
  public void pauseReceive() {
    loop.checkInLoop();
    receive.pause();
  }

  /** Goes on receiving; calls {@code received} at once for what was kept. */
  public void resumeReceive() {
    loop.checkInLoop();
    receive.resume();
  }

  /** Sends what is queued, within the close limit, and closes. Nothing is received any more. */
  public void close() {
    loop.checkInLoop();
    if (state != State.OPEN) {
      return;
    }
    state = State.FLUSHING;
    receive.stopAndDisarm();
    if (send.isIdle()) {
      flushed();
    } else if (!closeLimit.setAfter(Limits.nanos(options.closeLimit()))) {
      abort(Errno.ENOBUFS);
    }
  }

  /**
   * {@link #close()}; any thread.
   *
   * @return completes when it is closed
   */
  public CompletionStage<Void> closeAsync() {
    return loop.supply(
        future -> {
          closeFutures.add(future);
          close();
        });
  }

  /** Drops what is queued and closes: ECANCELED. */
  public void abort() {
    loop.checkInLoop();
    abort(Errno.ECANCELED);
  }

  /** {@return whether nobody has begun to close it} */
  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** {@return where it is bound, with the real port} */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /** {@return the peer of a connected socket, else null} */
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** {@return its counters; any thread} */
  public UdpMetrics metrics() {
    return new UdpMetrics(
        receive.received(),
        receive.truncated(),
        receive.dropped(),
        send.sent(),
        send.refused(),
        send.failed(),
        receive.errors());
  }

  /** {@return the loop of this socket; any thread} */
  public Proactor proactor() {
    return loop.proactor();
  }

  UdpHandler handler() {
    return handler;
  }

  /** Nothing is queued nor in flight. */
  void flushed() {
    if (state == State.FLUSHING) {
      end();
    }
  }

  /** Ends the socket at once because of {@code errno}. */
  void fail(int errno) {
    abort(errno);
  }

  private void abort(int errno) {
    if (state.compareTo(State.ENDING) < 0) {
      closeErrno = errno;
      end();
    }
  }

  private void end() {
    state = State.ENDING;
    closeLimit.cancel();
    receive.stopAndDisarm();
    send.stop();
    if (receive.isBusy() || send.isBusy()) {
      // No shutdown(2): there is nothing to tell a peer, and it would make the socket ready for
      // ever, which wakes whoever waits for it again and again until the cancel.
      loop.reservedOperations().cancelDescriptor(descriptor);
    }
    operationEnded();
  }

  /** An operation of this socket has ended; the last one lets the descriptor go. */
  void operationEnded() {
    if (state == State.ENDING && !receive.isBusy() && !send.isBusy()) {
      state = State.CLOSING;
      loop.reservedOperations().close(descriptor, closeHandler, 0, null);
    }
  }

  private void descriptorClosed(long context, Object attachment, int result, int flags) {
    state = State.CLOSED;
    closeFutures.closed();
    receive.close();
    send.close();
    loop.unregister(resource);
    loop.unreserve(SLOTS + options.sendsInFlight());
    try {
      handler.closed(this, closeErrno);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
    closeFutures.complete();
  }

  void sendFailed(int errno, int lengthBytes, DatagramAddress to) {
    try {
      handler.sendFailed(this, errno, lengthBytes, to);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
  }

  void errorReceived(int errno) {
    try {
      handler.errorReceived(this, errno);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
  }

  void writable() {
    if (state == State.OPEN) {
      try {
        handler.writable(this);
      } catch (Throwable t) {
        loop.handlerFailed(t);
      }
    }
  }

  @Override
  public String toString() {
    String peer = remoteAddress == null ? "" : ", remote=" + Sockaddr.text(remoteAddress);
    return "UdpSocket[fd="
        + descriptor
        + ", local="
        + Sockaddr.text(localAddress)
        + peer
        + ", "
        + state
        + "]";
  }

  private final class Resource extends LoopResource {
    @Override
    public void drain() {
      if (state != State.OPEN) {
        return;
      }
      try {
        handler.draining(UdpSocket.this);
      } catch (Throwable t) {
        loop.handlerFailed(t);
        close();
      }
    }

    @Override
    public void terminate() {
      abort(Errno.ECANCELED);
    }
  }
}
