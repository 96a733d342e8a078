package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.contract.BackendFixture.Completion;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.RecvmsgOut;
import org.junit.jupiter.api.Test;

/** Multishot receives of messages: their layout, their ends, their errors on every backend. */
@BackendContract
class MessageMultishotContractTest extends DatagramContract {

  /** ip(7). */
  private static final int IP_PKTINFO = 8;

  /** A cmsghdr and a struct in_pktinfo, aligned. */
  private static final int PKTINFO_SPACE = 32;

  @Test
  void eachMessageOfAMultishotHasItsSender() throws Exception {
    provide(BUFFERS);
    int other = sender();
    long receive = receiveMultishot(receiver);
    for (int round = 0; round < 30; round++) {
      int from = round % 3 == 0 ? other : sender;
      String text = "datagram " + round;
      peers.write(from, text);
      awaitMessages(receive, round + 1);
      Completion completion = fixture.completions(receive).get(round);
      assertFalse(completion.isLast());
      MemorySegment buffer = bufferOf(completion);
      assertEquals(peers.address(from), source(buffer));
      assertEquals(0, RecvmsgOut.controlLengthBytes(buffer));
      assertEquals(text.length(), RecvmsgOut.messageLengthBytes(buffer));
      assertEquals(0, RecvmsgOut.flags(buffer) & Libc.MSG_TRUNC);
      assertEquals(text, take(completion));
    }
    fixture.cancel(receive);
    assertEquals("ECANCELED", fixture.error(receive));
    assertEquals(31, fixture.completions(receive).size());
  }

  @Test
  void moreMessagesThanATurnTakesAllArriveInOrder() throws Exception {
    provide(BUFFERS);
    // What finds a full buffer is lost.
    assertEquals(0, peers.surroundings.receiveBuffer(receiver, 1 << 17));
    IntStream.range(0, 100).forEach(i -> peers.write(sender, "d" + i));
    long receive = receiveMultishot(receiver);
    int seen = 0;
    for (int i = 0; i < 100; i++) {
      if (seen == fixture.completions(receive).size() && fixture.hasEnded(receive)) {
        receive = receiveMultishot(receiver);
        seen = 0;
      }
      awaitMessages(receive, seen + 1);
      Completion completion = fixture.completions(receive).get(seen++);
      if (completion.result() == -Errno.ENOBUFS) {
        i--;
      } else {
        assertEquals("d" + i, take(completion));
      }
    }
  }

  @Test
  void anEmptyMessageEndsAMultishotAndIsTold() throws Exception {
    provide(BUFFERS);
    long receive = receiveMultishot(receiver);
    fixture.letWait(receive);
    peers.write(sender, "");
    peers.write(sender, "next");
    fixture.await(receive);
    Completion last = fixture.last(receive);
    assertEquals(peers.address(sender), source(bufferOf(last)));
    assertEquals(0, RecvmsgOut.messageLengthBytes(bufferOf(last)));
    assertEquals("", take(last));
    long again = receiveMultishot(receiver);
    awaitMessages(again, 1);
    assertEquals("next", take(fixture.completions(again).get(0)));
  }

  @Test
  void aMultishotSaysThatADatagramWasCutAndHowLongItWas() throws Exception {
    provide(BUFFERS);
    int room = BUFFER_BYTES - (int) RecvmsgOut.payloadOffset(NAME_ROOM, 0);
    String text = "x".repeat(room) + "lost";
    for (int flags : new int[] {0, Libc.MSG_TRUNC}) {
      long receive = receiveMultishot(receiver, 0, operation -> operation.operationFlags = flags);
      peers.write(sender, text);
      peers.write(sender, "next");
      awaitMessages(receive, 2);
      Completion cut = fixture.completions(receive).get(0);
      assertEquals(BUFFER_BYTES, cut.result());
      assertEquals(Libc.MSG_TRUNC, RecvmsgOut.flags(bufferOf(cut)) & Libc.MSG_TRUNC);
      assertEquals(flags == 0 ? room : text.length(), RecvmsgOut.messageLengthBytes(bufferOf(cut)));
      assertEquals("x".repeat(room), take(cut));
      assertEquals("next", take(fixture.completions(receive).get(1)));
      fixture.cancel(receive);
      assertEquals("ECANCELED", fixture.error(receive));
    }
  }

