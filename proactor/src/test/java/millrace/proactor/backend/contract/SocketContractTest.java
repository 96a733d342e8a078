package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.contract.BackendFixture.Completion;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Accept, connect, receive and send: results and errors, the same on every backend. */
@BackendContract
class SocketContractTest {

  private static final int BUFFER_BYTES = 16;
  private static final int BUFFERS = 8;

  private final Peers peers = new Peers();
  private BackendFixture fixture;
  private BufferSlice[] buffers;
  private ProvidedBufferGroup group;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

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

  private long send(int socket, BufferSlice data) {
    return fixture.submit(
        OperationKind.SEND,
        socket,
        operation -> {
          operation.address = fixture.keep(data).address();
          operation.length = data.length();
          operation.operationFlags = Libc.MSG_NOSIGNAL;
        });
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
  void acceptGivesAConnectionThatIsThereOrComes() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    int early = peers.connect(address);
    int flags = Libc.SOCK_CLOEXEC;
    long first = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = flags);
    int server = peers.keep(fixture.await(first));
    peers.write(early, "one");
    assertEquals("one", peers.read(server, 10));

    long second = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = flags);
    fixture.letWait(second);
    int late = peers.connect(address);
    server = peers.keep(fixture.await(second));
    peers.write(late, "two");
    assertEquals("two", peers.read(server, 10));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "descriptors have no flags there")
  void acceptAndConnectLeaveTheFlagsOfDescriptorsAsTheyWere() throws Exception {
    int listener = peers.listener();
    int flags = Libc.SOCK_CLOEXEC;
    long accept = fixture.submit(OperationKind.ACCEPT, listener, op -> op.operationFlags = flags);
    fixture.letWait(accept);
    int client = peers.socket(Libc.SOCK_STREAM);
    assertEquals(0, fixture.await(connect(client, peers.address(listener), 0)));
    int server = peers.keep(fixture.await(accept));
    assertTrue(peers.surroundings.isCloseOnExec(server));
    for (int descriptor : new int[] {listener, client, server}) {
      assertFalse(peers.surroundings.isNonBlocking(descriptor));
    }
  }

  @Test
  void acceptMultishotGivesEachConnection() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    for (int i = 0; i < 20; i++) {
      peers.connect(address);
    }
    long accept = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    fixture.turnUntil("20", () -> fixture.completions(accept).size() == 20);
    for (int i = 0; i < 20; i++) {
      peers.connect(address);
      int count = 21 + i;
      fixture.turnUntil("one more", () -> fixture.completions(accept).size() == count);
    }
    fixture.cancel(accept);
    assertEquals("ECANCELED", fixture.error(accept));
    List<Completion> all = fixture.completions(accept);
    List<Integer> accepted =
        all.subList(0, 40).stream().map(Completion::result).map(peers::keep).toList();
    assertEquals(40, new HashSet<>(accepted).size());
    assertEquals(41, all.size());
  }

  @Test
  void acceptTellsWhyItCannot() throws Exception {
    int[] pipe = peers.pipe();
    assertEquals("ENOTSOCK", fixture.error(fixture.submit(OperationKind.ACCEPT, pipe[0])));
    assertEquals("EBADF", fixture.error(fixture.submit(OperationKind.ACCEPT, 999_999)));
    int unbound = peers.socket(Libc.SOCK_STREAM);
    assertEquals("EINVAL", fixture.error(fixture.submit(OperationKind.ACCEPT, unbound)));
    int listener = peers.listener();
    long waiting = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    fixture.letWait(waiting);
    assertEquals(0, peers.surroundings.shutdown(listener, Libc.SHUT_RDWR));
    assertEquals("EINVAL", fixture.error(waiting));
  }

  private long connect(int socket, InetSocketAddress address, long timeoutNanos) {
    return fixture.transfer(
        OperationKind.CONNECT, socket, Peers.sockaddr(address), 0, timeoutNanos);
  }

  @Test
  void connectEndsWhenTheConnectionStandsOrIsRefused() throws Exception {
    int listener = peers.listener();
    InetSocketAddress address = peers.address(listener);
    for (boolean backendsOwn : new boolean[] {false, true}) {
      int client =
          backendsOwn
              ? peers.keep(fixture.backend.sockets().stream(address))
              : peers.socket(Libc.SOCK_STREAM);
      assertEquals(0, fixture.await(connect(client, address, 0)));
      int server = peers.accept(listener);
      peers.write(client, "hello");
      assertEquals("hello", peers.read(server, 10));
      assertEquals("EISCONN", fixture.error(connect(client, address, 0)));
    }
    peers.close(listener);
    int client = peers.socket(Libc.SOCK_STREAM);
    assertEquals("ECONNREFUSED", fixture.error(connect(client, address, 0)));
    assertEquals("EBADF", fixture.error(connect(999_999, address, 0)));
  }

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
}
