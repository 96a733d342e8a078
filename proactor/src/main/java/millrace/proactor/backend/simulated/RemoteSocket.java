package millrace.proactor.backend.simulated;

import java.net.InetSocketAddress;
import java.util.Objects;
import millrace.uring.Libc;

/**
 * A socket of another machine: what it writes is queued without limit, and what arrives is handed
 * over as fast as it wants to read. Its handler is called between the turns of the loop.
 */
public final class RemoteSocket implements StreamEndpoint.Owner {

  /** Who uses the socket. */
  public interface Handler {
    /** The connection stands. */
    void connected(RemoteSocket socket);

    /** Bytes have arrived. */
    void received(RemoteSocket socket, byte[] data);

    /** The other end will send no more. */
    void ended(RemoteSocket socket);

    /** The connection could not be made, or is broken: ECONNREFUSED, ECONNRESET, EPIPE ... */
    void failed(RemoteSocket socket, int errno);

    /** All that was written has been taken by the network. */
    void sent(RemoteSocket socket);
  }

  private final Kernel kernel;
  private final Handler handler;
  private final ByteQueue unsent = new ByteQueue();
  private TcpEndpoint endpoint;
  private int bytesPerRead = Integer.MAX_VALUE;
  private long readIntervalNanos;
  private boolean connected;
  private boolean finishing;
  private boolean finished;
  private boolean closed;
  private boolean over;
  private boolean inputEnded;
  private boolean paused;
  private boolean readPlanned;

  RemoteSocket(Kernel kernel, Handler handler) {
    this.kernel = kernel;
    this.handler = Objects.requireNonNull(handler, "handler");
  }

  void connect(InetSocketAddress target) {
    endpoint = kernel.network.connect(target, kernel.network.unnamed(), this);
  }

  void accepted(TcpEndpoint accepted) {
    endpoint = accepted;
    connected = true;
    accepted.setOwner(this);
    handler.connected(this);
    readable();
  }

  /** Sends {@code data} after what was written before. */
  public void write(byte[] data) {
    if (!closed && !finishing && !over) {
      unsent.add(data, 0, data.length);
      flush();
    }
  }

  /** Sends FIN after what was written. */
  public void finish() {
    finishing = true;
    flush();
  }

  /** close(2): drops what was not sent yet. */
  public void close() {
    end(false);
  }

  /** close(2) with a reset. */
  public void reset() {
    end(true);
  }

  private void end(boolean reset) {
    if (!closed) {
      closed = true;
      unsent.clear();
      endpoint.close(reset);
    }
  }

  /** Reads nothing until {@link #resume}. */
  public void pause() {
    paused = true;
  }

  /** Goes on reading. */
  public void resume() {
    paused = false;
    readable();
  }

  /** Reads at most {@code bytes} each {@code nanos}. */
  public void setReadRate(int bytes, long nanos) {
    bytesPerRead = bytes;
    readIntervalNanos = nanos;
  }

  /** Bytes written and not yet taken by the network. */
  public int unsentBytes() {
    return unsent.size();
  }

  /** The number of the connection, the same at both ends. */
  public int number() {
    return endpoint.number();
  }

  /** The address of this end. */
  public InetSocketAddress localAddress() {
    return endpoint.local();
  }

  /** Whether the network has reset this connection, which neither end has done. */
  public boolean wasResetByNetwork() {
    return kernel.network.wasReset(endpoint.number());
  }

  @Override
  public void connected(int errno) {
    if (closed) {
      return;
    }
    if (errno != 0) {
      over = true;
      handler.failed(this, errno);
      return;
    }
    connected = true;
    handler.connected(this);
    flush();
    readable();
  }

  private void flush() {
    if (!connected || closed || over || finished) {
      return;
    }
    if (!unsent.isEmpty()) {
      int sent = endpoint.send(unsent);
      if (sent < 0 && sent != TcpEndpoint.WOULD_BLOCK) {
        unsent.clear();
        fail(-sent);
        return;
      }
      if (unsent.isEmpty()) {
        handler.sent(this);
      }
    }
    if (finishing && unsent.isEmpty() && !finished) {
      finished = true;
      endpoint.shutdown(Libc.SHUT_WR);
    }
  }

  @Override
  public void writable() {
    flush();
  }

  @Override
  public void readable() {
    if (connected && mayRead() && !readPlanned && endpoint.isReadable()) {
      readPlanned = true;
      kernel.world.after(readIntervalNanos, this::read);
    }
  }

  private boolean mayRead() {
    return !paused && !closed && !over && !inputEnded;
  }

  private void read() {
    readPlanned = false;
    if (!mayRead()) {
      return;
    }
    byte[] data = endpoint.receiveBytes(bytesPerRead);
    if (data.length > 0) {
      handler.received(this, data);
      readable();
      return;
    }
    int end = endpoint.receiveEnd();
    if (end == 0) {
      inputEnded = true;
      handler.ended(this);
    } else if (end != TcpEndpoint.WOULD_BLOCK) {
      fail(-end);
    }
  }

  private void fail(int errno) {
    over = true;
    handler.failed(this, errno);
  }
}
