package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.Test;

/** Receives of one piece of data: results and errors, the same on every backend. */
@BackendContract
class ReceiveContractTest extends SocketContract {

  @Test
  void receiveTakesWhatIsThereOrComesAndTellsTheEnd() throws Exception {
    int[] pair = peers.connection();
    BufferSlice buffer = BufferSlice.unpooled(10);
    peers.write(pair[0], "there");
    assertEquals(5, fixture.await(fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0)));
    assertEquals("there", Peers.text(buffer, 5));
    long waiting = fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0);
    fixture.letWait(waiting);
    peers.write(pair[0], "comes");
    assertEquals(5, fixture.await(waiting));
    assertEquals("comes", Peers.text(buffer, 5));
    long atEnd = fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0);
    fixture.letWait(atEnd);
    peers.finish(pair[0]);
    assertEquals(0, fixture.await(atEnd));
  }

  @Test
  void receiveTellsWhyItCannot() throws Exception {
    BufferSlice buffer = BufferSlice.unpooled(10);
    int pipe = peers.pipe()[0];
    assertEquals(
        "ENOTSOCK", fixture.error(fixture.transfer(OperationKind.RECEIVE, pipe, buffer, 0)));
    assertEquals(
        "EBADF", fixture.error(fixture.transfer(OperationKind.RECEIVE, 999_999, buffer, 0)));
    int[] pair = peers.connection();
    long waiting = fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0);
    fixture.letWait(waiting);
    peers.reset(pair[0]);
    assertEquals("ECONNRESET", fixture.error(waiting));
    int unconnected = peers.socket(Libc.SOCK_STREAM);
    assertEquals(
        "ENOTCONN", fixture.error(fixture.transfer(OperationKind.RECEIVE, unconnected, buffer, 0)));
  }

  @Test
  void messageFlagsMeanWhatTheySay() throws Exception {
    int[] pair = peers.connection();
    BufferSlice buffer = BufferSlice.unpooled(10);
    long impatient =
        fixture.submit(
            OperationKind.RECEIVE,
            pair[1],
            operation -> {
              operation.address = fixture.keep(buffer).address();
              operation.length = 10;
              operation.operationFlags = Libc.MSG_DONTWAIT;
            });
    assertEquals("EAGAIN", fixture.error(impatient));
    long all =
        fixture.submit(
            OperationKind.RECEIVE,
            pair[1],
            operation -> {
              operation.address = fixture.keep(buffer).address();
              operation.length = 10;
              operation.operationFlags = Libc.MSG_WAITALL;
            });
    peers.write(pair[0], "abc");
    fixture.letWait(all);
    peers.write(pair[0], "defg");
    fixture.letWait(all);
    peers.write(pair[0], "hijk");
    assertEquals(10, fixture.await(all));
    assertEquals("abcdefghij", Peers.text(buffer, 10));
    assertEquals("k", peers.read(pair[1], 10));
  }

  @Test
  void receivesOnOneSocketAreAllServed() throws Exception {
    int[] pair = peers.connection();
    List<BufferSlice> slices = new ArrayList<>();
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      slices.add(BufferSlice.unpooled(2));
      tokens.add(fixture.transfer(OperationKind.RECEIVE, pair[1], slices.get(i), 0));
    }
    fixture.letWait(tokens.get(0), tokens.get(4));
    peers.write(pair[0], "aabbccddee");
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      assertEquals(2, fixture.await(tokens.get(i)));
      pieces.add(Peers.text(slices.get(i), 2));
    }
    // In which order is the backend's business.
    assertEquals(List.of("aa", "bb", "cc", "dd", "ee"), pieces.stream().sorted().toList());
  }

  @Test
  void aNumberThatIsAnotherSocketsNowStartsAnew() throws Exception {
    BufferSlice buffer = BufferSlice.unpooled(10);
    for (int round = 0; round < 5; round++) {
      int[] pair = peers.connection();
      long receive = fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0);
      fixture.letWait(receive);
      peers.write(pair[0], "r" + round);
      assertEquals(2, fixture.await(receive));
      // Without a word to the backend: no operation is alive on it.
      peers.close(pair[0]);
      peers.close(pair[1]);
    }
  }

  private long receiveMessage(int socket, BufferSlice... rooms) {
    BufferSlice message = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(rooms.length)));
    for (int index = 0; index < rooms.length; index++) {
      BufferSlice room = fixture.keep(rooms[index]);
      MessageHeader.setSegment(message.segment(), index, room.address(), room.length());
    }
    MessageHeader.set(message.segment(), rooms.length);
    return fixture.transfer(OperationKind.RECEIVE_MESSAGE, socket, message, 0);
  }

  @Test
  void receiveMessageScattersIntoItsSegmentsAndTellsTheEnd() throws Exception {
    int[] pair = peers.connection();
    BufferSlice first = BufferSlice.unpooled(3);
    BufferSlice second = BufferSlice.unpooled(5);
    peers.write(pair[0], "there.");
    assertEquals(6, fixture.await(receiveMessage(pair[1], first, second)));
    assertEquals("the", Peers.text(first, 3));
    assertEquals("re.", Peers.text(second, 3));
    long waiting = receiveMessage(pair[1], first, second);
    fixture.letWait(waiting);
    peers.write(pair[0], "it comes+");
    assertEquals(8, fixture.await(waiting));
    assertEquals("it ", Peers.text(first, 3));
    assertEquals("comes", Peers.text(second, 5));
    assertEquals(1, fixture.await(receiveMessage(pair[1], first, second)));
    assertEquals("+", Peers.text(first, 1));
    long atEnd = receiveMessage(pair[1], first, second);
    fixture.letWait(atEnd);
    peers.finish(pair[0]);
    assertEquals(0, fixture.await(atEnd));
  }

  @Test
  void receiveMessageTellsWhyItCannot() throws Exception {
    BufferSlice room = BufferSlice.unpooled(10);
    assertEquals("ENOTSOCK", fixture.error(receiveMessage(peers.pipe()[0], room)));
    assertEquals("EBADF", fixture.error(receiveMessage(999_999, room)));
    assertEquals("ENOTCONN", fixture.error(receiveMessage(peers.socket(Libc.SOCK_STREAM), room)));
    int[] pair = peers.connection();
    long waiting = receiveMessage(pair[1], room);
    fixture.letWait(waiting);
    peers.reset(pair[0]);
    assertEquals("ECONNRESET", fixture.error(waiting));
    assertEquals(0, fixture.await(receiveMessage(pair[1], room)));
  }
}
