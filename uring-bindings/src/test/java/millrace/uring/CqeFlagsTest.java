package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CqeFlagsTest {

  @Test
  void theIdOfABufferComesBackFromTheFlagsMadeOfIt() {
    for (int id : new int[] {0, 1, 255, 32767, 32768, 65535}) {
      int flags = CqeFlags.ofBuffer(id) | CqeFlags.F_MORE;
      assertEquals(id, CqeFlags.bufferId(flags));
      assertEquals(CqeFlags.F_BUFFER | CqeFlags.F_MORE, flags & 0xffff);
    }
  }
}