  @Test
  void aMultishotReceivesTheLargestDatagram() throws Exception {
    provide(1, (1 << 16) + NAME_ROOM);
    long receive = receiveMultishot(receiver);
    String text = "0123456789".repeat(6551).substring(0, 65_507);
    peers.write(sender, text);
    awaitMessages(receive, 1);
    assertTrue(text.equals(take(fixture.completions(receive).get(0))));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "no control data there")
  void aMultishotGivesControlDataItsRoom() throws Exception {
    provide(1);
    assertEquals(0, Libc.setsockopt(receiver, Libc.IPPROTO_IP, IP_PKTINFO, 1));
    long receive = receiveMultishot(receiver, PKTINFO_SPACE, operation -> {});
    peers.write(sender, "with control data");
    awaitMessages(receive, 1);
    Completion completion = fixture.completions(receive).get(0);
    MemorySegment buffer = bufferOf(completion);
    assertEquals(PKTINFO_SPACE, RecvmsgOut.controlLengthBytes(buffer));
    assertEquals(0, RecvmsgOut.flags(buffer) & Libc.MSG_CTRUNC);
    long control = RecvmsgOut.controlOffset(NAME_ROOM);
    // cmsg(3): the length, the level, the type.
    assertEquals(28, buffer.get(ValueLayout.JAVA_LONG, control));
    assertEquals(IP_PKTINFO, buffer.get(ValueLayout.JAVA_INT, control + 12));
    int payload = (int) RecvmsgOut.payloadOffset(NAME_ROOM, PKTINFO_SPACE);
    assertEquals(payload + 17, completion.result());
    BufferSlice data = buffers[0].range(payload, 17);
    assertEquals("with control data", Peers.text(data, 17));
  }

  @Test
  void aMultishotThatFindsNoBufferEndsWithEnobufsAndLosesNothing() throws Exception {
    provide(2);
    long receive = receiveMultishot(receiver);
    fixture.letWait(receive);
    List.of("a", "b", "c").forEach(text -> peers.write(sender, text));
    assertEquals("ENOBUFS", fixture.error(receive));
    assertEquals("a", take(fixture.completions(receive).get(0)));
    assertEquals("b", take(fixture.completions(receive).get(1)));
    assertEquals(3, fixture.completions(receive).size());
    long again = receiveMultishot(receiver);
    awaitMessages(again, 1);
    assertEquals("c", take(fixture.completions(again).get(0)));
  }

  @Test
  void aMultishotTellsWhyItCannot() throws Exception {
    provide(1);
    assertEquals("EBADF", fixture.error(receiveMultishot(999_999)));
    assertEquals("ENOTSOCK", fixture.error(receiveMultishot(peers.pipe()[0])));
    assertEquals(
        "EINVAL",
        fixture.error(
            receiveMultishot(
                receiver, 0, operation -> operation.operationFlags = Libc.MSG_WAITALL)));
    assertEquals("EFAULT", fixture.error(receiveMultishot(receiver, BUFFER_BYTES, op -> {})));
    for (long room : new long[] {Integer.MAX_VALUE - NAME_ROOM, 1L << 31, Long.MAX_VALUE, -1}) {
      assertEquals("EOVERFLOW", fixture.error(receiveMultishot(receiver, room, op -> {})));
    }
    int socket = senderToNobody();
    long waiting = receiveMultishot(socket);
    fixture.letWait(waiting);
    peers.write(socket, "?");
    assertEquals("ECONNREFUSED", fixture.error(waiting));
    assertEquals(1, fixture.completions(waiting).size());
    // The error is told once, and the socket is as good as before.
    long again = receiveMultishot(socket);
    fixture.letWait(again);
  }

  @Test
  void aMultishotOfAStreamTellsItsEnd() throws Exception {
    provide(BUFFERS);
    int[] pair = peers.connection();
    long receive = receiveMultishot(pair[1]);
    peers.write(pair[0], "bytes");
    awaitMessages(receive, 1);
    assertEquals("bytes", take(fixture.completions(receive).get(0)));
    peers.finish(pair[0]);
    fixture.await(receive);
    assertEquals("", take(fixture.last(receive)));
  }
}
