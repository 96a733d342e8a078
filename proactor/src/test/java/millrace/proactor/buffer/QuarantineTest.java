package millrace.proactor.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class QuarantineTest {

  private final Arena arena = Arena.ofShared();

  @Test
  void aTemporaryQuarantineFreesWhatItsThreadHasPutIntoIt() {
    int kept = Quarantine.size();
    try (Quarantine.Temporary _ = Quarantine.temporary()) {
      Quarantine.keep(arena);
      assertTrue(arena.scope().isAlive());
      assertThrows(IllegalStateException.class, Quarantine::temporary);
    }
    assertFalse(arena.scope().isAlive());
    assertEquals(kept, Quarantine.size());
  }

  @Test
  void whatOtherThreadsPutIntoQuarantineIsKeptForEver() throws InterruptedException {
    int kept = Quarantine.size();
    try (Quarantine.Temporary _ = Quarantine.temporary()) {
      Thread.ofPlatform().start(() -> Quarantine.keep(arena)).join();
    }
    assertTrue(arena.scope().isAlive());
    assertEquals(kept + 1, Quarantine.size());
  }

  @Test
  void afterATemporaryQuarantineThingsAreKeptForEverAgain() {
    Quarantine.temporary().close();
    int kept = Quarantine.size();
    Quarantine.keepObject("something");
    assertEquals(kept + 1, Quarantine.size());
  }
}
