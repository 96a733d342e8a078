package millrace.proactor.net;

import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import millrace.proactor.OperationHandler;
import millrace.proactor.Proactor;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.CloseFutures;
import millrace.proactor.engine.Limits;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.proactor.engine.TimeLimit;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * A connection over a stream socket, of TCP or UNIX: received bytes go to its {@link
 * ConnectionHandler}, written slices into a queue with watermarks, sent in order.
 *
 * <p><b>Threading.</b> Everything belongs to the loop thread, except {@link #send}, {@link
 * #closeAsync} and {@link #proactor}.
 *
 * <p><b>Backpressure.</b> {@link #write} returns false above the high watermark; {@link
 * ConnectionHandler#writable} tells when the queue has fallen to the low one. {@link #pauseReceive}
 * stops reading, so that the peer finds no room to send and slows down. A queue that grows beyond
 * its limit all the same aborts the connection with ENOBUFS, and so does one that is written to
 * above its high watermark when the loop has run out of buffers. A peer that takes nothing for
 * {@link ConnectionOptions#sendStallLimit} loses its connection.
 *
 * <p><b>UNIX connections</b> do the same, with two differences of the kernel: an abort looks like
 * an end of the stream to a peer that has read all, unless it had sent bytes that were not received
 * (then ECONNRESET); and what has been sent is the peer's to read even after that.
 *
 * <p><b>End.</b> However it ends, {@link ConnectionHandler#closed} is the last call: after
 * shutdown(2), a cancel by descriptor, the completion of all operations, and close(2), in this
 * order, so that the descriptor's number is never reused under an operation.
 */
public final class StreamConnection {

  /** Slots set aside for each connection: receive, send, close. */
  static final int SLOTS = 3;

  private enum State {
    OPEN,
    FLUSHING,
    LINGERING,
    ENDING,
    CLOSING,
    CLOSED
  }

  private final Loop loop;
  private final int descriptor;
  private final ConnectionOptions options;
  private final Runnable afterClose;
  private final ReceiveSide receive;
  private final SendSide send;
  private final TimeLimit closeLimit;
  private final SendStall sendStall;
  private final IdleTimeout idleTimeout;
  private final OperationHandler closeHandler = this::descriptorClosed;
  private final Resource resource = new Resource();
  private ConnectionHandler handler = NoHandler.INSTANCE;
  private State state = State.OPEN;
  private SocketAddress remoteAddress;
  private final CloseFutures closeFutures = new CloseFutures();
  private long lingerNanos;
  private int closeErrno;
  private boolean outputEndWanted;
  private boolean outputEnded;
  private boolean reset;

  /** The slots are set aside already; they are given back at the end. */
  StreamConnection(Loop loop, int descriptor, ConnectionOptions options, Runnable afterClose) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.options = options;
    this.afterClose = afterClose;
    this.receive = new ReceiveSide(this, loop, descriptor);
    this.send = new SendSide(this, loop, descriptor, options);
    this.closeLimit = TimeLimit.of(loop, this::closeLimitReached);
    this.sendStall = new SendStall(this, send, loop, options);
    this.idleTimeout = new IdleTimeout(this, loop, options);
  }

  /** Asks {@code acceptor} for the handler and starts to receive. */
  void open(ConnectionAcceptor acceptor) {
    loop.statistics().connectionsOpened.increment();
    try {
      handler = Objects.requireNonNull(acceptor.accepted(this), "accepted() returned null");
    } catch (Throwable t) {
      handlerFailed(t);
    }
    if (state == State.OPEN) {
      receive.arm();
      sendStall.start();
      idleTimeout.start();
    }
    loop.register(resource);
  }

  /**
   * Takes ownership of one reference of {@code slice}, whose window is sent; it is released when it
   * has been sent or has failed, and also when this call throws. Writes of one turn are sent
   * together.
   *
   * @param slice the slice
   * @return whether the queue is still below its high watermark; false also when the connection is
   *     no longer open for writing: the slice is then released
   * @throws IllegalStateException when this is not the loop thread, or {@code slice} has no
   *     reference: it was released, given away, or lent and not retained
   */
  public boolean write(BufferSlice slice) {
    loop.checkInLoop(slice);
    if (state != State.OPEN || outputEndWanted) {
      slice.release();
      return false;
    }
    return send.write(slice);
  }

  /**
   * Takes ownership of one reference of {@code slice} and sends it. Any thread.
   *
   * @param slice the slice
   * @return completes when the kernel has taken all of it; fails with a {@code UringException}
   */
  public CompletionStage<Void> send(BufferSlice slice) {
    return loop.supply(
        future -> {
          write(slice);
          if (state == State.OPEN && !outputEndWanted) {
            send.whenSent(future);
          } else {
            send.refuse(future);
          }
        },
        slice::release);
  }

  /**
   * {@return whether the write queue is below its watermark, and the connection open for writing}
   */
  public boolean isWritable() {
    return state == State.OPEN && !outputEndWanted && send.isWritable();
  }

  /** {@return bytes written and not yet taken by the kernel} */
  public long queuedBytes() {
    return send.queuedBytes();
  }

  /**
   * Stops calling {@code received} until {@link #resumeReceive}. Bytes that are on their way from
   * the kernel already are kept and delivered then. Nothing is asked of the socket meanwhile: an
   * end or a reset by the peer is told after {@code resumeReceive}, or by a write that fails.
   */
  public void pauseReceive() {
    loop.checkInLoop();
    receive.pause();
  }

  /** Goes on receiving; calls {@code received} at once for what was kept. */
  public void resumeReceive() {
    loop.checkInLoop();
    if (receive.isPaused()) {
      idleTimeout.noteActivity();
    }
    receive.resume();
  }

  /** Sends FIN after what is queued; the peer may still send. */
  public void shutdownOutput() {
    loop.checkInLoop();
    if (state == State.OPEN && !outputEndWanted) {
      outputEndWanted = true;
      if (send.isIdle()) {
        endOutput();
      }
    }
  }

  /**
   * Sends what is queued, within the close limit, and closes. Nothing is received any more. If the
   * peer had sent bytes that were not received, it sees a reset: see {@link #closeLingering}.
   */
  public void close() {
    beginClose(0);
  }

  /**
   * Sends what is queued and FIN, and drops what the peer still sends until it has finished too or
   * {@code nanos} are over; then closes. For a last reply to a peer that is still sending: without
   * it the kernel would answer those bytes with a reset, which destroys the reply.
   *
   * @param nanos longest wait for the peer in nanoseconds
   */
  public void closeLingering(long nanos) {
    beginClose(Math.max(1, nanos));
  }

  /**
   * {@link #close()}; any thread. Completes when the connection is closed.
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

  /** Drops what is queued, resets the connection and closes it: ECANCELED. */
  public void abort() {
    loop.checkInLoop();
    abort(Errno.ECANCELED);
  }

  /** {@return whether neither side of this object has begun to close it} */
  public boolean isOpen() {
    return state == State.OPEN;
  }

  /**
   * {@return the peer's address, as long as the kernel knew it when this was first called; else
   * null: an {@link java.net.InetSocketAddress} of TCP; a {@link java.net.UnixDomainSocketAddress},
   * with the empty path of a peer that was not bound to any, or a {@link
   * millrace.uring.UnixAbstractAddress} of UNIX}
   */
  public SocketAddress remoteAddress() {
    if (remoteAddress == null && state.compareTo(State.CLOSING) < 0) {
      remoteAddress = loop.sockets().remoteAddress(descriptor);
    }
    return remoteAddress;
  }

  /**
   * Who is at the other end of a UNIX connection.
   *
   * @return null when this is no UNIX connection, or is closed
   */
  public PeerCredentials peerCredentials() {
    loop.checkInLoop();
    int[] three = new int[3];
    if (state.compareTo(State.CLOSING) >= 0
        || loop.sockets().peerCredentials(descriptor, three) < 0
        || three[1] == -1) {
      // Other sockets know the option too, and have nobody to tell of.
      return null;
    }
    return new PeerCredentials(
        three[0], Integer.toUnsignedLong(three[1]), Integer.toUnsignedLong(three[2]));
  }

  /** {@return the loop of this connection; any thread} */
  public Proactor proactor() {
    return loop.proactor();
  }

  private void beginClose(long newLingerNanos) {
    loop.checkInLoop();
    if (state != State.OPEN) {
      return;
    }
    state = State.FLUSHING;
    // From here on the limits of the close hold.
    idleTimeout.cancel();
    lingerNanos = newLingerNanos;
    if (lingerNanos == 0) {
      receive.stopAndDisarm();
    } else {
      receive.discard();
    }
    if (send.isIdle()) {
      flushed();
    } else {
      limitClose(Limits.nanos(options.closeLimit()));
    }
  }

  /** The write queue is empty. */
  void flushed() {
    if (outputEndWanted) {
      endOutput();
    }
    if (state == State.FLUSHING) {
      if (lingerNanos == 0) {
        end();
      } else {
        linger();
      }
    }
  }

  private void linger() {
    state = State.LINGERING;
    endOutput();
    if (state == State.LINGERING && receive.hasEnded()) {
      end();
    } else if (state == State.LINGERING) {
      limitClose(lingerNanos);
    }
  }

  void lingerEnded() {
    if (state == State.LINGERING) {
      end();
    }
  }

  private void endOutput() {
    if (!outputEnded) {
      outputEnded = true;
      // ENOTCONN: the peer has reset the connection already; the receive tells of it.
      loop.sockets().shutdown(descriptor, Libc.SHUT_WR);
    }
  }

  private void limitClose(long nanos) {
    if (!closeLimit.setAfter(nanos)) {
      abort(Errno.ENOBUFS);
    }
  }

  /** Bytes have come, or the kernel has taken some. */
  void noteActivity() {
    idleTimeout.noteActivity();
  }

  /** A send begins. While receiving was paused nobody waited for the peer: now it is waited for. */
  void sendBegins() {
    if (receive.isPaused()) {
      idleTimeout.noteActivity();
    }
  }

  /** Whether nothing is wanted of the peer, or nothing of what it has sent can be received. */
  boolean peerIsNotAwaited() {
    return send.isIdle() && (receive.isPaused() || receive.isStarved());
  }

  /** Nothing has moved for the idle timeout. */
  void timedOut() {
    if (send.isIdle()) {
      fail(Errno.ETIMEDOUT);
    } else {
      abort(Errno.ETIMEDOUT);
    }
  }

  private void closeLimitReached() {
    if (state == State.LINGERING) {
      end();
    } else {
      abort(Errno.ETIMEDOUT);
    }
  }

  /** Ends the connection at once because of {@code errno}. */
  void fail(int errno) {
    if (state.compareTo(State.ENDING) < 0) {
      closeErrno = errno;
      end();
    }
  }

  /**
   * Resets the connection because of {@code errno}: what was not sent must not look like an end.
   */
  void abort(int errno) {
    if (state.compareTo(State.ENDING) < 0) {
      reset = true;
      loop.sockets().resetOnClose(descriptor);
      fail(errno);
    }
  }

  void handlerFailed(Throwable failure) {
    loop.handlerFailed(failure);
    abort(Errno.ECANCELED);
  }

  private void end() {
    state = State.ENDING;
    closeLimit.cancel();
    sendStall.cancel();
    idleTimeout.cancel();
    receive.stop();
    send.stop();
    if (receive.isBusy() || send.isBusy()) {
      if (!reset) {
        loop.sockets().shutdown(descriptor, Libc.SHUT_RDWR);
      }
      loop.reservedOperations().cancelDescriptor(descriptor);
    }
    operationEnded();
  }

  /** An operation of this connection has ended; the last one lets the descriptor go. */
  void operationEnded() {
    if (state == State.ENDING && !receive.isBusy() && !send.isBusy()) {
      state = State.CLOSING;
      loop.reservedOperations().close(descriptor, closeHandler, 0, null);
    }
  }

  private void descriptorClosed(long context, Object attachment, int result, int flags) {
    state = State.CLOSED;
    closeFutures.closed();
    loop.unregister(resource);
    loop.unreserve(SLOTS);
    loop.statistics().connectionsClosed.increment();
    afterClose.run();
    try {
      handler.closed(this, closeErrno);
    } catch (Throwable t) {
      loop.handlerFailed(t);
    }
    closeFutures.complete();
  }

  void endOfStream() {
    try {
      handler.endOfStream(this);
    } catch (Throwable t) {
      handlerFailed(t);
    }
  }

  void writable() {
    if (state == State.OPEN) {
      try {
        handler.writable(this);
      } catch (Throwable t) {
        handlerFailed(t);
      }
    }
  }

  ConnectionHandler handler() {
    return handler;
  }

  int closeErrno() {
    return closeErrno;
  }

  @Override
  public String toString() {
    return "StreamConnection[fd=" + descriptor + ", remote=" + remoteAddress + ", " + state + "]";
  }

  private final class Resource extends LoopResource {
    @Override
    public void drain() {
      if (state != State.OPEN) {
        return;
      }
      try {
        handler.draining(StreamConnection.this);
      } catch (Throwable t) {
        handlerFailed(t);
      }
    }

    @Override
    public void terminate() {
      abort(Errno.ECANCELED);
    }
  }
}
