package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Buffers provided one operation at a time, as before there were rings of them. */
class LegacyBuffersSemanticsTest {
  private static final int GROUP = 6;
  private static final int BYTES = 16;

  private RingFixture fixture;
  private MemorySegment memory;
  private int[] pipe;

  @BeforeEach
  void open() throws Exception {
    fixture = RingFixture.open();
    memory = fixture.arena.allocate(8 * BYTES);
    pipe = fixture.pipe();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private int provide(int count, int firstId) {
    return fixture.run(
        fixture.next(0).provideBuffers(memory.address(), BYTES, count, GROUP, firstId));
  }

  private Completion readSelected() {
    fixture.forget();
    fixture.next(1).read(pipe[0], 0, BYTES, Sqe.AT_FILE_POSITION).bufferSelect(GROUP);
    return fixture.await(1L);
  }

  private void write(String text) {
    MemorySegment bytes = fixture.arena.allocateFrom(text);
    assertEquals(bytes.byteSize(), Libc.write(pipe[1], bytes.address(), bytes.byteSize()));
  }

  /** Mirrors liburing test/read-write.c (buffer select). */
  @Test
  void readTakesOneBufferAndKeepsItUntilItIsProvidedAgain() {
    assertEquals(0, provide(2, 100));
    for (int i = 0; i < 2; i++) {
      write("text " + i);
      Completion completion = readSelected();
      assertEquals(7, completion.result());
      int index = CqeFlags.bufferId(completion.flags()) - 100;
      assertEquals("text " + i, memory.getString((long) index * BYTES));
    }
    write("late");
    assertEquals(-Errno.ENOBUFS, readSelected().result());
    assertEquals(0, provide(1, 100));
    assertEquals(5, readSelected().result());
    assertEquals("late", memory.getString(0));
  }

  /** Mirrors liburing test/read-write.c (remove buffers). */
  @Test
  void removalCountsWhatItTookAndKnowsNoOtherGroup() {
    assertEquals(0, provide(4, 0));
    assertEquals(3, fixture.run(fixture.next(0).removeBuffers(3, GROUP)));
    assertEquals(1, fixture.run(fixture.next(0).removeBuffers(10, GROUP)));
    assertEquals(-Errno.ENOENT, fixture.run(fixture.next(0).removeBuffers(1, GROUP + 1)));
    write("x");
    assertEquals(-Errno.ENOBUFS, readSelected().result());
  }

  /** Mirrors liburing test/buf-ring.c (mixing both kinds in a group). */
  @Test
  void groupIsOfOneKind() throws Exception {
    assertEquals(0, provide(1, 0));
    ProvidedBufferRing other = ProvidedBufferRing.register(fixture.ring, GROUP + 1, 4);
    Sqe entry = fixture.next(0).provideBuffers(memory.address(), BYTES, 1, GROUP + 1, 0);
    assertEquals(-Errno.EINVAL, fixture.run(entry));
    assertEquals(-Errno.EINVAL, fixture.run(fixture.next(0).removeBuffers(1, GROUP + 1)));
    other.close();
  }

  /** Mirrors liburing test/read-write.c: the whole id range, and what is beyond it. */
  @Test
  void idsBeyondSixteenBitsAreRefused() {
    assertEquals(0, provide(1, 65535));
    assertEquals(-Errno.EINVAL, provide(2, 65535));
  }

  /** Mirrors liburing test/read-write.c (buffer select with a group that does not exist). */
  @Test
  void selectionFromAnUnknownGroupFindsNoBuffer() {
    write("x");
    assertEquals(-Errno.ENOBUFS, readSelected().result());
  }
}
