package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Buffers that the kernel picks. */
class ProvidedBufferRingTest {
  private static final int GROUP = 65535;
  private static final int ENTRIES = 4;
  private static final int BUFFER_BYTES = 64;
  private static final int FIRST_ID = 1000;
  private static final int MORE = CqeFlags.F_BUFFER | CqeFlags.F_MORE;

  /** A group of buffers, and a receiving socket whose peer sends whole messages. */
  private static final class Receiver implements AutoCloseable {
    final RingFixture fixture = RingFixture.open();
    final ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, GROUP, ENTRIES);
    final MemorySegment buffers = fixture.arena.allocate((long) ENTRIES * BUFFER_BYTES);
    final MemorySegment message = fixture.arena.allocate(BUFFER_BYTES);
    final int[] sockets = fixture.socketPair(Libc.SOCK_SEQPACKET);

    Receiver() throws UringException {}

    void provide(int index) {
      group.add(address(index), BUFFER_BYTES, FIRST_ID + index);
    }

    long address(int index) {
      return buffers.address() + (long) index * BUFFER_BYTES;
    }

    void send(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment.copy(bytes, 0, message, ValueLayout.JAVA_BYTE, 0, bytes.length);
      assertEquals(bytes.length, Libc.send(sockets[1], message.address(), bytes.length, 0));
    }

    String text(Completion completion) {
      int index = CqeFlags.bufferId(completion.flags()) - FIRST_ID;
      MemorySegment received = buffers.asSlice((long) index * BUFFER_BYTES, completion.result());
      return new String(received.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      fixture.quiesce();
      group.close();
      fixture.close();
    }
  }

  @Test
  void multishotReceiveUsesTheBuffersInOrderUntilThereIsNone() throws Exception {
    try (Receiver receiver = new Receiver()) {
      RingFixture fixture = receiver.fixture;
      for (int index = 0; index < ENTRIES; index++) {
        receiver.provide(index);
      }
      receiver.group.publish();
      fixture.next(1).recvMultishot(receiver.sockets[0], GROUP, 0);
      assertEquals(1, fixture.ring.submit());
      for (int i = 0; i < ENTRIES; i++) {
        receiver.send("message " + i);
        Completion completion = fixture.await(i + 1).get(i);
        assertEquals(1, completion.userData());
        assertEquals("message 0".length(), completion.result());
        assertEquals(MORE, completion.flags() & MORE);
        assertEquals(FIRST_ID + i, CqeFlags.bufferId(completion.flags()));
        assertEquals("message " + i, receiver.text(completion));
      }

      receiver.send("late");
      Completion end = fixture.await(ENTRIES + 1).get(ENTRIES);
      assertEquals(-Errno.ENOBUFS, end.result());
      assertEquals(0, end.flags() & MORE, "terminal, without a buffer");

      fixture.forget();
      receiver.provide(2);
      receiver.group.publish();
      fixture.next(2).recvMultishot(receiver.sockets[0], GROUP, 0);
      Completion rearmed = fixture.await(1).get(0);
      assertEquals(2, rearmed.userData());
      assertEquals("late", receiver.text(rearmed));
      assertEquals(FIRST_ID + 2, CqeFlags.bufferId(rearmed.flags()));
    }
  }

  @Test
  void endOfStreamEndsAMultishotReceiveAndKeepsTheBuffer() throws Exception {
    try (Receiver receiver = new Receiver()) {
      RingFixture fixture = receiver.fixture;
      receiver.provide(0);
      receiver.group.publish();
      fixture.next(1).recvMultishot(receiver.sockets[0], GROUP, 0);
      assertEquals(1, fixture.ring.submit());
      assertEquals(0, Libc.shutdown(receiver.sockets[1], Libc.SHUT_RDWR));
      Completion end = fixture.await(1).get(0);
      assertEquals(0, end.result());
      assertEquals(0, end.flags() & CqeFlags.F_MORE);
    }
  }

  @Test
  void preparedBuffersAreHiddenUntilPublished() throws Exception {
    try (Receiver receiver = new Receiver()) {
      receiver.provide(0);
      receiver.send("early");
      RingFixture fixture = receiver.fixture;
      fixture.next(1).recv(receiver.sockets[0], 0, 0, 0).bufferSelect(GROUP);
      assertEquals(-Errno.ENOBUFS, fixture.await(1L).result());
      receiver.group.publish();
      fixture.next(2).recv(receiver.sockets[0], 0, 0, 0).bufferSelect(GROUP);
      Completion completion = fixture.await(2L);
      assertEquals("early", receiver.text(completion));
      assertEquals(0, completion.flags() & CqeFlags.F_MORE);
    }
  }

