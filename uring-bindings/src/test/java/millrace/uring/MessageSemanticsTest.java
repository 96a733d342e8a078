package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Datagrams with their addresses, again and again, without a copy; direct descriptors. */
class MessageSemanticsTest {
  private static final int GROUP = 2;
  private static final int BUFFERS = 4;
  private static final int NAME_ROOM = 32;
  private static final int BUFFER_BYTES = RecvmsgOut.BYTES + NAME_ROOM + 64;

  private static int udpSocket() {
    try (Arena arena = Arena.ofConfined()) {
      int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
      MemorySegment address = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      assertEquals(0, Libc.bind(fd, address, SocketAddresses.encode(loopback, address)));
      return fd;
    }
  }

  /** A receiving socket, a group of buffers, and a sender. */
  private static final class Receiver implements AutoCloseable {
    final RingFixture fixture = RingFixture.open();
    final ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, GROUP, BUFFERS);
    final MemorySegment memory = fixture.arena.allocate(BUFFERS * (long) BUFFER_BYTES, 8);
    final MemorySegment header = fixture.arena.allocate(MessageHeader.bytes(0), 8);
    final MemorySegment target = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
    final int socket = fixture.own(udpSocket());
    final int sender = fixture.own(udpSocket());
    final int targetLength = Libc.getsockname(socket, target);

    Receiver() throws UringException {
      for (int i = 0; i < BUFFERS; i++) {
        group.add(memory.address() + (long) i * BUFFER_BYTES, BUFFER_BYTES, i);
      }
      group.publish();
      MessageHeader.set(header, 0);
      MessageHeader.setName(header, 0, NAME_ROOM);
    }

    int send(int lengthBytes) {
      MemorySegment text = fixture.arena.allocate(lengthBytes).fill((byte) lengthBytes);
      fixture
          .next(9)
          .sendto(sender, text.address(), lengthBytes, 0, target.address(), targetLength);
      return fixture.await(9L).result();
    }

