package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.LoopFixture;
import millrace.proactor.ProactorMetrics;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.api.Test;

/** Pausing, receive buffers that run out, and handlers that fail. */
@OnEveryBackend
class UdpReceiveTest {

  private static final UdpSocketOptions OPTIONS =
      UdpSocketOptions.defaults().withSocketBuffers(1 << 20, 0);

  private static UdpSocket bind(LoopFixture loop, UdpHandler handler) throws Exception {
    return UdpSocket.bind(loop.proactor(), Peers.anyPort(), OPTIONS, handler);
  }

  private static void send(UdpPeer peer, UdpSocket socket, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      peer.send("d" + i, socket.localAddress());
    }
  }

  private static void assertComeInOrder(UdpRecorder recorder, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      assertEquals("d" + i, recorder.nextText());
    }
  }

  @Test
  void aPausedSocketLeavesDatagramsWithTheKernelUntilItResumes() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    try (LoopFixture loop = LoopFixture.start();
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      for (int round = 0; round < 5; round++) {
        loop.run(
            () -> {
              socket.pauseReceive();
              socket.pauseReceive();
            });
        send(peer, socket, 0, 50);
        loop.run(() -> {});
        assertEquals(0, recorder.received.size());
        loop.run(socket::resumeReceive);
        assertComeInOrder(recorder, 0, 50);
      }
    }
  }

  @Test
  void datagramsThatCameWithThePauseAreHeldInOrder() throws Exception {
    int count = 40;
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            socket.pauseReceive();
            // From inside: what is held must wait until this call has returned.
            if (data.get(data.length() - 1) % 2 == 0) {
              socket.resumeReceive();
            } else {
              socket.proactor().execute(socket::resumeReceive);
            }
          }
        };
    // So few buffers that what is held is copied, with its sender.
    try (LoopFixture loop = LoopFixture.start(options -> options.receiveBuffers(8, 256));
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      for (int round = 0; round < 5; round++) {
        send(peer, socket, 0, count);
        for (int i = 0; i < count; i++) {
          UdpRecorder.Datagram next = recorder.next();
          assertEquals("d" + i, next.text());
          assertEquals(peer.address(), next.source());
        }
      }
    }
  }

  @Test
  void whoFindsNoBufferWaitsInLineAndLosesNothing() throws Exception {
    List<BufferSlice> hoard = new ArrayList<>();
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            hoard.add(data.retain());
          }
        };
    try (LoopFixture loop = LoopFixture.start(options -> options.receiveBuffers(4, 256));
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      for (int round = 0; round < 5; round++) {
        send(peer, socket, 0, 20);
        assertComeInOrder(recorder, 0, 4);
        long starvations = loop.proactor().metrics().receiveStarvations();
        loop.until("starved", () -> loop.proactor().metrics().receiveBuffersOutstanding() == 4);
        long turns = loop.call(() -> loop.proactor().metrics().turns());
        assertEquals(0, recorder.received.size());
        for (int received = 4; received < 20; received++) {
          loop.run(() -> hoard.removeFirst().release());
          assertEquals("d" + received, recorder.nextText());
        }
        loop.run(() -> hoard.forEach(BufferSlice::release));
        loop.run(hoard::clear);
        ProactorMetrics metrics = loop.proactor().metrics();
        assertTrue(metrics.receiveStarvations() >= starvations, metrics.toString());
        assertTrue(metrics.receiveStarvations() > round, metrics.toString());
        assertTrue(metrics.turns() - turns < 1000, "a busy loop: " + metrics);
      }
    }
  }

  @Test
  void aStarvedSocketCanBePausedResumedAndClosed() throws Exception {
    List<BufferSlice> hoard = new ArrayList<>();
    UdpRecorder greedy =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            hoard.add(data.retain());
          }
        };
    UdpRecorder other = new UdpRecorder();
    try (LoopFixture loop = LoopFixture.start(options -> options.receiveBuffers(2, 256));
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, greedy);
      UdpSocket waiting = bind(loop, other);
      send(peer, socket, 0, 2);
      assertComeInOrder(greedy, 0, 2);
      send(peer, waiting, 0, 3);
      loop.until("starved", () -> loop.proactor().metrics().receiveStarvations() > 0);
      loop.run(waiting::pauseReceive);
      loop.run(() -> hoard.removeFirst().release());
      loop.run(() -> {});
      assertEquals(0, other.received.size());
      loop.run(waiting::resumeReceive);
      assertComeInOrder(other, 0, 3);
      // The greedy one takes the last buffer, and is closed while it waits for another one.
      send(peer, socket, 2, 5);
      assertEquals("d2", greedy.nextText());
      loop.until("starved", () -> hoard.size() == 2);
      assertEquals(0, loop.await(closeAndTell(socket, greedy)));
      loop.run(() -> hoard.forEach(BufferSlice::release));
      send(peer, waiting, 5, 8);
      assertComeInOrder(other, 5, 8);
    }
  }

  private static java.util.concurrent.CompletionStage<Integer> closeAndTell(
      UdpSocket socket, UdpRecorder recorder) {
    return socket.closeAsync().thenCompose(nothing -> recorder.closed);
  }

  @Test
  void queuedRepliesDoNotKeepTheLastReceiveBuffers() throws Exception {
    UdpRecorder recorder = UdpRecorder.echo();
    try (LoopFixture loop = LoopFixture.start(options -> options.receiveBuffers(8, 256));
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      for (int round = 0; round < 20; round++) {
        // From the loop's thread: all are there when it turns.
        loop.call(
            () -> {
              send(peer, socket, 0, 30);
              return null;
            });
        for (int i = 0; i < 30; i++) {
          assertEquals("d" + i, peer.receiveText());
        }
      }
      assertTrue(loop.proactor().metrics().copiedReceives() > 0);
    }
  }

  /** All that the pool of the loop has, by pieces of which the smallest is the last. */
  private static List<BufferSlice> allMemory(LoopFixture loop) {
    List<BufferSlice> all = new ArrayList<>();
    loop.run(
        () -> {
          for (int bytes = BufferPool.LARGEST_BYTES; bytes > 0; bytes >>= 1) {
            BufferSlice slice;
            while ((slice = loop.proactor().buffers().acquire(bytes)) != null) {
              all.add(slice);
            }
          }
        });
    return all;
  }

  private static final class Pausing extends UdpRecorder {
    @Override
    void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
      if (data.get(1) == '0') {
        socket.pauseReceive();
      }
    }
  }

  @Test
  void pausedSocketsDropWhatWouldKeepTheLastReceiveBuffersWithoutMemory() throws Exception {
    int buffers = 8;
    UdpRecorder other = new UdpRecorder();
    try (LoopFixture loop =
            LoopFixture.start(o -> o.receiveBuffers(buffers, 256).bufferPoolBytes(1 << 20));
        UdpPeer peer = new UdpPeer()) {
      List<UdpSocket> paused = new ArrayList<>();
      List<Pausing> recorders = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        recorders.add(new Pausing());
        paused.add(bind(loop, recorders.get(i)));
      }
      UdpSocket socket = bind(loop, other);
      List<BufferSlice> memory = allMemory(loop);
      // From the loop's thread: all are there when it turns.
      loop.call(
          () -> {
            for (UdpSocket each : paused) {
              send(peer, each, 0, 10);
            }
            return null;
          });
      for (Pausing recorder : recorders) {
        assertEquals("d0", recorder.nextText());
      }
      send(peer, socket, 0, 20);
      assertComeInOrder(other, 0, 20);
      loop.until(
          "a quarter is left",
          () -> loop.proactor().metrics().receiveBuffersOutstanding() <= buffers - buffers / 4);
      loop.run(() -> paused.forEach(UdpSocket::resumeReceive));
      long dropped = 0;
      for (int i = 0; i < paused.size(); i++) {
        UdpSocket each = paused.get(i);
        loop.until("all are received", () -> each.metrics().received() == 10);
        dropped += each.metrics().dropped();
        loop.run(() -> {});
        long kept = 9 - each.metrics().dropped();
        int last = 0;
        for (long left = kept; left > 0; left--) {
          String text = recorders.get(i).nextText();
          assertTrue(text.compareTo("d" + last) > 0, text + " after d" + last);
          last = text.charAt(1) - '0';
        }
        assertEquals(0, recorders.get(i).received.size());
      }
      // epoll receives less at a time than a pause lets through.
      assertTrue(dropped > 0 || BackendUnderTest.current().isEpoll());
      loop.run(() -> memory.forEach(BufferSlice::release));
    }
  }

  @Test
  void aHandlerThatThrowsLosesOnlyItsDatagram() throws Exception {
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            if (data.get(1) == '1') {
              throw new IllegalStateException("thrown by the test");
            }
          }
        };
    try (LoopFixture loop = LoopFixture.start();
        UdpPeer peer = new UdpPeer()) {
      List<Throwable> failures = loop.expectedFailures();
      UdpSocket socket = bind(loop, recorder);
      send(peer, socket, 0, 3);
      assertComeInOrder(recorder, 0, 3);
      loop.run(() -> assertTrue(socket.isOpen()));
      assertEquals(
          List.of("thrown by the test"), failures.stream().map(Throwable::getMessage).toList());
    }
  }
}
