package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Multishot receives: when they end, and that the stream stays whole across their ends. */
class ReceiveMultishotSemanticsTest {
  private static final int GROUP = 3;
  private static final int BUFFERS = 8;
  private static final int BUFFER_BYTES = 32;

  /** A group of buffers, all published, and a TCP connection whose second end receives. */
  private static final class Receiver implements AutoCloseable {
    final RingFixture fixture;
    final ProvidedBufferRing group;
    final MemorySegment memory;
    final int sender;
    final int socket;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int read;

    Receiver(RingFixture fixture) throws UringException {
      this.fixture = fixture;
      this.group = ProvidedBufferRing.register(fixture.ring, GROUP, BUFFERS);
      this.memory = fixture.arena.allocate((long) BUFFERS * BUFFER_BYTES);
      int[] pair = fixture.tcpPair();
      this.sender = pair[0];
      this.socket = pair[1];
      for (int buffer = 0; buffer < BUFFERS; buffer++) {
        giveBack(buffer);
      }
    }

    void arm(long userData) {
      fixture.next(userData).recvMultishot(socket, GROUP, 0);
    }

    void giveBack(int buffer) {
      group.add(memory.address() + (long) buffer * BUFFER_BYTES, BUFFER_BYTES, buffer);
      group.publish();
    }

    /** The next completion, with its bytes appended to those received. */
    Completion take() {
      Completion completion = fixture.await(read + 1).get(read);
      read++;
      if (completion.result() > 0) {
        int buffer = CqeFlags.bufferId(completion.flags());
        MemorySegment data = memory.asSlice((long) buffer * BUFFER_BYTES, completion.result());
        received.writeBytes(data.toArray(ValueLayout.JAVA_BYTE));
      }
      return completion;
    }

    void send(byte[] bytes) {
      MemorySegment message = fixture.arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      assertEquals(bytes.length, Libc.send(sender, message.address(), bytes.length, 0));
    }

    @Override
    public void close() {
      fixture.quiesce();
      group.close();
      fixture.close();
    }
  }

