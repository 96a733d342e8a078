package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import millrace.proactor.LoopFixture;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** The ends of a socket: at each state, once, and with nothing left behind. */
@OnEveryBackend
class UdpCloseTest {

  private static UdpSocket bind(LoopFixture loop, UdpHandler handler) throws Exception {
    return UdpSocket.bind(loop.proactor(), Peers.anyPort(), UdpSocketOptions.defaults(), handler);
  }

  /** A socket is opened, ended by {@code action} on the loop, and tells {@code errno}. */
  private static void assertEnds(int errno, Consumer<UdpSocket> action) throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    try (LoopFixture loop = LoopFixture.start()) {
      int descriptors = Peers.openDescriptors();
      UdpSocket socket = bind(loop, recorder);
      assertEquals(descriptors + 1, Peers.openDescriptors());
      loop.run(() -> action.accept(socket));
      assertEquals(errno, loop.await(recorder.closed));
      loop.run(() -> assertFalse(socket.isWritable()));
      assertEquals(descriptors, Peers.openDescriptors());
    }
  }

  @Test
  void closeWhileItReceives() throws Exception {
    assertEnds(0, UdpSocket::close);
  }

  @Test
  void closeTwiceEndsOnce() throws Exception {
    assertEnds(
        0,
        socket -> {
          socket.close();
          socket.close();
          socket.abort();
        });
  }

  @Test
  void closeWhileItIsPaused() throws Exception {
    assertEnds(
        0,
        socket -> {
          socket.pauseReceive();
          socket.close();
          socket.resumeReceive();
        });
  }

  @Test
  void abortTellsThatItWasOne() throws Exception {
    assertEnds(Errno.ECANCELED, UdpSocket::abort);
  }

  @Test
  void closeSendsWhatIsQueued() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    try (LoopFixture loop = LoopFixture.start();
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      loop.run(
          () -> {
            for (int i = 0; i < 200; i++) {
              assertTrue(socket.send(Peers.slice("d" + i), peer.address()));
            }
            socket.close();
            assertFalse(socket.send(Peers.slice("late"), peer.address()));
          });
      for (int i = 0; i < 200; i++) {
        assertEquals("d" + i, peer.receiveText());
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(new UdpMetrics(0, 0, 0, 200, 1, 0, 0), socket.metrics());
    }
  }

  @Test
  void abortDropsWhatIsQueuedAndTellsWhoWaitsForIt() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    try (LoopFixture loop = LoopFixture.start();
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      CompletionStage<Void> sent =
          loop.call(
              () -> {
                CompletionStage<Void> stage =
                    socket.sendAsync(Peers.slice("dropped"), peer.address());
                socket.abort();
                return stage;
              });
      boolean failed = loop.await(sent.handle((nothing, failure) -> failure != null));
      assertTrue(failed);
      assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
      assertEquals(new UdpMetrics(0, 0, 0, 0, 1, 0, 0), socket.metrics());
    }
  }

  @Test
  void closeInsideReceivedDeliversNoMore() throws Exception {
    for (boolean abort : new boolean[] {false, true}) {
      UdpRecorder recorder =
          new UdpRecorder() {
            @Override
            void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
              assertTrue(socket.reply(data.retain(), datagram));
              if (abort) {
                socket.abort();
              } else {
                socket.close();
              }
            }
          };
      try (LoopFixture loop = LoopFixture.start();
          UdpPeer peer = new UdpPeer()) {
        UdpSocket socket = bind(loop, recorder);
        loop.call(
            () -> {
              for (int i = 0; i < 10; i++) {
                peer.send("d" + i, socket.localAddress());
              }
              return null;
            });
        assertEquals(abort ? Errno.ECANCELED : 0, loop.await(recorder.closed));
        assertEquals(1, recorder.received.size());
        if (!abort) {
          assertEquals("d0", peer.receiveText());
        }
      }
    }
  }

  @Test
  void closeInsideSendFailed() throws Exception {
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onSendFailed(UdpSocket socket) {
            socket.abort();
          }
        };
    try (LoopFixture loop = LoopFixture.start();
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      loop.run(
          () -> {
            assertTrue(socket.send(BufferSlice.unpooled(65_508), peer.address()));
            for (int i = 0; i < 100; i++) {
              assertTrue(socket.send(Peers.slice("d" + i), peer.address()));
            }
          });
      assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
      assertEquals(1, recorder.failures.size());
    }
  }

  @Test
  void closeAsyncEndsForAllWhoAskAndTheAddressIsFree() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    try (LoopFixture loop = LoopFixture.start();
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      for (int round = 0; round < 20; round++) {
        CompletionStage<Void> first = socket.closeAsync();
        loop.await(socket.closeAsync());
        loop.await(first);
        assertEquals(0, loop.await(recorder.closed));
        loop.await(socket.closeAsync());
        // Often the same descriptor, with operations that are its own.
        recorder = new UdpRecorder();
        socket =
            UdpSocket.bind(
                loop.proactor(), socket.localAddress(), UdpSocketOptions.defaults(), recorder);
        peer.send("r" + round, socket.localAddress());
        assertEquals("r" + round, recorder.nextText());
      }
    }
  }

  @Test
  void aShutdownDrainsTheSocket() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    LoopFixture loop = LoopFixture.start();
    try (loop;
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      loop.run(
          () -> {
            for (int i = 0; i < 100; i++) {
              assertTrue(socket.send(Peers.slice("d" + i), peer.address()));
            }
            // The sends are queued still when it begins.
            socket.proactor().shutdown(Duration.ofSeconds(60));
          });
      for (int i = 0; i < 100; i++) {
        assertEquals("d" + i, peer.receiveText());
      }
      assertEquals(0, loop.await(recorder.closed));
      assertEquals(1, recorder.drainings);
    }
  }

  @Test
  void aDrainingSocketMayFinishWhatIsUnderWay() throws Exception {
    CompletableFuture<Void> draining = new CompletableFuture<>();
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onDraining(UdpSocket socket) {
            draining.complete(null);
          }

          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            assertTrue(socket.reply(data.retain(), datagram));
            socket.close();
          }
        };
    LoopFixture loop = LoopFixture.start();
    try (loop;
        UdpPeer peer = new UdpPeer()) {
      UdpSocket socket = bind(loop, recorder);
      CompletionStage<ShutdownReport> end =
          loop.call(() -> socket.proactor().shutdown(Duration.ofSeconds(60)));
      loop.await(draining);
      peer.send("before the end", socket.localAddress());
      assertEquals("before the end", peer.receiveText());
      assertTrue(loop.await(end).drained());
      assertEquals(0, loop.await(recorder.closed));
    }
  }

  @Test
  void aSocketThatDoesNotDrainIsAborted() throws Exception {
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onDraining(UdpSocket socket) {}
        };
    LoopFixture loop = LoopFixture.start();
    try (loop) {
      bind(loop, recorder);
      ShutdownReport report = loop.shutdown(Duration.ZERO);
      assertFalse(report.drained());
      assertEquals(0, report.operationsAbandoned());
      assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
    }
  }
}
