package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The turn: waits, wake-ups, limits, order, and what handlers may do meanwhile. */
@BackendContract
class TurnContractTest {

  private final Peers peers = new Peers();
  private BackendFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  @Test
  void aWakeUpEndsTheWaitUnderWayOrTheNextOne() throws Exception {
    for (int round = 0; round < 200; round++) {
      long before = fixture.backend.statistics().wakeUps.get();
      peers.surroundings.wakeSoon(fixture.backend);
      // Without limit: only the wake-up ends it.
      fixture.turnUntilWoken(before);
    }
  }

  @Test
  void aWaitEndsWhenItsTimeIsOver() throws Exception {
    for (long timeout : new long[] {1, 1000, 999_999, 1_000_000, 7_654_321}) {
      long before = peers.surroundings.nanoTime();
      // A signal may end one early.
      while (peers.surroundings.nanoTime() - before < timeout) {
        assertEquals(0, fixture.turn(timeout, 100));
      }
    }
  }

  @Test
  void aTurnThatHasDeliveredSomethingDoesNotWaitForMore() throws Exception {
    int listener = peers.listener();
    peers.connect(peers.address(listener));
    long accept = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    // Without limit: what is told of may be all there is to come.
    while (fixture.completions(accept).isEmpty()) {
      fixture.turn(-1, 100);
    }
    peers.keep(fixture.completions(accept).get(0).result());
    int[] pipe = peers.pipe();
    peers.write(pipe[1], "x");
    long read = fixture.transfer(OperationKind.READ, pipe[0], BufferSlice.unpooled(8), -1);
    while (!fixture.hasEnded(read)) {
      fixture.turn(-1, 100);
    }
    assertEquals(1, fixture.last(read).result());
  }

  @Test
  void aNopEndsWithZero() throws Exception {
    assertEquals(0, fixture.await(fixture.submit(OperationKind.NOP, -1)));
  }

  @Test
  @NotOn(
      value = BackendUnderTest.SIMULATED,
      because = "completions of different operations come in any order there")
  void operationsThatEndAtOnceEndInTheirOrder() throws Exception {
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      tokens.add(fixture.submit(OperationKind.NOP, -1));
    }
    fixture.await(tokens.get(49));
    assertEquals(tokens, fixture.order());
  }

  @Test
  void aTurnDeliversNoMoreThanItsLimitAndLosesNothing() throws Exception {
    int listener = peers.listener();
    for (int i = 0; i < 20; i++) {
      peers.connect(peers.address(listener));
    }
    int[] pipe = peers.pipe();
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tokens.add(fixture.submit(OperationKind.NOP, -1));
      BufferSlice buffer = BufferSlice.unpooled(1);
      tokens.add(fixture.transfer(OperationKind.READ, pipe[0], buffer, -1));
    }
    long accept = fixture.submit(OperationKind.ACCEPT_MULTISHOT, listener);
    peers.write(pipe[1], "x".repeat(20));
    int delivered = 0;
    while (delivered < 60) {
      int count = fixture.turn(BackendFixture.MOMENT_NANOS, 3);
      assertTrue(count <= 3, () -> "delivered " + count);
      // The backend's own completions count on io_uring.
      delivered =
          fixture.completions(accept).size()
              + (int) tokens.stream().filter(fixture::hasEnded).count();
    }
    fixture.completions(accept).forEach(each -> peers.keep(each.result()));
    assertEquals(20, fixture.completions(accept).size());
  }

  @Test
  void handlersMaySubmitAndCancelWhateverTheyAreToldOf() throws Exception {
    int[] pipe = peers.pipe();
    BufferSlice buffer = BufferSlice.unpooled(8);
    List<Long> reads = new ArrayList<>();
    List<Long> nops = new ArrayList<>();
    fixture.onCompletion(
        token -> {
          if (nops.size() < 30) {
            reads.forEach(fixture::cancel);
            reads.add(fixture.transfer(OperationKind.READ, pipe[0], buffer, -1));
            fixture.backend.cancelDescriptor(pipe[0]);
            nops.add(fixture.submit(OperationKind.NOP, -1));
          }
        });
    nops.add(fixture.submit(OperationKind.NOP, -1));
    fixture.turnUntil(
        "all ended",
        () ->
            nops.size() == 30
                && reads.stream().allMatch(fixture::hasEnded)
                && nops.stream().allMatch(fixture::hasEnded));
    assertTrue(reads.size() >= 29);
  }

  @Test
  void dataThatNobodyWaitsForDoesNotKeepTheLoopTurning() throws Exception {
    int[] pair = peers.connection();
    int[] pipe = peers.pipe();
    BufferSlice buffer = BufferSlice.unpooled(8);
    long receive = fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0);
    long read = fixture.transfer(OperationKind.READ, pipe[0], buffer, -1);
    fixture.letWait(receive, read);
    fixture.cancel(receive);
    fixture.cancel(read);
    assertEquals("ECANCELED", fixture.error(receive));
    assertEquals("ECANCELED", fixture.error(read));
    for (int round = 0; round < 5; round++) {
      peers.write(pair[0], "x");
      peers.write(pipe[1], "x");
      // The first events may still be told of.
      fixture.letWait();
      long before = fixture.backend.statistics().wakeUps.get();
      int turns = 0;
      peers.surroundings.wakeSoon(fixture.backend);
      while (fixture.backend.statistics().wakeUps.get() == before) {
        fixture.turn(-1, 100);
        turns++;
      }
      assertTrue(turns <= 2, turns + " turns");
    }
  }

  @Test
  void theClockIsMonotonicAndInNanoseconds() {
    long before = peers.surroundings.nanoTime();
    long time = fixture.backend.nanoTime();
    assertTrue(time - before >= 0 && peers.surroundings.nanoTime() - time >= 0);
  }

  @Test
  void oneDescriptorThatIsAlwaysReadyDoesNotKeepTheOthersWaiting() throws Exception {
    int[] flood = peers.connection();
    int[] quiet = peers.connection();
    var group = fixture.backend.provideBuffers(64);
    BufferSlice[] slices = new BufferSlice[64];
    for (int id = 0; id < 64; id++) {
      slices[id] = BufferSlice.unpooled(16);
      group.add(slices[id].address(), 16, id);
    }
    group.publish();
    // What was received is filled up again at once: the flood never ends.
    fixture.onCompletion(
        token -> {
          var last = fixture.last(token);
          if ((last.flags() & millrace.uring.CqeFlags.F_BUFFER) != 0) {
            int id = millrace.uring.CqeFlags.bufferId(last.flags());
            group.add(slices[id].address(), 16, id);
            group.publish();
            peers.write(flood[0], "x".repeat(16));
          }
        });
    long flooded = fixture.submit(OperationKind.RECEIVE_MULTISHOT, flood[1]);
    peers.write(flood[0], "x".repeat(1000));
    fixture.turnUntil("a flood", () -> fixture.completions(flooded).size() > 100);
    for (int round = 0; round < 10; round++) {
      BufferSlice buffer = BufferSlice.unpooled(8);
      long receive = fixture.transfer(OperationKind.RECEIVE, quiet[1], buffer, 0);
      peers.write(quiet[0], "ping");
      assertEquals(4, fixture.await(receive));
    }
    fixture.onCompletion(token -> {});
    fixture.cancel(flooded);
    fixture.turnUntil("the end of the flood", () -> fixture.hasEnded(flooded));
  }
}