  @Test
  void tailGoesRoundItsSixteenBits() throws Exception {
    int messages = (1 << 16) + 3 * ENTRIES + 1;
    try (Receiver receiver = new Receiver()) {
      RingFixture fixture = receiver.fixture;
      for (int index = 0; index < ENTRIES; index++) {
        receiver.provide(index);
      }
      receiver.group.publish();
      fixture.next(1).recvMultishot(receiver.sockets[0], GROUP, 0);
      assertEquals(1, fixture.ring.submit());
      MemorySegment message = receiver.message;
      for (int i = 0; i < messages; i++) {
        message.set(ValueLayout.JAVA_INT, 0, i);
        assertEquals(4, Libc.send(receiver.sockets[1], message.address(), 4, 0));
        fixture.forget();
        Completion completion = fixture.await(1).get(0);
        int index = i % ENTRIES;
        assertEquals(4, completion.result());
        assertEquals(FIRST_ID + index, CqeFlags.bufferId(completion.flags()));
        assertEquals(i, receiver.buffers.get(ValueLayout.JAVA_INT, (long) index * BUFFER_BYTES));
        receiver.provide(index);
        receiver.group.publish();
      }
    }
  }

  @Test
  void eachRingAndEachNumberIsAGroupOfItsOwn() throws Exception {
    try (RingFixture one = RingFixture.open();
        RingFixture other = RingFixture.open();
        ProvidedBufferRing first = ProvidedBufferRing.register(one.ring, 7, 32768);
        ProvidedBufferRing second = ProvidedBufferRing.register(one.ring, 8, 1);
        ProvidedBufferRing third = ProvidedBufferRing.register(other.ring, 7, 1)) {
      assertEquals(List.of(7, 8, 7), List.of(first.groupId(), second.groupId(), third.groupId()));
      assertEquals(32768, first.entries());
      UringException taken =
          assertThrows(UringException.class, () -> ProvidedBufferRing.register(one.ring, 7, 16));
      assertEquals(Errno.EEXIST, taken.errno());
      assertEquals("group 7", taken.subject());
      assertTrue(taken.hint().contains("group of this number"), taken.hint());
    }
  }

  @Test
  void closedGroupCanBeRegisteredAgainAndTakesNoMoreBuffers() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, 7, 8);
      group.close();
      group.close();
      assertThrows(IllegalStateException.class, () -> group.add(0, 1, 1));
      assertThrows(IllegalStateException.class, group::publish);
      ProvidedBufferRing again = ProvidedBufferRing.register(fixture.ring, 7, 8);
      fixture.ring.close();
      again.close();
      assertThrows(IllegalStateException.class, again::publish);
    }
  }

  @Test
  void argumentsOutOfRangeAreNamed() throws Exception {
    try (RingFixture fixture = RingFixture.open();
        ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, 0, 2)) {
      Ring ring = fixture.ring;
      assertRefused("groupId -1 is not in 0..65535", () -> register(ring, -1, 1));
      assertRefused("groupId 65536 is not in 0..65535", () -> register(ring, 65536, 1));
      assertRefused("entries 0 is not in 1..32768", () -> register(ring, 1, 0));
      assertRefused("entries 65536 is not in 1..32768", () -> register(ring, 1, 65536));
      assertRefused("entries 6 is not a power of two in 1..32768", () -> register(ring, 1, 6));
      assertRefused("lengthBytes -1 is not in 0..2147483647", () -> group.add(0, -1, 0));
      assertRefused("bufferId -1 is not in 0..65535", () -> group.add(0, 1, -1));
      assertRefused("bufferId 65536 is not in 0..65535", () -> group.add(0, 1, 65536));
      group.add(0, 1, 0);
      group.add(0, 1, 1);
      assertThrows(AssertionError.class, () -> group.add(0, 1, 2));
    }
  }

  private static void register(Ring ring, int groupId, int entries) throws UringException {
    ProvidedBufferRing.register(ring, groupId, entries).close();
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
