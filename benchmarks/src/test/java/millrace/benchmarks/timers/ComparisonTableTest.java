package millrace.benchmarks.timers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.annotations.Param;

class ComparisonTableTest {

  @ParameterizedTest
  @EnumSource
  void aTableIsFoundByItsLabel(ComparisonTable table) {
    assertTrue(table.label().matches("[a-z-]+"), table.label());
    assertSame(table, ComparisonTable.of(table.label()));
  }

  @Test
  void anUnknownTableIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> ComparisonTable.of("start_cancel"));
  }

  @ParameterizedTest
  @EnumSource
  void everyRowNamesAContenderThatCanBeMadeAndABenchmarkThatCanDriveIt(ComparisonTable table) {
    for (ComparisonTable.Row row : table.rows) {
      try (TimerContender contender = TimerContender.of(row.contender(), 1, 1)) {
        boolean needsAThread = row.benchmark() == StartExpireRealTimeBenchmark.class;
        assertTrue(!needsAThread || contender instanceof RealTimeTimers, row::toString);
        if (row.benchmark() == StartExpireBenchmark.class) {
          assertDoesNotThrow(() -> contender.advance(1, new Delays(1, 1)), row::toString);
        }
      }
    }
  }

  @Test
  void theTablesOfTheIssueHaveAllContendersAtAllNumbersOfTimers() {
    List<Integer> lives = List.of(1_000, 100_000, 1_000_000);
    assertEquals(lives, ComparisonTable.START_CANCEL.lives);
    assertEquals(lives, ComparisonTable.START_CANCEL_JDK.lives);
    assertEquals(lives, ComparisonTable.START_EXPIRE.lives);
    assertEquals(lives, ComparisonTable.START_EXPIRE_THREADS.lives);
    List<String> others =
        List.of(
            "HashedWheelTimer", "DeadlineTimerWheel", "ScheduledThreadPoolExecutor", "DelayQueue");
    assertTrue(
        contenders(ComparisonTable.START_CANCEL, ComparisonTable.START_CANCEL_JDK)
            .containsAll(others));
    assertTrue(
        contenders(ComparisonTable.START_EXPIRE, ComparisonTable.START_EXPIRE_THREADS)
            .containsAll(others));
  }

  private static List<String> contenders(ComparisonTable... tables) {
    return Arrays.stream(tables)
        .flatMap(table -> table.rows.stream())
        .map(ComparisonTable.Row::contender)
        .toList();
  }

  @Test
  void theBenchmarksThemselvesRunAtTheSameNumbersOfTimers() throws Exception {
    for (Class<?> benchmark :
        List.of(
            StartCancelBenchmark.class,
            StartExpireBenchmark.class,
            StartExpireRealTimeBenchmark.class)) {
      Param live = benchmark.getField("live").getAnnotation(Param.class);
      assertEquals(List.of("1000", "100000", "1000000"), List.of(live.value()));
    }
  }
}
