package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import millrace.proactor.LoopFixture;
import millrace.proactor.ReceivedMessage;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.TurnEndTask;
import millrace.uring.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Slices that are released too often: whoever does so is told, and the datagrams are sent. The
 * fixture sees that no buffer stays out and that the loop drains.
 */
@OnEveryBackend
class UdpMisuseTest {

  private static final UdpSocketOptions TWO_IN_FLIGHT =
      UdpSocketOptions.defaults().withSendsInFlight(2);

  private LoopFixture loop;
  private UdpPeer peer;
  private List<Throwable> failures;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
    failures = loop.expectedFailures();
    peer = new UdpPeer();
  }

  @AfterEach
  void stop() throws Exception {
    loop.close();
    peer.close();
  }

  private UdpSocket bind(UdpHandler handler) throws Exception {
    return UdpSocket.bind(loop.proactor(), Peers.anyPort(), TWO_IN_FLIGHT, handler);
  }

  private BufferSlice pooled(String text) {
    BufferSlice slice = loop.proactor().buffers().acquire(text.length());
    slice.copyWindow(Peers.slice(text));
    return slice;
  }

  private void assertMisuses(int count) {
    assertEquals(count, failures.size(), failures::toString);
    for (Throwable failure : failures) {
      assertInstanceOf(IllegalStateException.class, failure);
      assertTrue(failure.getMessage().contains("retain()"), failure::toString);
    }
  }

  /** Takes all the references that are left, and uses what memory there is. */
  private void releaseTooOften(BufferSlice slice) {
    assertThrows(
        IllegalStateException.class,
        () -> {
          while (true) {
            slice.release();
          }
        });
    List<BufferSlice> others = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      others.add(pooled("XXXXXXXX"));
    }
    others.forEach(BufferSlice::release);
  }

  @Test
  void aReplyThatWasNotRetainedIsToldAndTheSocketAnswersTheOthers() throws Exception {
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            boolean good = data.length() == 4;
            assertTrue(socket.reply(good ? data.retain() : data, datagram));
          }
        };
    UdpSocket socket = bind(recorder);
    // More of them than sends may be in flight.
    for (int i = 0; i < 5; i++) {
      peer.send("bad", socket.localAddress());
      peer.send("good", socket.localAddress());
      assertEquals("good", peer.receiveText());
    }
    loop.until("all is told", () -> socket.metrics().sent() == 5);
    loop.run(() -> assertEquals(0, socket.queuedDatagrams() + socket.queuedBytes()));
    assertEquals(new UdpMetrics(10, 0, 0, 5, 0, 0, 0), socket.metrics());
    assertMisuses(5);
    loop.await(socket.closeAsync());
    assertEquals(0, loop.await(recorder.closed));
  }

  @Test
  void whatIsQueuedCannotBeReleased() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    UdpSocket socket = bind(recorder);
    CompletionStage<Void> stage =
        loop.call(
            () -> {
              BufferSlice misused = pooled("misused");
              CompletionStage<Void> sent = socket.sendAsync(misused, peer.address());
              assertTrue(socket.send(pooled("next"), peer.address()));
              releaseTooOften(misused);
              socket.close();
              return sent;
            });
    assertEquals("misused", peer.receiveText());
    assertEquals("next", peer.receiveText());
    loop.await(stage);
    assertEquals(0, loop.await(recorder.closed));
    assertMisuses(0);
  }

  @Test
  void anAbortReleasesAllThatIsQueuedOnce() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    UdpSocket socket = bind(recorder);
    loop.run(
        () -> {
          assertTrue(socket.send(pooled("before"), peer.address()));
          BufferSlice misused = pooled("misused");
          assertTrue(socket.send(misused, peer.address()));
          assertTrue(socket.send(pooled("after"), peer.address()));
          releaseTooOften(misused);
          socket.abort();
        });
    assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
    assertEquals(new UdpMetrics(0, 0, 0, 0, 3, 0, 0), socket.metrics());
    assertMisuses(0);
  }

  @Test
  void whatIsSentCannotBeReleased() throws Exception {
    UdpRecorder recorder = new UdpRecorder();
    UdpSocket socket = bind(recorder);
    for (int i = 0; i < 5; i++) {
      loop.run(
          () -> {
            BufferSlice misused = pooled("d");
            assertTrue(socket.send(misused, peer.address()));
            // Behind the socket in the same turn: by then the slice is in its slot.
            Loop.of(loop.proactor())
                .atTurnEnd(
                    new TurnEndTask() {
                      @Override
                      protected void run() {
                        releaseTooOften(misused);
                      }
                    });
          });
      assertEquals("d", peer.receiveText());
    }
    loop.until("all is told", () -> socket.metrics().sent() == 5);
    loop.run(() -> assertEquals(0, socket.queuedDatagrams()));
    assertMisuses(0);
    loop.await(socket.closeAsync());
    assertEquals(0, loop.await(recorder.closed));
  }

  @Test
  void aSliceWithoutReferencesIsRefusedByTheCall() throws Exception {
    UdpSocket socket = bind(new UdpRecorder());
    loop.run(
        () -> {
          BufferSlice misused = pooled("misused");
          misused.release();
          assertThrows(IllegalStateException.class, () -> socket.send(misused, peer.address()));
        });
    loop.run(() -> assertEquals(0, socket.queuedDatagrams()));
    assertMisuses(0);
  }

  @Test
  void whoReleasesWhatWasLentIsToldAndTheSocketGoesOn() throws Exception {
    UdpRecorder recorder =
        new UdpRecorder() {
          @Override
          void onReceived(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
            data.release();
          }
        };
    UdpSocket socket = bind(recorder);
    for (int i = 0; i < 5; i++) {
      peer.send("d" + i, socket.localAddress());
      assertEquals("d" + i, recorder.nextText());
    }
    loop.until("told", () -> failures.size() == 5);
    assertTrue(failures.get(0).getMessage().contains("it was lent"), failures::toString);
    loop.await(socket.closeAsync());
    assertEquals(0, loop.await(recorder.closed));
  }
}
