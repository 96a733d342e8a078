package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Multishot receives by the application's own hand. */
@OnEveryBackend
class RawReceiveTest {

  private static void send(LifetimePeers peers, byte[] bytes) {
    BufferSlice slice = BufferSlice.copyOf(bytes);
    assertEquals(
        bytes.length, Libc.send(peers.client, slice.address(), bytes.length, Libc.MSG_NOSIGNAL));
    slice.release();
  }

  @Test
  void dataIsLentPieceByPieceAndEachBufferComesBack() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(4, 64));
        LifetimePeers peers = new LifetimePeers()) {
      StringBuilder text = new StringBuilder();
      List<String> ends = new ArrayList<>();
      CompletableFuture<Integer> ended = new CompletableFuture<>();
      ReceiveHandler handler =
          (context, attachment, data, result, more) -> {
            assertEquals(7, context);
            assertEquals("attached", attachment);
            if (data != null) {
              assertEquals(data.length(), result);
              text.append(new String(data.toByteArray(), StandardCharsets.US_ASCII));
            } else {
              ends.add(result + " " + more);
            }
            if (!more) {
              ended.complete(result);
            }
          };
      loop.run(
          () ->
              assertTrue(
                  loop.proactor()
                          .operations()
                          .receiveMultishot(peers.server, handler, 7, "attached")
                      != Operations.REFUSED));
      StringBuilder sent = new StringBuilder();
      // Several times the buffers there are: each must have come back.
      for (int i = 0; i < 40; i++) {
        String piece = "piece " + i + ";";
        sent.append(piece);
        send(peers, piece.getBytes(StandardCharsets.US_ASCII));
        loop.until("received", () -> text.length() == sent.length());
      }
      assertEquals(0, Libc.shutdown(peers.client, Libc.SHUT_WR));
      assertEquals(0, loop.await(ended));
      assertEquals(sent.toString(), text.toString());
      assertEquals(List.of("0 false"), ends);
      loop.until("buffers back", () -> loop.proactor().metrics().receiveBuffersOutstanding() == 0);
    }
  }

  @Test
  void keptPiecesRunTheBuffersOutWithEnobufsAndWithoutABusyLoop() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.receiveBuffers(2, 64));
        LifetimePeers peers = new LifetimePeers()) {
      List<BufferSlice> kept = new ArrayList<>();
      CompletableFuture<Integer> ended = new CompletableFuture<>();
      ReceiveHandler handler =
          (context, attachment, data, result, more) -> {
            if (data != null) {
              kept.add(data.retain());
            } else {
              assertNull(data);
              ended.complete(result);
            }
          };
      loop.run(() -> loop.proactor().operations().receiveMultishot(peers.server, handler, 0, null));
      for (int i = 1; i <= 3; i++) {
        send(peers, new byte[] {(byte) i});
        int most = Math.min(i, 2);
        loop.until("received", () -> kept.size() == most);
      }
      assertEquals(-Errno.ENOBUFS, loop.await(ended));
      loop.run(() -> kept.forEach(BufferSlice::release));
      // What found no buffer is still in the socket.
      CompletableFuture<Byte> third = new CompletableFuture<>();
      ReceiveHandler again =
          (context, attachment, data, result, more) -> {
            if (data != null) {
              third.complete(data.get(0));
            }
          };
      loop.run(() -> loop.proactor().operations().receiveMultishot(peers.server, again, 0, null));
      assertEquals((byte) 3, loop.await(third));
      loop.run(() -> loop.proactor().operations().cancelDescriptor(peers.server));
      loop.until("ended", () -> loop.proactor().metrics().operationsInFlight() == 0);
    }
  }
}
