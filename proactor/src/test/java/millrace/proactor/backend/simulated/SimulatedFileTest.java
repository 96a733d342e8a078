package millrace.proactor.backend.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SimulatedFileTest {

  private static MemorySegment bytes(int count, int value) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) value);
    return MemorySegment.ofArray(bytes);
  }

  @Test
  void whatWasSyncedSurvivesACrash() {
    SimulatedFile file = SimulatedFile.regular(1, SimulatedFile.USUAL_MODE);
    file.write(0, bytes(2000, 1), 2000);
    file.sync();
    byte[] synced = file.content();
    file.write(2000, bytes(3000, 2), 3000);
    file.crash(new SplittableRandom(4));
    assertArrayEquals(synced, Arrays.copyOf(file.content(), 2000));
  }

  @Test
  void whatWasNotSyncedIsTornSectorBySector() {
    boolean torn = false;
    for (int seed = 0; seed < 50; seed++) {
      SimulatedFile file = SimulatedFile.regular(1, SimulatedFile.USUAL_MODE);
      file.write(0, bytes(4096, 1), 4096);
      file.sync();
      file.write(0, bytes(4096, 2), 4096);
      boolean saysTorn = file.crash(new SplittableRandom(seed));
      byte[] left = file.content();
      boolean mixed = false;
      for (int at = 0; at < left.length; at++) {
        assertTrue(left[at] == 1 || left[at] == 2, "byte " + at + " is " + left[at]);
        assertEquals(left[at & -512], left[at], "a sector is old or new as a whole");
        mixed |= left[at] != left[0];
      }
      assertEquals(mixed, saysTorn);
      torn |= saysTorn;
    }
    assertTrue(torn, "in 50 crashes no order was torn");
  }

  @Test
  void whatAFailedSyncHasNotWrittenIsWrittenByNoOther() {
    for (int seed = 0; seed < 50; seed++) {
      SimulatedFile file = SimulatedFile.regular(1, SimulatedFile.USUAL_MODE);
      file.write(0, bytes(1000, 1), 1000);
      file.sync();
      file.write(0, bytes(1500, 2), 1500);
      file.syncFailed(() -> true);
      assertArrayEquals(bytes(1500, 2).toArray(ValueLayout.JAVA_BYTE), file.content());
      file.sync();
      // Written again, it is as good as new.
      file.write(512, bytes(1, 3), 1);
      file.sync();
      file.crash(new SplittableRandom(seed));
      byte[] left = file.content();
      assertEquals(1500, left.length);
      assertAll(left, 0, 512, 1);
      assertEquals(3, left[512]);
      assertAll(left, 513, 1024, 2);
      assertAll(left, 1024, 1500, 0);
    }
  }

  private static void assertAll(byte[] bytes, int from, int to, int value) {
    for (int at = from; at < to; at++) {
      assertEquals(value, bytes[at], "byte " + at);
    }
  }

  @Test
  void pathsThatLeaveADirectoryHaveNoPlaceBeneathIt() {
    assertEquals("/www/a/../b", SimulatedDisk.beneath("/www", "a/../b"));
    assertNull(SimulatedDisk.beneath("/www", "../etc/passwd"));
    assertNull(SimulatedDisk.beneath("/www", "a/../../www/b"));
    assertNull(SimulatedDisk.beneath("/www", "/etc/passwd"));
  }
}
