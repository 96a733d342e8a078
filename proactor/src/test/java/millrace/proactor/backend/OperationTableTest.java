package millrace.proactor.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OperationTableTest {

  @Test
  void aTokenOfAnEarlierUseOfTheSlotIsStale() {
    OperationTable table = new OperationTable(1);
    Operation first = table.claim(false);
    long old = first.token();
    table.free(first);
    Operation second = table.claim(false);
    assertSame(first, second);
    assertNotEquals(old, second.token());
    assertNull(table.lookup(old));
    assertEquals(1, table.staleCompletions());
    assertSame(second, table.lookup(second.token()));
    assertNull(table.find(old));
    assertEquals(1, table.staleCompletions());
  }

  @Test
  void tokensThatWereNeverGivenAreStaleToo() {
    OperationTable table = new OperationTable(4);
    assertNull(table.lookup(0));
    assertNull(table.lookup(-1));
    assertNull(table.lookup(3));
    assertEquals(3, table.staleCompletions());
  }

  @Test
  void reservationsLeaveRoomForThemselves() {
    OperationTable table = new OperationTable(4);
    assertTrue(table.reserve(3));
    Operation free = table.claim(false);
    assertNotNull(free);
    assertNull(table.claim(false), "the rest is set aside");
    assertFalse(table.reserve(1));
    List<Operation> reserved = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      reserved.add(table.claim(true));
    }
    assertEquals(4, table.inFlight());
    reserved.forEach(table::free);
    table.unreserve(3);
    assertNotNull(table.claim(false));
    assertEquals(2, table.inFlight());
    assertEquals(2, table.refusals());
  }

  @Property(tries = 300)
  void behavesLikeAMapOfLiveTokens(
      @ForAll @IntRange(min = 1, max = 8) int capacity,
      @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 15) Integer> steps) {
    OperationTable table = new OperationTable(capacity);
    Map<Long, Operation> live = new HashMap<>();
    List<Long> dead = new ArrayList<>();
    for (int step : steps) {
      if (step % 2 == 0) {
        Operation claimed = table.claim(false);
        assertEquals(live.size() < capacity, claimed != null);
        if (claimed != null) {
          assertFalse(dead.contains(claimed.token()));
          assertNull(live.put(claimed.token(), claimed));
        }
      } else if (!live.isEmpty()) {
        long token = live.keySet().stream().sorted().skip(step % live.size()).findFirst().get();
        table.free(live.remove(token));
        dead.add(token);
      }
      assertEquals(live.size(), table.inFlight());
      live.forEach((token, operation) -> assertSame(operation, table.find(token)));
      dead.forEach(token -> assertNull(table.find(token)));
    }
  }
}
