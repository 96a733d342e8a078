package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sends and receives that use several buffers of a group in one completion (since 6.10). */
class BundleSemanticsTest {
  private static final int GROUP = 4;
  private static final int BUFFERS = 8;
  private static final int BUFFER_BYTES = 16;

  private RingFixture fixture;
  private ProvidedBufferRing group;
  private MemorySegment memory;
  private int[] pair;

  @BeforeEach
  void open() throws Exception {
    fixture = RingFixture.open();
    group = ProvidedBufferRing.register(fixture.ring, GROUP, BUFFERS);
    memory = fixture.arena.allocate(BUFFERS * BUFFER_BYTES);
    pair = fixture.tcpPair();
    assertTrue(fixture.ring.features().contains(Feature.RECVSEND_BUNDLE));
  }

  @AfterEach
  void close() {
    fixture.quiesce();
    group.close();
    fixture.close();
  }

  private void provide(int from, int to) {
    for (int buffer = from; buffer < to; buffer++) {
      group.add(memory.address() + (long) buffer * BUFFER_BYTES, BUFFER_BYTES, buffer);
    }
    group.publish();
  }

  private MemorySegment numbered(int bytes) {
    MemorySegment numbers = fixture.arena.allocate(bytes);
    for (int i = 0; i < bytes; i++) {
      numbers.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    return numbers;
  }

  private void sendByCall(MemorySegment bytes) {
    long size = bytes.byteSize();
    assertEquals(size, Libc.send(pair[0], bytes.address(), size, 0));
  }

  /** Mirrors liburing test/recvsend_bundle.c (receive). */
  @Test
  void oneCompletionFillsSeveralBuffersAndTheNextGoesOnBehindThem() {
    provide(0, BUFFERS);
    MemorySegment sent = numbered(3 * BUFFER_BYTES + 5);
    sendByCall(sent);
    // The kernel may end a bundle with the last buffer that the data fills.
    fixture.next(1).recvBundle(pair[1], GROUP, 0);
    Completion first = fixture.await(1L);
    assertTrue(first.result() >= 3 * BUFFER_BYTES, first::toString);
    assertEquals(0, CqeFlags.bufferId(first.flags()));
    if (first.result() < sent.byteSize()) {
      assertEquals(CqeFlags.F_SOCK_NONEMPTY, first.flags() & CqeFlags.F_SOCK_NONEMPTY);
      fixture.next(2).recvBundle(pair[1], GROUP, 0);
      Completion second = fixture.await(2L);
      assertEquals(sent.byteSize() - first.result(), second.result());
      assertEquals(3, CqeFlags.bufferId(second.flags()));
    }
    assertEquals(-1, sent.mismatch(memory.asSlice(0, sent.byteSize())));
  }

  /** Mirrors liburing test/recvsend_bundle.c (too few buffers). */
  @Test
  void bundleTakesWhatFitsAndLeavesTheRestInTheSocket() {
    provide(0, 2);
    MemorySegment sent = numbered(3 * BUFFER_BYTES);
    sendByCall(sent);
    fixture.next(1).recvBundle(pair[1], GROUP, 0);
    assertEquals(2 * BUFFER_BYTES, fixture.await(1L).result());
    fixture.next(2).recvBundle(pair[1], GROUP, 0);
    assertEquals(-Errno.ENOBUFS, fixture.await(2L).result());
    provide(2, 3);
    fixture.next(3).recvBundle(pair[1], GROUP, 0);
    assertEquals(BUFFER_BYTES, fixture.await(3L).result());
    assertEquals(-1, sent.mismatch(memory.asSlice(0, sent.byteSize())));
  }

  /** Mirrors liburing test/recvsend_bundle.c (multishot). */
  @Test
  void multishotReceiveInBundlesGoesOnBehindTheBuffersItUsed() {
    provide(0, BUFFERS);
    fixture
        .next(1)
        .recvMultishot(pair[1], GROUP, 0)
        .ioprio(SqeFlags.RECV_MULTISHOT | SqeFlags.RECVSEND_BUNDLE);
    assertEquals(1, fixture.ring.submit());
    int nextBuffer = 0;
    int[] lengths = {2 * BUFFER_BYTES, 1, 3 * BUFFER_BYTES};
    for (int i = 0; i < lengths.length; i++) {
      sendByCall(numbered(lengths[i]));
      Completion completion = fixture.await(i + 1).get(i);
      assertEquals(lengths[i], completion.result());
      assertEquals(CqeFlags.F_MORE, completion.flags() & CqeFlags.F_MORE);
      assertEquals(nextBuffer, CqeFlags.bufferId(completion.flags()));
      nextBuffer += (lengths[i] + BUFFER_BYTES - 1) / BUFFER_BYTES;
    }
  }

  /** Mirrors liburing test/recvsend_bundle.c (send). */
  @Test
  void bundleSendsAllBuffersOfAGroupInTheirOrder() {
    MemorySegment sent = numbered(3 * BUFFER_BYTES);
    memory.copyFrom(sent);
    provide(0, 3);
    MemorySegment received = fixture.arena.allocate(3 * BUFFER_BYTES);
    fixture.next(1).sendBundle(pair[0], GROUP, 0);
    fixture.next(2).recv(pair[1], received.address(), 3 * BUFFER_BYTES, Libc.MSG_WAITALL);
    Completion completion = fixture.await(1L);
    assertEquals(3 * BUFFER_BYTES, completion.result());
    assertEquals(0, CqeFlags.bufferId(completion.flags()));
    assertEquals(3 * BUFFER_BYTES, fixture.await(2L).result());
    assertEquals(-1, sent.mismatch(received));
    fixture.next(3).sendBundle(pair[0], GROUP, 0);
    assertEquals(-Errno.ENOBUFS, fixture.await(3L).result());
  }
}