  private static boolean isTerminal(Completion completion) {
    return (completion.flags() & CqeFlags.F_MORE) == 0;
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  /** Mirrors liburing test/recv-multishot.c: a stream is cut into buffers and stays in order. */
  @Test
  void streamLargerThanABufferComesInSeveral() throws Exception {
    try (Receiver receiver = new Receiver(RingFixture.open())) {
      byte[] sent = bytes(3 * BUFFER_BYTES + 5);
      receiver.arm(1);
      assertEquals(1, receiver.fixture.ring.submit());
      receiver.send(sent);
      List<Integer> buffers = new ArrayList<>();
      while (receiver.received.size() < sent.length) {
        Completion completion = receiver.take();
        assertTrue(completion.result() > 0 && !isTerminal(completion), completion::toString);
        buffers.add(CqeFlags.bufferId(completion.flags()));
      }
      assertEquals(List.of(0, 1, 2, 3), buffers);
      assertArrayEquals(sent, receiver.received.toByteArray());
    }
  }

  /** Mirrors liburing test/recv-multishot.c (no buffers): the bytes wait in the socket. */
  @Test
  void exhaustedGroupEndsTheReceiveAndRearmingContinuesTheStream() throws Exception {
    try (Receiver receiver = new Receiver(RingFixture.open())) {
      byte[] sent = bytes((BUFFERS + 3) * BUFFER_BYTES);
      receiver.send(sent);
      receiver.arm(1);
      for (int i = 0; i < BUFFERS; i++) {
        assertEquals(BUFFER_BYTES, receiver.take().result());
      }
      Completion end = receiver.take();
      assertEquals(new Completion(1, -Errno.ENOBUFS, end.flags()), end);
      assertTrue(isTerminal(end), end::toString);
      for (int buffer = 0; buffer < BUFFERS; buffer++) {
        receiver.giveBack(buffer);
      }
      receiver.arm(2);
      while (receiver.received.size() < sent.length) {
        Completion completion = receiver.take();
        assertEquals(2, completion.userData());
        assertEquals(BUFFER_BYTES, completion.result());
      }
      assertArrayEquals(sent, receiver.received.toByteArray());
    }
  }

  /** Mirrors liburing test/recv-multishot.c (peer closed): data first, then the end. */
  @Test
  void endOfStreamComesAfterTheLastBytes() throws Exception {
    try (Receiver receiver = new Receiver(RingFixture.open())) {
      byte[] sent = bytes(BUFFER_BYTES + 1);
      receiver.send(sent);
      assertEquals(0, Libc.shutdown(receiver.sender, Libc.SHUT_WR));
      receiver.arm(1);
      Completion completion = receiver.take();
      while (completion.result() > 0) {
        assertTrue(!isTerminal(completion), completion::toString);
        completion = receiver.take();
      }
      assertEquals(0, completion.result());
      assertTrue(isTerminal(completion), completion::toString);
      assertArrayEquals(sent, receiver.received.toByteArray());
    }
  }

  /** Mirrors liburing test/recv-multishot.c (early error, invalid flags). */
  @Test
  void receiveThatCannotStartEndsWithItsErrorAndNoBuffer() throws Exception {
    try (Receiver receiver = new Receiver(RingFixture.open())) {
      RingFixture fixture = receiver.fixture;
      fixture.next(1).recvMultishot(-1, GROUP, 0);
      fixture.next(2).recvMultishot(fixture.pipe()[0], GROUP, 0);
      fixture.next(3).recvMultishot(receiver.socket, GROUP, Libc.MSG_WAITALL);
      fixture.next(4).recvMultishot(receiver.socket, GROUP + 1, 0);
      assertEquals(4, fixture.ring.submit());
      receiver.send(bytes(1));
      Outcomes.assertResults(fixture, -Errno.EBADF, -Errno.ENOTSOCK, -Errno.EINVAL, -Errno.ENOBUFS);
    }
  }

  /** Mirrors liburing test/recv-multishot.c (cancel): what was received before is not lost. */
  @Test
  void cancelledReceiveHasReportedWhatItTookAndLeavesTheRest() throws Exception {
    try (Receiver receiver = new Receiver(RingFixture.open())) {
      RingFixture fixture = receiver.fixture;
      byte[] sent = bytes(2 * BUFFER_BYTES);
      receiver.arm(1);
      assertEquals(1, fixture.ring.submit());
      receiver.send(Arrays.copyOf(sent, BUFFER_BYTES));
      assertEquals(BUFFER_BYTES, receiver.take().result());
      fixture.next(2).cancel(1, 0);
      fixture.await(3);
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertTrue(fixture.seen.contains(new Completion(1, -Errno.ECANCELED, 0)), fixture::toString);
      receiver.send(Arrays.copyOfRange(sent, BUFFER_BYTES, sent.length));
      receiver.read = 3;
      receiver.arm(3);
      assertEquals(BUFFER_BYTES, receiver.take().result());
      assertArrayEquals(sent, receiver.received.toByteArray());
    }
  }

  /** Mirrors liburing test/recv-multishot.c (overflow): the kernel ends it, the stream is whole. */
  @Test
  void fullCompletionQueueEndsTheReceiveWithoutALoss() throws Exception {
    try (Receiver receiver = new Receiver(RingFixture.open(2, 2))) {
      byte[] sent = bytes(BUFFERS * BUFFER_BYTES);
      receiver.send(sent);
      receiver.arm(1);
      int ends = 0;
      while (receiver.received.size() < sent.length) {
        Completion completion = receiver.take();
        assertTrue(completion.result() > 0, receiver.fixture::toString);
        if (isTerminal(completion) && receiver.received.size() < sent.length) {
          ends++;
          receiver.arm(1);
        }
      }
      assertArrayEquals(sent, receiver.received.toByteArray());
      assertTrue(ends < BUFFERS, () -> "each completion was an end: " + receiver.fixture);
    }
  }

  /** Mirrors liburing test/recv-mshot-fair.c: a flood on one socket does not starve the other. */
  @Test
  void receiveWithLittleDataIsServedBesideOneWithALot() throws Exception {
    try (RingFixture fixture = RingFixture.open(64, 4096);
        Flood flood = new Flood(fixture)) {
      int[] quiet = fixture.tcpPair();
      assertEquals(1, Libc.send(quiet[0], fixture.buffer(1), 1, 0));
      fixture.next(1).recvMultishot(flood.socket, Flood.FLOOD_GROUP, 0);
      fixture.next(2).recv(quiet[1], fixture.buffer(1), 1, 0).pollFirst();
      assertEquals(new Completion(2, 1, 0), fixture.await(2L));
      long floodFirst = fixture.seen.stream().takeWhile(c -> c.userData() == 1).count();
      assertTrue(floodFirst < Flood.FLOOD_BUFFERS, () -> floodFirst + " receives came first");
    }
  }

  /** A connection with more to read than the kernel takes in one go, and buffers for all of it. */
  private static final class Flood implements AutoCloseable {
    static final int FLOOD_GROUP = 5;
    static final int FLOOD_BUFFERS = 2048;
    private final RingFixture fixture;
    private final ProvidedBufferRing group;
    final int socket;

    Flood(RingFixture fixture) throws UringException {
      this.fixture = fixture;
      this.group = ProvidedBufferRing.register(fixture.ring, FLOOD_GROUP, FLOOD_BUFFERS);
      long memory = fixture.buffer(FLOOD_BUFFERS);
      for (int buffer = 0; buffer < FLOOD_BUFFERS; buffer++) {
        group.add(memory + buffer, 1, buffer);
      }
      group.publish();
      int[] pair = fixture.tcpPair();
      assertEquals(
          FLOOD_BUFFERS, Libc.send(pair[0], fixture.buffer(FLOOD_BUFFERS), FLOOD_BUFFERS, 0));
      this.socket = pair[1];
    }

    @Override
    public void close() {
      fixture.quiesce();
      group.close();
    }
  }
}