    @Override
    public void close() {
      fixture.quiesce();
      group.close();
      fixture.close();
    }
  }

  /** Mirrors liburing test/recv-multishot.c (recvmsg). */
  @Test
  void multishotReceiveOfMessagesTellsSenderAndLength() throws Exception {
    try (Receiver receiver = new Receiver()) {
      RingFixture fixture = receiver.fixture;
      fixture.next(1).recvmsgMultishot(receiver.socket, receiver.header.address(), GROUP, 0);
      assertEquals(1, fixture.ring.submit());
      for (int i = 0; i < 3; i++) {
        int length = 10 + i;
        fixture.forget();
        assertEquals(length, receiver.send(length));
        Completion completion = fixture.await(1L);
        assertEquals(CqeFlags.F_MORE, completion.flags() & CqeFlags.F_MORE);
        MemorySegment buffer =
            receiver.memory.asSlice(
                (long) CqeFlags.bufferId(completion.flags()) * BUFFER_BYTES, BUFFER_BYTES);
        assertTrue(RecvmsgOut.isComplete(completion.result(), NAME_ROOM, 0));
        assertEquals(length, RecvmsgOut.payloadLengthBytes(completion.result(), NAME_ROOM, 0));
        assertEquals(length, RecvmsgOut.messageLengthBytes(buffer));
        assertEquals(0, RecvmsgOut.flags(buffer));
        assertEquals(
            SocketPairs.name(receiver.sender),
            SocketAddresses.decode(
                buffer.asSlice(RecvmsgOut.nameOffset()), RecvmsgOut.nameLengthBytes(buffer)));
        long payload = RecvmsgOut.payloadOffset(NAME_ROOM, 0);
        byte[] expected = new byte[length];
        Arrays.fill(expected, (byte) length);
        assertEquals(-1, buffer.asSlice(payload, length).mismatch(MemorySegment.ofArray(expected)));
      }
    }
  }

  /** Mirrors liburing test/recv-multishot.c (truncated recvmsg). */
  @Test
  void messageThatDoesNotFitIsCutAndFlagged() throws Exception {
    try (Receiver receiver = new Receiver()) {
      RingFixture fixture = receiver.fixture;
      fixture
          .next(1)
          .recvmsgMultishot(receiver.socket, receiver.header.address(), GROUP, Libc.MSG_TRUNC);
      assertEquals(100, receiver.send(100));
      Completion completion = fixture.await(1L);
      MemorySegment buffer =
          receiver.memory.asSlice(
              (long) CqeFlags.bufferId(completion.flags()) * BUFFER_BYTES, BUFFER_BYTES);
      assertEquals(64, RecvmsgOut.payloadLengthBytes(BUFFER_BYTES, NAME_ROOM, 0));
      assertEquals(100, RecvmsgOut.messageLengthBytes(buffer));
      assertEquals(Libc.MSG_TRUNC, RecvmsgOut.flags(buffer) & Libc.MSG_TRUNC);
    }
  }

  /** Mirrors liburing test/recv-multishot.c (recvmsg, no buffers). */
  @Test
  void multishotReceiveOfMessagesEndsWithoutBuffers() throws Exception {
    try (Receiver receiver = new Receiver()) {
      RingFixture fixture = receiver.fixture;
      for (int i = 0; i <= BUFFERS; i++) {
        fixture.forget();
        assertEquals(8, receiver.send(8));
      }
      fixture.forget();
      fixture.next(1).recvmsgMultishot(receiver.socket, receiver.header.address(), GROUP, 0);
      List<Completion> completions = fixture.await(BUFFERS + 1);
      for (Completion completion : completions.subList(0, BUFFERS)) {
        assertEquals(CqeFlags.F_MORE, completion.flags() & CqeFlags.F_MORE);
        assertEquals(8, RecvmsgOut.payloadLengthBytes(completion.result(), NAME_ROOM, 0));
      }
      Completion end = completions.get(BUFFERS);
      assertEquals(-Errno.ENOBUFS, end.result());
      assertEquals(0, end.flags() & CqeFlags.F_MORE);
    }
  }

  /** Mirrors liburing test/send-zerocopy.c (sendmsg_zc). */
  @Test
  void zeroCopyMessageNotifiesOnceForAllItsSegments() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      MemorySegment text = fixture.arena.allocateFrom("two segments");
      MemorySegment header = fixture.arena.allocate(MessageHeader.bytes(2), 8);
      MessageHeader.setSegment(header, 0, text.address(), 4);
      MessageHeader.setSegment(header, 1, text.address() + 4, 9);
      MessageHeader.set(header, 2);
      MemorySegment received = fixture.arena.allocate(13);
      fixture.next(1).sendmsgZc(pair[0], header.address(), 0);
      fixture.next(2).recv(pair[1], received.address(), 13, Libc.MSG_WAITALL);
      fixture.await(3);
      List<Completion> sends =
          fixture.seen.stream().filter(completion -> completion.userData() == 1).toList();
      assertEquals(
          List.of(new Completion(1, 13, CqeFlags.F_MORE), new Completion(1, 0, CqeFlags.F_NOTIF)),
          sends);
      assertEquals("two segments", received.getString(0));
    }
  }

  /** Mirrors liburing test/accept.c (direct, multishot direct). */
  @Test
  void acceptedConnectionsCanBeRegisteredFilesOnly() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      fixture.registerFiles(2);
      int listener = fixture.own(SocketPairs.listener());
      int first = fixture.own(SocketPairs.connect(listener));
      fixture.next(1).acceptDirect(listener, 0, 0, 0, 1);
      assertEquals(new Completion(1, 0, 0), fixture.await(1L));
      assertEquals(8, Libc.send(first, fixture.buffer(8), 8, 0));
      fixture.next(2).recv(1, fixture.buffer(8), 8, 0).fixedFile();
      assertEquals(8, fixture.await(2L).result());

      fixture.own(SocketPairs.connect(listener));
      fixture.own(SocketPairs.connect(listener));
      fixture.next(3).multishotAcceptDirect(listener, 0);
      fixture.awaitThat(
          () -> fixture.seen.stream().anyMatch(c -> c.userData() == 3 && c.result() < 0),
          "a connection without a place in the table");
      List<Completion> accepts =
          fixture.seen.stream().filter(completion -> completion.userData() == 3).toList();
      assertEquals(new Completion(3, 0, accepts.get(0).flags()), accepts.get(0));
      assertEquals(-Errno.ENFILE, accepts.get(1).result());
      assertEquals(0, accepts.get(1).flags() & CqeFlags.F_MORE);
    }
  }

  /** Mirrors liburing test/accept.c and test/accept-non-empty.c (no wait). */
  @Test
  void acceptThatMustNotWaitAnswersEagain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int listener = fixture.own(SocketPairs.listener());
      fixture.next(1).accept(listener, 0, 0, 0).ioprio(SqeFlags.ACCEPT_DONTWAIT);
      Outcomes.assertResults(fixture, -Errno.EAGAIN);
    }
  }

  @Test
  void structsAreReadAndWrittenByAddressAsByMemory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(MessageHeader.bytes(0), 16);
      MessageHeader.set(header, 0);
      MessageHeader.setName(header, 0, 28);
      MessageHeader.setControl(header, 0, 56);
      assertEquals(28, MessageHeader.nameLengthBytes(header.address()));
      assertEquals(56, MessageHeader.controlLengthBytes(header.address()));
      // A receive buffer may begin anywhere.
      MemorySegment out = arena.allocate(RecvmsgOut.BYTES + 1, 16).asSlice(1);
      RecvmsgOut.write(out.address(), 28, 56, 1000, Libc.MSG_TRUNC);
      assertEquals(28, RecvmsgOut.nameLengthBytes(out));
      assertEquals(56, RecvmsgOut.controlLengthBytes(out));
      assertEquals(1000, RecvmsgOut.messageLengthBytes(out));
      assertEquals(Libc.MSG_TRUNC, RecvmsgOut.flags(out));
    }
  }
}
