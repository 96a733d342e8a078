package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import millrace.uring.RingAction.Kind;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

/** Random sequences of submissions, cancels and refills on a ring, against {@link RingModel}. */
class RingModelTest {
  // Small, so that sequences go round the queues and beyond the completion queue.
  private static final int SUBMISSION_ENTRIES = 4;
  private static final int COMPLETION_ENTRIES = 8;

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void aRingWithDeferredWorkOwesWhatTheModelOwes(@ForAll("actions") List<RingAction> actions)
      throws Exception {
    run(RingOptions.proactorDefaults(), actions);
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void aRingWithoutFlagsOwesWhatTheModelOwes(@ForAll("actions") List<RingAction> actions)
      throws Exception {
    run(RingOptions.builder().build(), actions);
  }

  private static void run(RingOptions options, List<RingAction> actions) throws UringException {
    RingOptions small =
        options.toBuilder()
            .submissionEntries(SUBMISSION_ENTRIES)
            .completionEntries(COMPLETION_ENTRIES)
            .build();
    try (RingModelHarness harness = new RingModelHarness(small)) {
      harness.run(actions);
    }
  }

  @Provide
  Arbitrary<List<RingAction>> actions() {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(2, Kind.NOP),
            Tuple.of(5, Kind.READ),
            Tuple.of(5, Kind.WRITE),
            Tuple.of(3, Kind.POLL),
            Tuple.of(2, Kind.SHORT_TIMER),
            Tuple.of(1, Kind.LONG_TIMER),
            Tuple.of(4, Kind.RECEIVE),
            Tuple.of(5, Kind.SEND),
            Tuple.of(4, Kind.CANCEL),
            Tuple.of(5, Kind.REFILL),
            Tuple.of(6, Kind.SUBMIT),
            Tuple.of(3, Kind.GET_EVENTS),
            Tuple.of(5, Kind.REAP));
    Arbitrary<RingAction> action =
        kinds.flatMap(
            kind ->
                Combinators.combine(channels(kind), amounts(kind))
                    .as((channel, amount) -> new RingAction(kind, channel, amount)));
    return action.list().ofMinSize(1).ofMaxSize(150);
  }

  private static Arbitrary<Integer> channels(Kind kind) {
    return switch (kind) {
      case READ, WRITE, POLL -> Arbitraries.integers().between(0, RingModelHarness.PIPES - 1);
      case CANCEL -> Arbitraries.integers().between(0, 150);
      default -> Arbitraries.just(0);
    };
  }

  private static Arbitrary<Integer> amounts(Kind kind) {
    return switch (kind) {
      case READ, WRITE -> Arbitraries.integers().between(1, 40);
      case SEND -> Arbitraries.integers().between(1, 6);
      case REFILL -> Arbitraries.integers().between(1, 4);
      case REAP -> Arbitraries.integers().between(1, 10);
      default -> Arbitraries.just(0);
    };
  }

  private static void assertNoticed(String wrong, Runnable completion) {
    AssertionError error = assertThrows(AssertionError.class, completion::run);
    assertTrue(error.getMessage().contains(wrong), error.getMessage());
  }

  @Test
  void theModelNoticesCompletionsThatAreDoubledStaleOrLost() {
    RingModel model = new RingModel(1, 1);
    model.prepared(Kind.NOP, 0, 0);
    assertNoticed("nothing that was prepared", () -> model.completed(1, 0, 0, null));
    assertEquals(1, model.unended().size());
    model.completed(0, 0, 0, null);
    assertNoticed("completed again", () -> model.completed(0, 0, 0, null));
    model.prepared(Kind.LONG_TIMER, 0, 0);
    assertNoticed("without being asked", () -> model.completed(1, -Errno.ECANCELED, 0, null));
  }

  @Test
  void theModelNoticesBytesThatAreLostOrDoubled() {
    RingModel model = new RingModel(1, 1);
    model.prepared(Kind.WRITE, 0, 4);
    model.prepared(Kind.READ, 0, 2);
    model.prepared(Kind.READ, 0, 2);
    model.completed(1, 2, 0, new byte[] {0, 1});
    assertNoticed("byte 2 of pipe 0 is 1", () -> model.completed(2, 2, 0, new byte[] {1, 2}));
  }

  @Test
  void theModelNoticesABufferThatTheKernelDoesNotHave() {
    RingModel model = new RingModel(1, 2);
    assertEquals(0, model.refill());
    model.prepared(Kind.RECEIVE, 0, 0);
    model.sent();
    int flags = CqeFlags.F_BUFFER | CqeFlags.F_MORE;
    int second = flags | 1 << 16;
    byte[] data = {0};
    assertNoticed("buffer 1, not 0", () -> model.completed(0, 1, second, data));
  }

  @Test
  void theModelNoticesThatBuffersWereThereAllTheTime() {
    RingModel model = new RingModel(1, 1);
    assertEquals(0, model.refill());
    model.prepared(Kind.RECEIVE, 0, 0);
    assertNoticed("ENOBUFS with buffers [0]", () -> model.completed(0, -Errno.ENOBUFS, 0, null));
  }
}
