package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.contract.BackendFixture.Completion;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.uring.CqeFlags;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Multishot receives into provided buffers, the same on every backend. */
@BackendContract
class ReceiveMultishotContractTest extends SocketContract {

  private static final int BUFFER_BYTES = 16;
  private static final int BUFFERS = 8;

  private BufferSlice[] buffers;
  private ProvidedBufferGroup group;

  private void provide(int count) throws Exception {
    group = fixture.backend.provideBuffers(BUFFERS);
    buffers = new BufferSlice[BUFFERS];
    for (int id = 0; id < BUFFERS; id++) {
      buffers[id] = BufferSlice.unpooled(BUFFER_BYTES);
      if (id < count) {
        group.add(buffers[id].address(), BUFFER_BYTES, id);
      }
    }
    group.publish();
  }

  private long receiveMultishot(int socket) {
    return fixture.submit(
        OperationKind.RECEIVE_MULTISHOT, socket, operation -> operation.bufferGroup = 0);
  }

  /** What a multishot receive has received, as far as it has come; the buffers go back. */
  private String received(long token, int from) {
    StringBuilder text = new StringBuilder();
    List<Completion> all = fixture.completions(token);
    for (Completion each : all.subList(from, all.size())) {
      if ((each.flags() & CqeFlags.F_BUFFER) != 0) {
        int id = CqeFlags.bufferId(each.flags());
        text.append(Peers.text(buffers[id], each.result()));
        group.add(buffers[id].address(), BUFFER_BYTES, id);
      }
    }
    group.publish();
    return text.toString();
  }

  private void awaitReceived(long token, int bytes) throws Exception {
    fixture.turnUntil(
        bytes + " bytes",
        () ->
            fixture.completions(token).stream().mapToInt(each -> Math.max(0, each.result())).sum()
                >= bytes);
  }

  @Test
  void receiveMultishotFillsProvidedBuffersInTheirOrder() throws Exception {
    provide(BUFFERS);
    int[] pair = peers.connection();
    long receive = receiveMultishot(pair[1]);
    StringBuilder expected = new StringBuilder();
    for (int round = 0; round < 30; round++) {
      int from = fixture.completions(receive).size();
      String text = "message " + round + (round % 3 == 0 ? ", longer than a buffer" : "");
      peers.write(pair[0], text);
      int bytes = expected.append(text).length();
      awaitReceived(receive, bytes);
      assertEquals(text, received(receive, from));
    }
    assertTrue(fixture.completions(receive).stream().noneMatch(Completion::isLast));
    int from = fixture.completions(receive).size();
    peers.write(pair[0], "last");
    peers.finish(pair[0]);
    assertEquals(0, fixture.await(receive));
    assertEquals("last", received(receive, from));
    assertEquals(0, fixture.last(receive).flags() & CqeFlags.F_BUFFER);
  }

  @Test
  void receiveMultishotThatFindsNoBufferEndsWithEnobufsAndLosesNothing() throws Exception {
    provide(2);
    int[] pair = peers.connection();
    long receive = receiveMultishot(pair[1]);
    fixture.letWait(receive);
    String text = "0123456789abcdefGHIJKLMNOPQRSTUV!";
    peers.write(pair[0], text);
    assertEquals("ENOBUFS", fixture.error(receive));
    assertEquals(text.substring(0, 32), received(receive, 0));
    long again = receiveMultishot(pair[1]);
    awaitReceived(again, 1);
    assertEquals("!", received(again, 0));
    fixture.cancel(again);
    assertEquals("ECANCELED", fixture.error(again));
  }

  /** A buffer is chosen before anything is received. */
  @Test
  void receiveMultishotWithoutBuffersEndsWithEnobufsAlsoWhereNothingIsToBeReceived()
      throws Exception {
    BackendUnderTest on = BackendUnderTest.current();
    assumeTrue(
        on == BackendUnderTest.IO_URING || on == BackendUnderTest.SIMULATED,
        "epoll wants a buffer when there is data, not before");
    provide(1);
    int[] taker = peers.connection();
    long takes = receiveMultishot(taker[1]);
    peers.write(taker[0], "x".repeat(BUFFER_BYTES));
    awaitReceived(takes, BUFFER_BYTES);
    int[] idle = peers.connection();
    assertEquals("ENOBUFS", fixture.error(receiveMultishot(idle[1])));
    peers.finish(idle[0]);
    assertEquals("ENOBUFS", fixture.error(receiveMultishot(idle[1])));
  }

  @Test
  void receiveMultishotTellsWhyItCannot() throws Exception {
    provide(1);
    assertEquals("EBADF", fixture.error(receiveMultishot(999_999)));
    assertEquals("EBADF", fixture.error(receiveMultishot(-1)));
    assertEquals("ENOTSOCK", fixture.error(receiveMultishot(peers.pipe()[0])));
    assertEquals("ENOTCONN", fixture.error(receiveMultishot(peers.socket(Libc.SOCK_STREAM))));
    int[] pair = peers.connection();
    long receive = receiveMultishot(pair[1]);
    fixture.letWait(receive);
    peers.reset(pair[0]);
    assertEquals("ECONNRESET", fixture.error(receive));
  }

  @Test
  void receiveMultishotOfDatagramsKeepsTheirBoundaries() throws Exception {
    provide(BUFFERS);
    int receiver = peers.socket(Libc.SOCK_DGRAM);
    peers.bind(receiver);
    int sender = peers.socket(Libc.SOCK_DGRAM);
    peers.connect(sender, peers.address(receiver));
    for (int i = 0; i < 5; i++) {
      peers.write(sender, "d" + i);
    }
    long receive = receiveMultishot(receiver);
    fixture.turnUntil("five", () -> fixture.completions(receive).size() == 5);
    assertEquals(
        List.of(2, 2, 2, 2, 2),
        fixture.completions(receive).stream().map(Completion::result).toList());
    assertEquals("d0d1d2d3d4", received(receive, 0));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "no urgent data there")
  void urgentDataHidesNothingThatComesBehindIt() throws Exception {
    provide(BUFFERS);
    int[] pair = peers.connection();
    long receive = receiveMultishot(pair[1]);
    fixture.letWait(receive);
    StringBuilder all = new StringBuilder();
    for (int round = 0; round < 5; round++) {
      int from = fixture.completions(receive).size();
      peers.write(pair[0], "ab");
      BufferSlice urgent = Peers.slice("!");
      assertEquals(1, peers.surroundings.send(pair[0], urgent, Libc.MSG_OOB));
      peers.write(pair[0], "cd");
      awaitReceived(receive, 4 * (round + 1));
      all.append(received(receive, from));
    }
    assertEquals("abcd".repeat(5), all.toString());
  }
}
