package millrace.benchmarks.timers;

import java.util.List;
import java.util.Locale;

/**
 * The tables that {@code benchmarks/timers.sh} prints; the first of the rows is what ratios are to.
 */
@SuppressWarnings("ImmutableEnumChecker") // The lists are those of List.of.
enum ComparisonTable {
  START_CANCEL(
      3,
      List.of(1_000, 100_000, 1_000_000),
      List.of(
          Row.startCancel("TimerWheel"),
          Row.startCancel("DeadlineTimerWheel"),
          Row.startCancel("DeadlineTimerWheel+map"),
          Row.startCancel("HashedWheelTimer"))),
  START_CANCEL_JDK(
      3,
      List.of(1_000, 100_000, 1_000_000),
      List.of(
          Row.startCancel("TimerWheel"),
          Row.startCancel("TimerHeap"),
          Row.startCancel("ScheduledThreadPoolExecutor"),
          Row.startCancel("DelayQueue"))),
  START_EXPIRE(
      3,
      List.of(1_000, 100_000, 1_000_000),
      List.of(
          Row.startExpire("TimerWheel"),
          Row.startExpire("DeadlineTimerWheel"),
          Row.startExpire("DeadlineTimerWheel+map"),
          Row.startExpire("DelayQueue"))),
  START_EXPIRE_THREADS(
      3,
      List.of(1_000, 100_000, 1_000_000),
      List.of(
          Row.startExpire("TimerWheel"),
          new Row(StartExpireRealTimeBenchmark.class, "HashedWheelTimer"),
          new Row(StartExpireRealTimeBenchmark.class, "ScheduledThreadPoolExecutor"))),
  HEAP_SHAPES_CANCEL(3, List.of(100, 10_000, 1_000_000), shapes(StartCancelBenchmark.class)),
  HEAP_SHAPES_EXPIRE(3, List.of(100, 10_000, 1_000_000), shapes(StartExpireBenchmark.class)),
  CROSSOVER_CANCEL(
      3,
      List.of(10, 30, 100, 1_000, 10_000),
      List.of(Row.startCancel("TimerWheel"), Row.startCancel("TimerHeap"))),
  CROSSOVER_EXPIRE(
      3,
      List.of(10, 30, 100, 1_000, 10_000),
      List.of(Row.startExpire("TimerWheel"), Row.startExpire("TimerHeap")));

  /** One contender in one benchmark. */
  record Row(Class<?> benchmark, String contender) {
    static Row startCancel(String contender) {
      return new Row(StartCancelBenchmark.class, contender);
    }

    static Row startExpire(String contender) {
      return new Row(StartExpireBenchmark.class, contender);
    }
  }

  final int forks;
  final List<Integer> lives;
  final List<Row> rows;

  ComparisonTable(int forks, List<Integer> lives, List<Row> rows) {
    this.forks = forks;
    this.lives = lives;
    this.rows = rows;
  }

  private static List<Row> shapes(Class<?> benchmark) {
    return List.of(
        new Row(benchmark, "heap4"),
        new Row(benchmark, "heap2"),
        new Row(benchmark, "heap8"),
        new Row(benchmark, "pairing"));
  }

  /** As the command line has it. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The table of a label. */
  static ComparisonTable of(String label) {
    for (ComparisonTable table : values()) {
      if (table.label().equals(label)) {
        return table;
      }
    }
    throw new IllegalArgumentException("no such table: " + label);
  }
}
