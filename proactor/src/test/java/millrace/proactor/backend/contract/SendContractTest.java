package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.Test;

/** Sends: results and errors, the same on every backend. */
@BackendContract
class SendContractTest extends SocketContract {

  @Test
  void sendWaitsForRoomAndTellsHowMuchWasTaken() throws Exception {
    int[] pair = peers.connection();
    assertEquals(5, fixture.await(send(pair[0], Peers.slice("small"))));
    assertEquals("small", peers.read(pair[1], 10));
    int filled = peers.fill(pair[0]);
    BufferSlice more = BufferSlice.unpooled(1 << 16);
    long waiting = send(pair[0], more);
    fixture.letWait(waiting);
    BufferSlice drain = BufferSlice.unpooled(1 << 16);
    int drained = 0;
    while (!fixture.hasEnded(waiting)) {
      int count = peers.surroundings.receive(pair[1], drain, Libc.MSG_DONTWAIT);
      drained += Math.max(0, count);
      fixture.turn(BackendFixture.MOMENT_NANOS, 100);
    }
    int sent = fixture.last(waiting).result();
    assertTrue(sent > 0 && sent <= 1 << 16, () -> "sent " + sent);
    int total = filled + sent;
    while (drained < total) {
      drained += peers.surroundings.receive(pair[1], drain, 0);
    }
    assertEquals(total, drained);
  }

  @Test
  void sendTellsWhyItCannot() throws Exception {
    int[] pair = peers.connection();
    BufferSlice data = Peers.slice("data");
    peers.finish(pair[0]);
    assertEquals("EPIPE", fixture.error(send(pair[0], data)));
    assertEquals("ENOTSOCK", fixture.error(send(peers.pipe()[1], data)));
    peers.fill(pair[1]);
    long waiting = send(pair[1], BufferSlice.unpooled(1 << 16));
    fixture.letWait(waiting);
    peers.reset(pair[0]);
    assertEquals("EPIPE", fixture.error(waiting));
  }

  @Test
  void aResetIsToldOnceAndThenThePipeIsBroken() throws Exception {
    int[] pair = peers.connection();
    peers.reset(pair[0]);
    int reset = Libc.POLLERR | Libc.POLLHUP;
    assertEquals(reset, peers.surroundings.poll(pair[1], 0, 60_000) & reset);
    assertEquals("ECONNRESET", fixture.error(send(pair[1], Peers.slice("x"))));
    assertEquals("EPIPE", fixture.error(send(pair[1], Peers.slice("x"))));
    BufferSlice buffer = BufferSlice.unpooled(10);
    assertEquals(0, fixture.await(fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0)));
  }

  @Test
  void sendsArriveInTheirOrder() throws Exception {
    int[] pair = peers.connection();
    StringBuilder sent = new StringBuilder();
    for (int round = 0; round < 20; round++) {
      String text = round + " of many, ";
      assertEquals(text.length(), fixture.await(send(pair[0], Peers.slice(text))));
      sent.append(text);
    }
    StringBuilder received = new StringBuilder();
    while (received.length() < sent.length()) {
      received.append(peers.read(pair[1], 1000));
    }
    assertEquals(sent.toString(), received.toString());
  }

  @Test
  void sendMessageGathersItsSegments() throws Exception {
    int[] pair = peers.connection();
    BufferSlice[] parts = {Peers.slice("one "), Peers.slice("two "), Peers.slice("three")};
    BufferSlice message = BufferSlice.unpooled(MessageHeader.bytes(parts.length));
    for (int i = 0; i < parts.length; i++) {
      MessageHeader.setSegment(
          message.segment(), i, fixture.keep(parts[i]).address(), parts[i].length());
    }
    MessageHeader.set(message.segment(), parts.length);
    long send =
        fixture.submit(
            OperationKind.SEND_MESSAGE,
            pair[0],
            operation -> operation.address = fixture.keep(message).address());
    assertEquals(13, fixture.await(send));
    assertEquals("one two three", peers.read(pair[1], 100));
  }

  @Test
  void sendMessageTellsWhyItCannot() throws Exception {
    int[] pair = peers.connection();
    assertEquals("EBADF", fixture.error(send(999_999, Peers.slice("x"))));
    assertEquals("EBADF", fixture.error(sendMessage(999_999)));
    assertEquals("ENOTSOCK", fixture.error(sendMessage(peers.pipe()[1])));
    peers.finish(pair[0]);
    assertEquals("EPIPE", fixture.error(sendMessage(pair[0])));
    int unconnected = peers.socket(Libc.SOCK_STREAM);
    assertEquals("EPIPE", fixture.error(send(unconnected, Peers.slice("x"))));
    assertEquals("EPIPE", fixture.error(sendMessage(unconnected)));
  }

  private long sendMessage(int socket) {
    BufferSlice message = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(1)));
    BufferSlice data = fixture.keep(Peers.slice("data"));
    MessageHeader.setSegment(message.segment(), 0, data.address(), data.length());
    MessageHeader.set(message.segment(), 1);
    return fixture.submit(
        OperationKind.SEND_MESSAGE,
        socket,
        operation -> {
          operation.address = message.address();
          operation.operationFlags = Libc.MSG_NOSIGNAL;
        });
  }

  @Test
  void bothDirectionsOfASocketWaitByThemselves() throws Exception {
    int[] pair = peers.connection();
    peers.fill(pair[0]);
    long sending = send(pair[0], BufferSlice.unpooled(1 << 16));
    BufferSlice buffer = BufferSlice.unpooled(10);
    long receiving = fixture.transfer(OperationKind.RECEIVE, pair[0], buffer, 0);
    fixture.letWait(sending, receiving);
    peers.write(pair[1], "ping");
    assertEquals(4, fixture.await(receiving));
    fixture.letWait(sending);
    fixture.cancel(sending);
    assertEquals(-Errno.ECANCELED, fixture.await(sending));
  }
}
