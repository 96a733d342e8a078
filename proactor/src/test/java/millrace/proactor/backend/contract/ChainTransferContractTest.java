package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.Test;

/** Chains: transfers of fewer bytes than asked for, and what MSG_WAITALL asks for. */
@BackendContract
class ChainTransferContractTest extends ChainContract {

  /** In struct msghdr of 64-bit systems (recvmsg(2)). */
  private static final long MSG_IOV_OFFSET = 16;

  private static final long MSG_IOVLEN_OFFSET = 24;

  /** A message with MSG_WAITALL. */
  private Operation message(OperationKind kind, Stream stream, BufferSlice... parts) {
    BufferSlice header = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(parts.length)));
    for (int index = 0; index < parts.length; index++) {
      BufferSlice part = fixture.keep(parts[index]);
      MessageHeader.setSegment(header.segment(), index, part.address(), part.length());
    }
    MessageHeader.set(header.segment(), parts.length);
    return with(
        transfer(kind, stream.descriptor(), header, 0),
        operation -> operation.operationFlags = Libc.MSG_WAITALL);
  }

  /** Bytes: the simulated kernel has smaller buffers, and looks at all memory again and again. */
  private static int moreThanBuffersHold() {
    return BackendUnderTest.current() == BackendUnderTest.SIMULATED ? 300_000 : 6_000_000;
  }

  /** What comes out of the other side, at most so much, while the backend turns. */
  private String drain(Stream stream, int mostBytes) throws Exception {
    StringBuilder received = new StringBuilder();
    while (received.length() < mostBytes) {
      fixture.turn(0, 1000);
      if (peers.surroundings.poll(stream.other(), Libc.POLLIN, 1) > 0) {
        int most = Math.min(100_000, mostBytes - received.length());
        String part = peers.read(stream.other(), most);
        if (part.isEmpty()) {
          break;
        }
        received.append(part);
      }
    }
    return received.toString();
  }

  private Operation wholeOf(OperationKind kind, Stream stream, BufferSlice data) {
    return switch (kind) {
      case RECEIVE_MESSAGE, SEND_MESSAGE -> message(kind, stream, data);
      default ->
          with(
              transfer(kind, stream.descriptor(), data, 0),
              operation -> operation.operationFlags = Libc.MSG_WAITALL);
    };
  }

  @Test
  void aReadOfFewerBytesThanAskedForEndsTheChain() throws Exception {
    int file = open(path("short"));
    assertEquals(3, fixture.await(fixture.submitChain(write(file, "abc", 0), nop())[0]));
    for (int[] lengthOffsetResult : new int[][] {{8, 0, 3}, {8, 3, 0}, {8, 1, 2}}) {
      BufferSlice buffer = BufferSlice.unpooled(lengthOffsetResult[0]);
      int offset = lengthOffsetResult[1];
      Operation read = transfer(OperationKind.READ, file, buffer, offset);
      String result = "" + lengthOffsetResult[2];
      assertEquals(result + " ECANCELED", results(fixture.submitChain(read, nop())));
      Operation goesOn = hard(transfer(OperationKind.READ, file, buffer, offset));
      assertEquals(result + " 0", results(fixture.submitChain(goesOn, nop())));
    }
    Operation whole = transfer(OperationKind.READ, file, BufferSlice.unpooled(2), 1);
    assertEquals("2 0", results(fixture.submitChain(whole, nop())));
    close(file);
  }

  @Test
  void aShortReceiveEndsTheChainOnlyWithWaitall() throws Exception {
    Stream stream = stream();
    stream.write("abcd");
    assertEquals("4 0", results(fixture.submitChain(receive(stream, 8), nop())));
    stream.write("efgh");
    stream.finish();
    Operation all = receive(stream, 8);
    all.operationFlags = Libc.MSG_WAITALL;
    assertEquals("4 ECANCELED", results(fixture.submitChain(all, nop())));
    assertEquals("0 0", results(fixture.submitChain(receive(stream, 8), nop())));
    all = receive(stream, 8);
    all.operationFlags = Libc.MSG_WAITALL;
    assertEquals("0 ECANCELED", results(fixture.submitChain(all, nop())));
  }

  @Test
  void aMessageWithWaitallGoesOnUntilAllOfItIsThere() throws Exception {
    Stream stream = stream();
    BufferSlice first = BufferSlice.unpooled(3);
    BufferSlice second = BufferSlice.unpooled(5);
    long[] chain =
        fixture.submitChain(message(OperationKind.RECEIVE_MESSAGE, stream, first, second), nop());
    for (String part : List.of("ab", "cd", "efg")) {
      stream.write(part);
      fixture.letWait(chain);
    }
    stream.write("h");
    assertEquals("8 0", results(chain));
    assertEquals("abc", Peers.text(first, 3));
    assertEquals("defgh", Peers.text(second, 5));
    // A part that has come is told, and ends the chain: at a deadline, a cancel, the end.
    Operation late =
        deadline(
            message(OperationKind.RECEIVE_MESSAGE, stream, first, second), 50 * MILLISECOND_NANOS);
    chain = fixture.submitChain(late, nop());
    stream.write("xyz+");
    assertEquals("4 ECANCELED", results(chain));
    chain =
        fixture.submitChain(message(OperationKind.RECEIVE_MESSAGE, stream, first, second), nop());
    stream.write("12345");
    fixture.letWait(chain);
    // Time for the bytes to arrive.
    fixture.turn(BackendFixture.MOMENT_NANOS, 1000);
    fixture.cancel(chain[0]);
    assertEquals("5 ECANCELED", results(chain));
    chain =
        fixture.submitChain(message(OperationKind.RECEIVE_MESSAGE, stream, first, second), nop());
    stream.write("6");
    stream.finish();
    assertEquals("1 ECANCELED", results(chain));
  }

  @Test
  void aMessageWithWaitallIsSentToItsEnd() throws Exception {
    Stream stream = stream();
    StringBuilder text = new StringBuilder();
    BufferSlice[] parts = new BufferSlice[3];
    for (int index = 0; index < parts.length; index++) {
      String part = ("part " + index + " of a message ").repeat(moreThanBuffersHold() / 60);
      text.append(part);
      parts[index] = Peers.slice(part);
    }
    long[] chain = fixture.submitChain(message(OperationKind.SEND_MESSAGE, stream, parts), nop());
    fixture.letWait(chain);
    String received = drain(stream, text.length());
    assertEquals(text.length() + " 0", results(chain));
    assertEquals(text.toString(), received);
  }

  @Test
  void aSendWithWaitallIsSentToItsEndOrTellsHowFarItCame() throws Exception {
    for (boolean cancelled : new boolean[] {false, true}) {
      Stream stream = stream();
      String text = "all of it or nothing ".repeat(moreThanBuffersHold() / 20);
      Operation send = transfer(OperationKind.SEND, stream.descriptor(), Peers.slice(text), 0);
      send.operationFlags = Libc.MSG_WAITALL;
      long[] chain = fixture.submitChain(send, nop());
      fixture.letWait(chain);
      if (cancelled) {
        fixture.cancel(chain[0]);
        int sent = fixture.await(chain[0]);
        assertTrue(sent > 0 && sent < text.length(), () -> "sent " + sent);
        assertEquals(sent + " ECANCELED", results(chain));
        peers.finish(stream.descriptor());
        assertEquals(text.substring(0, sent), drain(stream, text.length()));
      } else {
        assertEquals(text, drain(stream, text.length()));
        assertEquals(text.length() + " 0", results(chain));
      }
    }
  }

  @Test
  void aTransferWithWaitallThatHasDoneNothingTellsWhy() throws Exception {
    Stream stream = stream();
    for (OperationKind kind : List.of(OperationKind.RECEIVE, OperationKind.RECEIVE_MESSAGE)) {
      Operation receive = wholeOf(kind, stream, BufferSlice.unpooled(8));
      receive.operationFlags |= Libc.MSG_DONTWAIT;
      assertEquals("EAGAIN ECANCELED", results(fixture.submitChain(receive, nop())));
    }
    peers.finish(stream.descriptor());
    for (OperationKind kind : List.of(OperationKind.SEND, OperationKind.SEND_MESSAGE)) {
      Operation send = wholeOf(kind, stream, Peers.slice("late"));
      send.operationFlags |= Libc.MSG_NOSIGNAL;
      assertEquals("EPIPE ECANCELED", results(fixture.submitChain(send, nop())));
    }
  }

  @Test
  @NotOn(
      value = BackendUnderTest.SIMULATED,
      because = "it reads and writes memory by address itself: a bad one ends the process")
  void aMessageInMemoryThatIsNoneEndsTheChain() throws Exception {
    Stream stream = stream();
    BufferSlice header = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(0)));
    MessageHeader.set(header.segment(), 0);
    header.segment().set(ValueLayout.JAVA_LONG, MSG_IOV_OFFSET, 8);
    header.segment().set(ValueLayout.JAVA_LONG, MSG_IOVLEN_OFFSET, 1);
    stream.write("there");
    for (OperationKind kind : List.of(OperationKind.SEND_MESSAGE, OperationKind.RECEIVE_MESSAGE)) {
      Operation member =
          with(
              transfer(kind, stream.descriptor(), header, 0),
              operation -> operation.operationFlags = Libc.MSG_WAITALL);
      assertEquals("EFAULT ECANCELED", results(fixture.submitChain(member, nop())));
    }
  }
}
