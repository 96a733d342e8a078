package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import millrace.proactor.LoopFixture;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.UdpRecorder.Failure;
import millrace.uring.Errno;
import millrace.uring.UringException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The send queue, its bounds, and what is told of datagrams that are not sent. */
@OnEveryBackend
class UdpSendTest {

  private final UdpRecorder recorder = new UdpRecorder();
  private LoopFixture loop;
  private UdpPeer peer;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
    peer = new UdpPeer();
  }

  @AfterEach
  void stop() throws Exception {
    loop.close();
    peer.close();
  }

  private UdpSocket bind(UdpSocketOptions options) throws Exception {
    return UdpSocket.bind(loop.proactor(), Peers.anyPort(), options, recorder);
  }

  /** From the pool, so that the loop's end tells of a slice that was not released. */
  private BufferSlice pooled(int length) {
    return loop.proactor().buffers().acquire(Math.max(1, length)).range(0, length);
  }

  private BufferSlice pooled(String text) {
    BufferSlice slice = pooled(text.length());
    slice.copyWindow(Peers.slice(text));
    return slice;
  }

  private static UringException failure(CompletionStage<Void> stage) throws Exception {
    ExecutionException e =
        assertThrows(
            ExecutionException.class, () -> stage.toCompletableFuture().get(60, TimeUnit.SECONDS));
    return assertInstanceOf(UringException.class, e.getCause());
  }

  @Test
  void aFullQueueDropsInDatagramsAndWritableIsToldOnceAtTheLowWatermark() throws Exception {
    UdpSocketOptions options =
        UdpSocketOptions.defaults().withWatermarks(2, 10, 0xffff, 1 << 20).withSendsInFlight(1);
    UdpSocket socket = bind(options);
    loop.run(
        () -> {
          for (int i = 0; i < 10; i++) {
            assertTrue(socket.isWritable(), "writable before " + i);
            assertTrue(socket.send(pooled("d" + i), peer.address()), "datagram " + i);
          }
          assertFalse(socket.isWritable());
          assertFalse(socket.send(pooled("dropped"), peer.address()));
          assertEquals(10, socket.queuedDatagrams());
          assertEquals(20, socket.queuedBytes());
        });
    for (int i = 0; i < 10; i++) {
      assertEquals("d" + i, peer.receiveText());
    }
    loop.until("all is sent", () -> socket.queuedDatagrams() == 0);
    loop.run(
        () -> {
          assertEquals(List.of(2), recorder.queuedWhenWritable);
          assertEquals(0, socket.queuedBytes());
          assertTrue(socket.send(pooled("again"), peer.address()));
        });
    assertEquals("again", peer.receiveText());
    loop.until("sent", () -> socket.metrics().sent() == 11);
    assertEquals(new UdpMetrics(0, 0, 0, 11, 1, 0, 0), socket.metrics());
  }

  @Test
  void aFullQueueDropsInBytesToo() throws Exception {
    UdpSocketOptions options =
        UdpSocketOptions.defaults().withWatermarks(10, 1000, 30_000, 100_000);
    UdpSocket socket = bind(options);
    loop.run(
        () -> {
          for (int i = 0; i < 3; i++) {
            assertTrue(socket.send(pooled(30_000), peer.address()));
          }
          assertTrue(socket.isWritable());
          assertFalse(socket.send(pooled(10_001), peer.address()));
          assertFalse(socket.isWritable());
          assertTrue(socket.send(pooled(10_000), peer.address()), "that it has room for");
          assertEquals(100_000, socket.queuedBytes());
        });
    for (int length : new int[] {30_000, 30_000, 30_000, 10_000}) {
      assertEquals(length, peer.receive().getLength());
    }
    loop.until("writable", () -> recorder.queuedWhenWritable.size() == 1);
  }

  @Test
  void moreThanMayBeInFlightIsSentInOrder() throws Exception {
    for (int inFlight : new int[] {1, 3, 32}) {
      UdpSocket socket =
          UdpSocket.bind(
              loop.proactor(),
              Peers.anyPort(),
              UdpSocketOptions.defaults().withSendsInFlight(inFlight),
              new UdpRecorder());
      loop.run(
          () -> {
            for (int i = 0; i < 300; i++) {
              assertTrue(socket.send(pooled("d" + i), peer.address()));
            }
          });
      for (int i = 0; i < 300; i++) {
        assertEquals("d" + i, peer.receiveText());
      }
    }
  }

  @Test
  void aDatagramThatIsTooLongIsToldWithItsSizeAndHoldsNobodyUp() throws Exception {
    UdpSocket socket = bind(UdpSocketOptions.defaults());
    loop.run(
        () -> {
          assertTrue(socket.send(pooled("before"), peer.address()));
          assertTrue(socket.send(pooled(65_508), peer.address()));
          assertTrue(socket.send(pooled("after"), peer.address()));
        });
    assertEquals("before", peer.receiveText());
    assertEquals("after", peer.receiveText());
    String peerText = Sockaddr.text(peer.address());
    assertEquals(
        new Failure(Errno.EMSGSIZE, 65_508, peerText), UdpRecorder.next(recorder.failures));
    UringException e = failure(socket.sendAsync(BufferSlice.unpooled(70_000), peer.address()));
    assertEquals(Errno.EMSGSIZE, e.errno());
    assertEquals(peerText, e.subject());
    assertTrue(e.getMessage().contains("70000 bytes: a datagram takes 65507"), e.getMessage());
    assertEquals(new UdpMetrics(0, 0, 0, 2, 0, 2, 0), socket.metrics());
  }

  @Test
  void aDatagramLargerThanTheWholeQueueIsTheKernelsToRefuse() throws Exception {
    UdpSocket socket = bind(UdpSocketOptions.defaults().withWatermarks(1, 10, 1000, 1 << 16));
    loop.run(() -> assertTrue(socket.send(pooled(200_000), peer.address())));
    assertEquals(200_000, UdpRecorder.next(recorder.failures).lengthBytes());
    loop.run(() -> assertTrue(socket.send(pooled("fits"), peer.address())));
    assertEquals("fits", peer.receiveText());
  }

  @Test
  void anyThreadMaySendAndHearsWhenTheKernelHasTaken() throws Exception {
    UdpSocket socket = bind(UdpSocketOptions.defaults());
    loop.await(socket.sendAsync(Peers.slice("from afar"), peer.address()));
    assertEquals("from afar", peer.receiveText());
    loop.await(socket.sendAsync(BufferSlice.unpooled(1).range(0, 0), peer.address()));
    assertEquals("", peer.receiveText());
    UringException nowhere = failure(socket.sendAsync(Peers.slice("to nobody"), null));
    assertEquals(Errno.EDESTADDRREQ, nowhere.errno());
    InetSocketAddress unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
    BufferSlice slice = Peers.slice("x");
    assertThrows(IllegalArgumentException.class, () -> socket.sendAsync(slice, unknown));
    assertThrows(IllegalStateException.class, slice::release, "it was released");
    loop.await(socket.closeAsync());
    UringException late = failure(socket.sendAsync(Peers.slice("late"), peer.address()));
    assertEquals(Errno.EPIPE, late.errno());
  }

  @Test
  void aFullQueueIsToldToOtherThreads() throws Exception {
    UdpSocket socket = bind(UdpSocketOptions.defaults().withWatermarks(0, 1, 1000, 1 << 16));
    CompletionStage<?>[] stages =
        loop.call(
            () ->
                new CompletionStage<?>[] {
                  socket.sendAsync(Peers.slice("one"), peer.address()),
                  socket.sendAsync(Peers.slice("two"), peer.address())
                });
    loop.await(stages[0]);
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> stages[1].toCompletableFuture().get());
    assertEquals(Errno.EAGAIN, assertInstanceOf(UringException.class, e.getCause()).errno());
  }

  @Test
  void aClosedPortIsToldAndTheSocketLivesOn() throws Exception {
    InetSocketAddress address = peer.address();
    peer.close();
    UdpSocket socket =
        UdpSocket.connect(loop.proactor(), address, UdpSocketOptions.defaults(), recorder);
    for (int i = 0; i < 3; i++) {
      loop.run(() -> assertTrue(socket.send(pooled("anybody?"))));
      // The receive is there when the answer comes.
      assertEquals(Errno.ECONNREFUSED, UdpRecorder.next(recorder.errors));
    }
    peer = new UdpPeer(address);
    loop.run(() -> assertTrue(socket.send(pooled("now?"))));
    assertEquals("now?", peer.receiveText());
    peer.send("yes", socket.localAddress());
    assertEquals("yes", recorder.nextText());
    assertEquals(new UdpMetrics(1, 0, 0, 4, 0, 0, 3), socket.metrics());
  }

  @Test
  void aPausedSocketHearsOfAClosedPortByItsNextSend() throws Exception {
    InetSocketAddress address = peer.address();
    peer.close();
    UdpSocket socket =
        UdpSocket.connect(loop.proactor(), address, UdpSocketOptions.defaults(), recorder);
    loop.run(socket::pauseReceive);
    loop.until("sent", () -> socket.send(pooled("1")) && socket.metrics().failed() > 0);
    Failure failure = UdpRecorder.next(recorder.failures);
    assertEquals(new Failure(Errno.ECONNREFUSED, 1, "none"), failure);
    assertTrue(socket.isOpen());
  }

  @Test
  void onlyTheDatagramInHandCanBeAnswered() throws Exception {
    ReceivedMessage[] kept = new ReceivedMessage[1];
    UdpRecorder keeper =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            kept[0] = datagram;
          }
        };
    UdpSocket socket =
        UdpSocket.bind(loop.proactor(), Peers.anyPort(), UdpSocketOptions.defaults(), keeper);
    peer.send("?", socket.localAddress());
    assertEquals("?", keeper.nextText());
    loop.run(
        () ->
            assertThrows(IllegalStateException.class, () -> socket.reply(pooled("late"), kept[0])));
  }

  @Test
  void sendingBelongsToTheLoopThread() throws Exception {
    UdpSocket socket = bind(UdpSocketOptions.defaults());
    BufferSlice slice = Peers.slice("x");
    assertThrows(IllegalStateException.class, () -> socket.send(slice, peer.address()));
    assertThrows(IllegalStateException.class, slice::release, "it was taken over, and released");
    BufferSlice other = Peers.slice("y");
    DatagramAddress address = DatagramAddress.of(peer.address());
    assertThrows(IllegalStateException.class, () -> socket.send(other, address));
    assertThrows(IllegalStateException.class, other::release, "it was taken over, and released");
    assertThrows(IllegalStateException.class, socket::close);
  }
}
