package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;

/**
 * A handler that writes down what it is told, and fails when it is told something out of turn: on
 * another thread, or after {@code closed}. Subclasses act in {@code on...}. The lists belong to the
 * loop thread; queue and future to anybody.
 */
class UdpRecorder implements UdpHandler {

  /** One datagram. */
  record Datagram(String text, InetSocketAddress source, boolean truncated, int lengthBytes) {}

  /** One that was not sent. */
  record Failure(int errno, int lengthBytes, String destination) {}

  final BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();
  final BlockingQueue<Failure> failures = new LinkedBlockingQueue<>();
  final BlockingQueue<Integer> errors = new LinkedBlockingQueue<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final List<Integer> queuedWhenWritable = new ArrayList<>();
  int drainings;
  private int closes;

  /** A handler that sends each datagram back. */
  static UdpRecorder echo() {
    return new UdpRecorder() {
      @Override
      void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
        assertTrue(socket.reply(data.retain(), datagram));
      }
    };
  }

  void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {}

  void onSendFailed(UdpSocket socket) {}

  void onDraining(UdpSocket socket) {
    socket.close();
  }

  /** The next datagram, within a generous limit. */
  Datagram next() throws InterruptedException {
    return next(received);
  }

  String nextText() throws InterruptedException {
    return next().text();
  }

  static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(60, TimeUnit.SECONDS);
    assertNotNull(next, "nothing has come");
    return next;
  }

  private void check(UdpSocket socket) {
    assertTrue(socket.proactor().inLoop(), "off the loop");
    assertEquals(0, closes, "called after closed()");
  }

  @Override
  public final void received(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
    check(socket);
    received.add(
        new Datagram(
            Peers.text(data.toByteArray()),
            (InetSocketAddress) datagram.source(),
            datagram.isTruncated(),
            datagram.lengthBytes()));
    onReceived(socket, data, datagram);
  }

  @Override
  public final void sendFailed(
      UdpSocket socket, int errno, int lengthBytes, DatagramAddress destination) {
    check(socket);
    failures.add(new Failure(errno, lengthBytes, destination.toString()));
    onSendFailed(socket);
  }

  @Override
  public final void errorReceived(UdpSocket socket, int errno) {
    check(socket);
    errors.add(errno);
  }

  @Override
  public final void writable(UdpSocket socket) {
    check(socket);
    queuedWhenWritable.add(socket.queuedDatagrams());
  }

  @Override
  public final void draining(UdpSocket socket) {
    check(socket);
    drainings++;
    onDraining(socket);
  }

  @Override
  public final void closed(UdpSocket socket, int errno) {
    check(socket);
    assertFalse(socket.isOpen());
    closes++;
    closed.complete(errno);
  }
}
