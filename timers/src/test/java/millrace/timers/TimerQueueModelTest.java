package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Random sequences of operations against {@link ModelTimerQueue}. */
class TimerQueueModelTest {
  private static final int TIMERS = 24;
  private static final int MAX_LIVE = 20;

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void aWheelBehavesAsASortedMap(
      @ForAll("instants") long startNanos,
      @ForAll("ticks") long tickNanos,
      @ForAll("operations") List<TimerOperation> operations) {
    run(new TimerWheel(startNanos, tickNanos, MAX_LIVE), operations);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void aHeapBehavesAsASortedMap(
      @ForAll("instants") long startNanos, @ForAll("operations") List<TimerOperation> operations) {
    run(new TimerHeap(startNanos, MAX_LIVE), operations);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void aTableBehavesAsASortedMap(
      @ForAll("instants") long startNanos, @ForAll("operations") List<TimerOperation> operations) {
    run(new WatchedTable(startNanos, MAX_LIVE), operations);
  }

  @Property(tries = 50, edgeCases = EdgeCasesMode.NONE)
  void equalSeedsGiveEqualTraces(
      @ForAll long seed, @ForAll("instants") long startNanos, @ForAll("ticks") long tickNanos) {
    List<String> trace = run(new TimerWheel(startNanos, tickNanos, MAX_LIVE), sequence(seed));
    assertEquals(trace, run(new TimerWheel(startNanos, tickNanos, MAX_LIVE), sequence(seed)));
  }

  /** The wheel rounds instants, not the order: with a tick of a nanosecond it is a heap. */
  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void aWheelOfOneNanosecondAndAHeapGiveEqualTraces(
      @ForAll("instants") long startNanos, @ForAll("operations") List<TimerOperation> operations) {
    // A wheel may ask for a call earlier than a heap, to cascade: only the times at which both are
    // told to expire are the same for both.
    List<TimerOperation> common =
        operations.stream()
            .filter(each -> each.kind() != TimerOperation.Kind.EXPIRE_AT_NEXT_DEADLINE)
            .toList();
    assertEquals(
        run(new TimerHeap(startNanos, MAX_LIVE), common),
        run(new TimerWheel(startNanos, 1, MAX_LIVE), common));
  }

  private List<TimerOperation> sequence(long seed) {
    return operations().generator(1000).next(new Random(seed)).value();
  }

  private static List<String> run(TimerQueue queue, List<TimerOperation> operations) {
    return new TimerQueueHarness(queue, TIMERS).run(operations);
  }

  @Provide
  Arbitrary<Long> instants() {
    return Arbitraries.oneOf(
        Arbitraries.longs(),
        Arbitraries.of(0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1000));
  }

  @Provide
  Arbitrary<Long> ticks() {
    return Arbitraries.of(
        1L, 2L, 3L, 10L, 1000L, 1024L, 1_000_000L, 1L << 20, 1L << 40, TimerWheel.MAX_TICK_NANOS);
  }

  @Provide
  Arbitrary<List<TimerOperation>> operations() {
    return operation().list().ofMinSize(1).ofMaxSize(120);
  }

  private static Arbitrary<TimerOperation> operation() {
    Arbitrary<TimerOperation.Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(10, TimerOperation.Kind.START),
            Tuple.of(3, TimerOperation.Kind.CANCEL),
            Tuple.of(4, TimerOperation.Kind.EXPIRE),
            Tuple.of(3, TimerOperation.Kind.EXPIRE_AT_NEXT_DEADLINE),
            Tuple.of(1, TimerOperation.Kind.DRAIN),
            Tuple.of(1, TimerOperation.Kind.THROW));
    Arbitrary<Integer> limits =
        Arbitraries.oneOf(Arbitraries.integers().between(0, 4), Arbitraries.just(1000));
    return Combinators.combine(
            kinds,
            Arbitraries.integers().between(0, TIMERS - 1),
            distances(),
            limits,
            Arbitraries.of(true, false))
        .as(TimerOperation::new);
  }

  /** Small distances, those around every level boundary of a wheel, and the ends of the range. */
  private static Arbitrary<Long> distances() {
    Arbitrary<Long> boundaries =
        Combinators.combine(
                Arbitraries.integers().between(0, 62), Arbitraries.longs().between(-2, 2))
            .as((bit, offset) -> (1L << bit) + offset);
    Arbitrary<Long> extremes =
        Arbitraries.of(Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE, Long.MIN_VALUE + 1);
    return Arbitraries.oneOf(
        Arbitraries.longs().between(-3, 3),
        Arbitraries.longs().between(-5000, 5000),
        boundaries,
        boundaries.map(nanos -> -nanos),
        extremes,
        Arbitraries.longs());
  }
}
