package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Sends and receives that complete once: lengths, flags, ends of the connection. */
class SendReceiveSemanticsTest {

  /** Mirrors liburing test/send_recvmsg.c: iovecs gather and scatter. */
  @Test
  void messageIsGatheredFromAndScatteredIntoItsSegments() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
      MemorySegment sent = fixture.arena.allocateFrom("gather and scatter");
      MemorySegment received = fixture.arena.allocate(19);
      fixture.next(1).sendmsg(pair[0], message(fixture, sent, 3, 10, 6), 0);
      fixture.next(2).recvmsg(pair[1], message(fixture, received, 1, 1, 17), 0);
      assertEquals(new Completion(1, 19, 0), fixture.await(1L));
      assertEquals(19, fixture.await(2L).result());
      assertEquals("gather and scatter", received.getString(0));
    }
  }

  /** Mirrors liburing test/recv-msgall-stream.c. */
  @Test
  void waitallCollectsAStreamUntilTheLengthIsReached() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      MemorySegment received = fixture.arena.allocate(ValueLayout.JAVA_LONG, 3);
      fixture.next(1).recv(pair[1], received.address(), 24, Libc.MSG_WAITALL);
      assertEquals(1, fixture.ring.submit());
      MemorySegment word = fixture.arena.allocate(ValueLayout.JAVA_LONG);
      for (int i = 0; i < 3; i++) {
        assertEquals(0, fixture.ring.getEvents());
        assertEquals(0, fixture.completions.ready());
        word.set(ValueLayout.JAVA_LONG, 0, 1000 + i);
        assertEquals(8, Libc.send(pair[0], word.address(), 8, 0));
      }
      assertEquals(24, fixture.await(1L).result());
      for (int i = 0; i < 3; i++) {
        assertEquals(1000 + i, received.getAtIndex(ValueLayout.JAVA_LONG, i));
      }
    }
  }

  /** Mirrors liburing test/recv-msgall.c: a datagram is one receive, however short. */
  @Test
  void waitallDoesNotJoinDatagrams() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_DGRAM);
      assertEquals(8, Libc.send(pair[0], fixture.buffer(8), 8, 0));
      assertEquals(8, Libc.send(pair[0], fixture.buffer(8), 8, 0));
      fixture.next(1).recv(pair[1], fixture.buffer(64), 64, Libc.MSG_WAITALL);
      assertEquals(8, fixture.await(1L).result());
    }
  }

  /** Mirrors liburing test/send_recv.c for a send that does not fit: MSG_WAITALL finishes it. */
  @Test
  void sendWithWaitallGoesOnWhileThePeerReads() throws Exception {
    int size = 4 << 20;
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      MemorySegment sent = fixture.arena.allocate(size);
      for (int i = 0; i < size; i += 4096) {
        sent.set(ValueLayout.JAVA_INT, i, i);
      }
      MemorySegment received = fixture.arena.allocate(size);
      int flags = Libc.MSG_WAITALL | Libc.MSG_NOSIGNAL;
      fixture.next(1).send(pair[0], sent.address(), size, flags);
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, fixture.drain(), "more than the socket's buffers hold");
      fixture.next(2).recv(pair[1], received.address(), size, Libc.MSG_WAITALL);
      assertEquals(size, fixture.await(1L).result());
      assertEquals(size, fixture.await(2L).result());
      assertEquals(-1, sent.mismatch(received));
    }
  }

  /** Mirrors liburing test/socket-rw.c: read and write are receive and send without flags. */
  @Test
  void readAndWriteWorkOnSockets() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      MemorySegment text = fixture.arena.allocateFrom("by write");
      MemorySegment target = fixture.arena.allocate(16);
      fixture.next(1).read(pair[1], target.address(), 16, 0);
      fixture.next(2).write(pair[0], text.address(), 9, 0);
      Outcomes.assertResults(fixture, 9, 9);
      assertEquals("by write", target.getString(0));
    }
  }

  /** Mirrors liburing test/socket-rw-eagain.c. */
  @Test
  void receiveThatMustNotWaitAnswersEagain() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      fixture.next(1).recv(pair[1], fixture.buffer(8), 8, Libc.MSG_DONTWAIT);
      fixture.next(2).recv(pair[1], fixture.buffer(8), 8, Libc.MSG_DONTWAIT).pollFirst();
      assertEquals(new Completion(1, -Errno.EAGAIN, 0), fixture.await(1L));
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready(), "what polls first has waited, flag or not");
    }
  }

  /** Mirrors liburing test/socket-nb.c: a receive goes by MSG_DONTWAIT, not by O_NONBLOCK. */
  @Test
  void receiveOnANonBlockingSocketWaitsAllTheSame() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      assertEquals(0, Libc.fcntl(pair[1], Libc.F_SETFL, Libc.O_NONBLOCK));
      fixture.next(1).recv(pair[1], fixture.buffer(8), 8, 0);
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready());
      assertEquals(8, Libc.send(pair[0], fixture.buffer(8), 8, 0));
      Outcomes.assertResults(fixture, 8);
    }
  }

  /**
   * Mirrors liburing test/fifo-nonblock-read.c: since 5.7 the ring waits for what can be polled.
   */
  @Test
  void readOfANonBlockingPipeWaitsAllTheSame() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      assertEquals(0, Libc.fcntl(pipe[0], Libc.F_SETFL, Libc.O_NONBLOCK));
      assertEquals(-Errno.EAGAIN, Libc.read(pipe[0], fixture.buffer(8), 8));
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.completions.ready());
      assertEquals(8, Libc.write(pipe[1], fixture.buffer(8), 8));
      Outcomes.assertResults(fixture, 8);
    }
  }

  /** Mirrors liburing test/send_recv.c (F_SOCK_NONEMPTY). */
  @Test
  void receiveTellsThatTheSocketHasMore() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      assertEquals(12, Libc.send(pair[0], fixture.buffer(12), 12, 0));
      fixture.next(1).recv(pair[1], fixture.buffer(8), 8, 0);
      assertEquals(new Completion(1, 8, CqeFlags.F_SOCK_NONEMPTY), fixture.await(1L));
      fixture.next(2).recv(pair[1], fixture.buffer(8), 8, 0);
      assertEquals(new Completion(2, 4, 0), fixture.await(2L));
    }
  }

  /** Mirrors liburing test/send_recv.c (poll first). */
  @Test
  void pollFirstTakesDataThatIsThereAlready() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      assertEquals(8, Libc.send(pair[0], fixture.buffer(8), 8, 0));
      fixture.next(1).recv(pair[1], fixture.buffer(8), 8, 0).pollFirst();
      fixture.next(2).send(pair[0], fixture.buffer(8), 8, 0).pollFirst();
      Outcomes.assertResults(fixture, 8, 8);
    }
  }

  /** Mirrors liburing test/shutdown.c: half of a connection goes on. */
  @Test
  void halfClosedConnectionStillCarriesDataTheOtherWay() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      fixture.next(1).shutdown(pair[0], Libc.SHUT_WR);
      assertEquals(new Completion(1, 0, 0), fixture.await(1L));
      fixture.next(2).recv(pair[1], fixture.buffer(8), 8, 0);
      assertEquals(0, fixture.await(2L).result());
      fixture.next(3).send(pair[1], fixture.buffer(8), 8, Libc.MSG_NOSIGNAL);
      fixture.next(4).recv(pair[0], fixture.buffer(8), 8, 0);
      assertEquals(8, fixture.await(3L).result());
      assertEquals(8, fixture.await(4L).result());
      fixture.next(5).send(pair[0], fixture.buffer(8), 8, Libc.MSG_NOSIGNAL);
      assertEquals(-Errno.EPIPE, fixture.await(5L).result());
    }
  }

  /** Mirrors liburing test/shutdown.c: shutdown wakes those who wait. */
  @Test
  void shutdownEndsAWaitingReceiveOfItsOwnSide() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      fixture.next(1).recv(pair[0], fixture.buffer(8), 8, 0);
      fixture.next(2).pollAdd(pair[0], Libc.POLLIN);
      fixture.next(3).shutdown(pair[0], Libc.SHUT_RDWR);
      fixture.next(4).shutdown(-1, Libc.SHUT_WR);
      fixture.next(5).shutdown(fixture.pipe()[0], Libc.SHUT_WR);
      fixture.await(5);
      assertEquals(0, fixture.await(1L).result());
      assertEquals(Libc.POLLIN, fixture.await(2L).result() & Libc.POLLIN);
      assertEquals(new Completion(3, 0, 0), fixture.await(3L));
      assertEquals(new Completion(4, -Errno.EBADF, 0), fixture.await(4L));
      assertEquals(new Completion(5, -Errno.ENOTSOCK, 0), fixture.await(5L));
    }
  }

  /** Mirrors liburing test/send_recv.c (bad arguments). */
  @Test
  void invalidDescriptorsAndAddressesAreErrors() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.socketPair(Libc.SOCK_STREAM);
      fixture.next(1).send(-1, fixture.buffer(8), 8, 0);
      fixture.next(2).send(fixture.pipe()[1], fixture.buffer(8), 8, 0);
      fixture.next(3).send(pair[0], 8, 8, Libc.MSG_NOSIGNAL);
      fixture.next(4).sendmsg(pair[0], 8, Libc.MSG_NOSIGNAL);
      Outcomes.assertResults(fixture, -Errno.EBADF, -Errno.ENOTSOCK, -Errno.EFAULT, -Errno.EFAULT);
    }
  }

  /** Mirrors liburing test/pipe-eof.c. */
  @Test
  void readOfAPipeEndsWithZeroWhenItsWriterIsClosed() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = new int[2];
      assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
      fixture.own(pipe[0]);
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, Sqe.AT_FILE_POSITION);
      assertEquals(1, fixture.ring.submit());
      assertTrue(fixture.seen.isEmpty());
      fixture.next(2).close(pipe[1]);
      Outcomes.assertResults(fixture, 0, 0);
    }
  }

  /** A msghdr whose iovecs are consecutive parts of a buffer. */
  private static long message(RingFixture fixture, MemorySegment buffer, int... lengths) {
    MemorySegment header = fixture.arena.allocate(MessageHeader.bytes(lengths.length), 8);
    long address = buffer.address();
    for (int i = 0; i < lengths.length; i++) {
      MessageHeader.setSegment(header, i, address, lengths[i]);
      address += lengths[i];
    }
    MessageHeader.set(header, lengths.length);
    return header.address();
  }
}
