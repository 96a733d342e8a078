package millrace.proactor.simulation.scenario;

import java.io.IOException;
import java.net.InetSocketAddress;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.fault.Fault;
import millrace.proactor.net.DatagramAddress;
import millrace.proactor.net.UdpHandler;
import millrace.proactor.net.UdpSocket;
import millrace.proactor.net.UdpSocketOptions;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/** A client on the same loop as the server, by a connected socket, which hears of refusals. */
final class ConnectedRequester extends DatagramRequester implements UdpHandler {

  private final DatagramLedger ledger;
  private final Runnable over;
  private final UdpSocket socket;
  private final boolean aborts;
  private boolean aborted;
  private boolean closed;

  ConnectedRequester(
      Simulation simulation,
      DatagramLedger ledger,
      InetSocketAddress server,
      UdpSocketOptions options,
      int longestBytes,
      Runnable over)
      throws IOException {
    super(simulation, longestBytes);
    this.ledger = ledger;
    this.over = over;
    aborts = random.nextInt(6) == 0;
    socket = UdpSocket.connect(simulation.proactor(), server, options, this);
  }

  @Override
  long send(int lengthBytes) {
    BufferSlice slice = simulation.proactor().buffers().acquire(lengthBytes);
    if (slice == null) {
      return NOT_SENT;
    }
    PatternDatagram request = ledger.next(socket.localAddress(), 0, lengthBytes);
    slice.range(0, lengthBytes).copyFrom(request.bytes(), 0, 0, lengthBytes);
    if (!socket.send(slice)) {
      ledger.withdrawn(request);
      return NOT_SENT;
    }
    if (aborts && random.nextInt(4) == 0) {
      abort();
    }
    return request.transmission();
  }

  private void abort() {
    aborted = true;
    stop();
    socket.abort();
  }

  @Override
  void later(long nanos, Runnable action) {
    if (simulation.startTimer(nanos, action) == null && !simulation.isEnded()) {
      simulation.violated("the loop takes no timer");
    }
  }

  @Override
  void done() {
    socket.close();
  }

  @Override
  public void received(UdpSocket to, BufferSlice data, ReceivedMessage message) {
    PatternDatagram datagram =
        ledger.arrived(data.toByteArray(), (InetSocketAddress) message.source(), to.localAddress());
    if (isStopped()) {
      return;
    }
    if (datagram != null) {
      answer(datagram);
    }
  }

  @Override
  public void errorReceived(UdpSocket of, int errno) {
    refused(errno);
  }

  @Override
  public void sendFailed(UdpSocket of, int errno, int lengthBytes, DatagramAddress destination) {
    refused(errno);
  }

  private void refused(int errno) {
    boolean justly =
        (errno == Errno.ECONNREFUSED && simulation.injected(Fault.DATAGRAM_REFUSED) > 0)
            || DatagramLedger.mayFail(simulation, errno);
    if (!justly && !simulation.isEnded()) {
      simulation.violated("a connected socket was told " + Errno.name(errno) + " without cause");
    }
  }

  @Override
  public void closed(UdpSocket of, int errno) {
    if (closed) {
      simulation.violated("closed twice: " + of);
    }
    closed = true;
    if (errno != 0 && !aborted && !simulation.isEnded()) {
      simulation.violated("a client's socket closed with " + Errno.name(errno));
    }
    over.run();
  }
}
