package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Buffer rings that are used bit by bit, that the kernel allocates, and their status. */
class BufferRingModesTest {
  private static final int GROUP = 3;
  private static final int BUFFER_BYTES = 64;

  /** A ring, a stream, and a buffer. */
  private static final class Stream implements AutoCloseable {
    final RingFixture fixture = RingFixture.open();
    final int[] sockets = fixture.socketPair(Libc.SOCK_STREAM);
    final MemorySegment buffers = fixture.arena.allocate(2 * BUFFER_BYTES);

    Stream() throws UringException {}

    /** Sends bytes of one value and receives them. */
    Completion pass(int value, int bytes) {
      MemorySegment message = fixture.arena.allocate(bytes).fill((byte) value);
      assertEquals(bytes, Libc.send(sockets[1], message.address(), bytes, 0));
      fixture.forget();
      fixture.next(1).recv(sockets[0], 0, 0, 0).bufferSelect(GROUP);
      return fixture.await(1L);
    }

    void assertFilled(int from, int to, int value) {
      for (int index = from; index < to; index++) {
        assertEquals(value, buffers.get(ValueLayout.JAVA_BYTE, index), "at " + index);
      }
    }

    @Override
    public void close() {
      fixture.close();
    }
  }

  /** Mirrors liburing test/read-inc-file.c and test/recvsend_bundle-inc.c. */
  @Test
  void incrementalBufferIsFilledBitByBitUntilItsEnd() throws Exception {
    assumeTrue(
        KernelSupport.probe().supportsIncrementalBufferRings(),
        KernelSupport.probe().incrementalBufferRingsReason());
    try (Stream stream = new Stream()) {
      int flags = ProvidedBufferRing.INC;
      ProvidedBufferRing group =
          ProvidedBufferRing.register(stream.fixture.ring, GROUP, 2, flags, 0);
      group.add(stream.buffers.address(), BUFFER_BYTES, 40);
      group.add(stream.buffers.address() + BUFFER_BYTES, BUFFER_BYTES, 41);
      group.publish();
      int more = CqeFlags.F_BUFFER | CqeFlags.F_BUF_MORE;

      Completion first = stream.pass(1, 10);
      assertEquals(10, first.result());
      assertEquals(more, first.flags() & more);
      assertEquals(40, CqeFlags.bufferId(first.flags()));
      assertEquals(2, group.available(), "the first buffer is not used up");

      Completion second = stream.pass(2, BUFFER_BYTES - 10);
      assertEquals(BUFFER_BYTES - 10, second.result());
      assertEquals(CqeFlags.F_BUFFER, second.flags() & more, "used up");
      assertEquals(40, CqeFlags.bufferId(second.flags()));
      stream.assertFilled(0, 10, 1);
      stream.assertFilled(10, BUFFER_BYTES, 2);
      assertEquals(1, group.available());

      Completion third = stream.pass(3, 5);
      assertEquals(41, CqeFlags.bufferId(third.flags()));
      stream.assertFilled(BUFFER_BYTES, BUFFER_BYTES + 5, 3);
      group.close();
    }
  }

  /** Mirrors liburing test/buf-ring-nommap.c and test/buf-ring.c: memory of the kernel. */
  @Test
  void kernelAllocatesAndMapsTheRing() throws Exception {
    assumeTrue(
        KernelSupport.probe().supportsKernelBufferRings(),
        KernelSupport.probe().kernelBufferRingsReason());
    try (Stream stream = new Stream()) {
      for (int round = 0; round < 3; round++) {
        int flags = ProvidedBufferRing.MMAP;
        ProvidedBufferRing group =
            ProvidedBufferRing.register(stream.fixture.ring, GROUP, 512, flags, 0);
        for (int index = 0; index < 600; index++) {
          group.add(stream.buffers.address(), BUFFER_BYTES, index);
          group.publish();
          Completion completion = stream.pass(index % 100, 7);
          assertEquals(7, completion.result());
          assertEquals(index, CqeFlags.bufferId(completion.flags()));
          stream.assertFilled(0, 7, index % 100);
        }
        group.close();
        assertThrows(IllegalStateException.class, () -> group.add(0, 1, 1));
      }
    }
  }

  /** Mirrors liburing test/ringbuf-status.c. */
  @Test
  void statusTellsHowFarTheBuffersAreUsed() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(RegisterOpcode.REGISTER_PBUF_STATUS),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_PBUF_STATUS));
    try (Stream stream = new Stream()) {
      ProvidedBufferRing group = ProvidedBufferRing.register(stream.fixture.ring, GROUP, 4);
      assertEquals(0, group.head());
      assertEquals(0, group.available());
      for (int index = 0; index < 4; index++) {
        group.add(stream.buffers.address(), BUFFER_BYTES, index);
      }
      assertEquals(0, group.available(), "not published");
      group.publish();
      assertEquals(4, group.available());
      for (int used = 1; used <= 4; used++) {
        assertEquals(1, stream.pass(used, 1).result());
        assertEquals(List.of(used, 4 - used), List.of(group.head(), group.available()));
      }
      group.close();
      assertEquals(-Errno.ENOENT, group.head());
    }
  }

  @Test
  void ringGoesOnWhenItsTailHasWrapped() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(RegisterOpcode.REGISTER_PBUF_STATUS),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_PBUF_STATUS));
    int entries = 256;
    try (RingFixture fixture = RingFixture.open()) {
      fixture.next(0).openat(Libc.AT_FDCWD, fixture.path(Path.of("/dev/zero")), Libc.O_RDONLY, 0);
      int zeros = fixture.own(fixture.await(0L).result());
      long buffer = fixture.buffer(1);
      ProvidedBufferRing group = ProvidedBufferRing.register(fixture.ring, GROUP, entries);
      for (int round = 0; round <= 65536 / entries; round++) {
        for (int index = 0; index < entries; index++) {
          group.add(buffer, 1, index);
        }
        group.publish();
        assertEquals(entries, group.available());
        fixture.forget();
        for (int index = 0; index < entries; index++) {
          fixture.next(index).read(zeros, 0, 1, 0).bufferSelect(GROUP);
        }
        List<Completion> seen = fixture.await(entries);
        for (int index = 0; index < entries; index++) {
          assertEquals(1, seen.get(index).result());
          assertEquals(index, CqeFlags.bufferId(seen.get(index).flags()));
        }
        assertEquals(0, group.available());
      }
      assertEquals(entries, group.head(), "it has wrapped");
      group.close();
    }
  }

  @Test
  void modesThatTheKernelLacksAreRefusedCleanly() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      Ring ring = fixture.ring;
      assertThrows(
          IllegalArgumentException.class, () -> ProvidedBufferRing.register(ring, 1, 1, 4, 0));
      assertThrows(
          IllegalArgumentException.class, () -> ProvidedBufferRing.register(ring, 1, 1, 0, -1));
      int flags = ProvidedBufferRing.INC;
      try (ProvidedBufferRing group = ProvidedBufferRing.register(ring, 1, 1, flags, 8)) {
        assertEquals(1, group.entries());
      } catch (UringException e) {
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.hint().contains("minLeftBytes a kernel"), e.hint());
      }
      ProvidedBufferRing.register(ring, 1, 1).close();
    }
  }
}
