package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WheelSlotsTest {
  private static final int SLOTS = 5;

  @Test
  void anEntryTellsItsNumberAndTheLowHalfOfItsTick() {
    long entry = WheelSlots.entry(0x3FFF_FFFF, 0xFEDC_BA98_F654_3210L);
    assertEquals(0x3FFF_FFFF, WheelSlots.number(entry));
    assertEquals(0xF654_3210L, WheelSlots.tickLow(entry));
  }

  /** Against a map of sets; places are checked after each step, and the room is all in use. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 100, 1000})
  void slotsHoldWhatWasAddedToThemWhereTheySay(int maxEntries) {
    WheelSlots slots = new WheelSlots(SLOTS, maxEntries);
    List<Set<Long>> model = new ArrayList<>();
    for (int slot = 0; slot < SLOTS; slot++) {
      model.add(new HashSet<>());
    }
    Map<Integer, Integer> places = new HashMap<>();
    Random random = new Random(maxEntries);
    for (int step = 0; step < 20 * maxEntries + 1000; step++) {
      int slot = random.nextInt(SLOTS);
      int choice = random.nextInt(100);
      if (choice < 55 && places.size() < maxEntries) {
        int number = freeNumber(places, maxEntries, random);
        long entry = WheelSlots.entry(number, step);
        places.put(number, slots.add(slot, entry));
        model.get(slot).add(entry);
      } else if (choice < 98 && !places.isEmpty()) {
        remove(slots, model, places, random);
      } else if (!slots.isEmpty(slot)) {
        removeFirst(slots, model.get(slot), slot, places);
      }
      check(slots, model, places);
    }
  }

  private static int freeNumber(Map<Integer, Integer> places, int maxEntries, Random random) {
    int number = random.nextInt(maxEntries);
    while (places.containsKey(number)) {
      number = (number + 1) % maxEntries;
    }
    return number;
  }

  private static void remove(
      WheelSlots slots, List<Set<Long>> model, Map<Integer, Integer> places, Random random) {
    List<Integer> numbers = new ArrayList<>(places.keySet());
    int number = numbers.get(random.nextInt(numbers.size()));
    int place = places.remove(number);
    long removed = slots.entry(place);
    assertEquals(number, WheelSlots.number(removed));
    long moved = slots.remove(place);
    if (moved != removed) {
      places.put(WheelSlots.number(moved), place);
    }
    assertEquals(1, model.stream().filter(slot -> slot.remove(removed)).count());
  }

  private static void removeFirst(
      WheelSlots slots, Set<Long> model, int slot, Map<Integer, Integer> places) {
    int first = slots.first(slot);
    int count = slots.firstCount(slot);
    assertEquals(Math.min(count, model.size()), count);
    for (int place = first; place < first + count; place++) {
      long entry = slots.entry(place);
      assertTrue(model.remove(entry));
      assertEquals(place, places.remove(WheelSlots.number(entry)));
    }
    slots.removeFirst(slot);
  }

  private static void check(WheelSlots slots, List<Set<Long>> model, Map<Integer, Integer> places) {
    places.forEach((number, place) -> assertEquals(number, WheelSlots.number(slots.entry(place))));
    for (int slot = 0; slot < SLOTS; slot++) {
      assertEquals(model.get(slot).isEmpty(), slots.isEmpty(slot));
      Set<Long> met = new HashSet<>();
      for (int place = slots.last(slot); place != WheelSlots.NONE; place = slots.before(place)) {
        assertTrue(met.add(slots.entry(place)), "met twice");
      }
      assertEquals(model.get(slot), met);
    }
  }

  @Test
  void entriesLieSideBySideInTheOrderInWhichTheyCame() {
    WheelSlots slots = new WheelSlots(2, 40);
    for (int number = 0; number < 40; number++) {
      slots.add(1, WheelSlots.entry(number, number));
    }
    int met = 0;
    while (!slots.isEmpty(1)) {
      int first = slots.first(1);
      int count = slots.firstCount(1);
      assertEquals(Math.min(WheelSlots.BLOCK_SIZE, 40 - met), count);
      for (int place = first; place < first + count; place++) {
        assertEquals(WheelSlots.entry(met, met), slots.entry(place));
        met++;
      }
      slots.removeFirst(1);
    }
    assertEquals(40, met);
  }
}
