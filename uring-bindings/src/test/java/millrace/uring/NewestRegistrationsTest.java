package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Registrations that few kernels and fewer devices have: they work, or are refused cleanly. */
class NewestRegistrationsTest {
  private static final int RETURN = 0x06;

  /** A classic BPF program that answers one number. */
  private static MemorySegment program(Arena arena, int answer) {
    MemorySegment instruction = arena.allocate(8, 8);
    instruction.set(ValueLayout.JAVA_SHORT, 0, (short) RETURN);
    instruction.set(ValueLayout.JAVA_INT, 4, answer);
    return instruction;
  }

  /** Mirrors liburing test/cbpf_filter.c. */
  @Test
  void filterRefusesWhatItsProgramRefusesOrIsRefusedItself() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      BpfFilter filter = new BpfFilter(Opcode.NOP, 0, 0, program(fixture.arena, 0));
      if (KernelSupport.probe().supports(RegisterOpcode.REGISTER_BPF_FILTER)) {
        filter.register(fixture.ring);
        fixture.next(1).nop();
        assertEquals(-Errno.EACCES, fixture.await(1L).result());
      } else {
        UringException refused =
            assertThrows(UringException.class, () -> filter.register(fixture.ring));
        assertEquals(Errno.EINVAL, refused.errno());
        assertEquals("NOP", refused.subject());
        assertTrue(refused.hint().contains("Linux 7.0"), refused.hint());
        assertThrows(UringException.class, filter::registerForThread);
        fixture.next(1).nop();
        assertEquals(0, fixture.await(1L).result(), "the ring goes on");
      }
    }
  }

  @Test
  void programsShapeIsChecked() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment odd = arena.allocate(12);
      assertThrows(IllegalArgumentException.class, () -> new BpfFilter(Opcode.NOP, 0, 0, odd));
      assertThrows(
          IllegalArgumentException.class,
          () -> new BpfFilter(Opcode.NOP, 0, 256, program(arena, 1)));
      assertThrows(
          IllegalArgumentException.class,
          () -> new BpfFilter(Opcode.NOP, 0, 0, MemorySegment.ofArray(new byte[8])));
    }
  }
}
