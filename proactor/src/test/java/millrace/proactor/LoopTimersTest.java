package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.metrics.LatencyHistogram;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.timers.MissedTicks;
import millrace.timers.PeriodicTimer;
import millrace.timers.Timer;
import org.junit.jupiter.api.Test;

/** The timers of a loop, whose clock stands still but for the test. */
@OnEveryBackend
class LoopTimersTest {
  private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();
  private static final long MILLISECOND_NANOS = 1_000_000;

  private static FaultyLoop frozenLoop() throws IOException {
    FaultyLoop loop = new FaultyLoop(64);
    loop.backend.freezeClock();
    return loop;
  }

  private static void start(FaultyLoop loop, Timer timer, long delayNanos) throws Exception {
    loop.run(() -> assertTrue(loop.proactor.startTimer(timer, delayNanos)));
  }

  private static void pass(FaultyLoop loop, long nanos) throws Exception {
    loop.backend.advance(nanos);
    loop.turns(2);
  }

  @Test
  void latenessIsFromTheDeadlineToTheReadingOfTheTurn() throws Exception {
    try (FaultyLoop loop = frozenLoop()) {
      start(loop, Timer.of((timer, now) -> {}), 10 * MILLISECOND_NANOS);
      start(loop, Timer.of((timer, now) -> {}), 40 * MILLISECOND_NANOS);
      pass(loop, 17 * MILLISECOND_NANOS);
      LatencyHistogram.Snapshot first = loop.proactor.timerLateness();
      assertEquals(1, first.count());
      assertEquals(7 * MILLISECOND_NANOS, first.maximumNanos());
      pass(loop, 25 * MILLISECOND_NANOS);
      LatencyHistogram.Snapshot both = loop.proactor.timerLateness();
      assertEquals(2, both.count());
      assertEquals(7 * MILLISECOND_NANOS, both.maximumNanos());
      assertAbout(2 * MILLISECOND_NANOS, both.percentileNanos(0.5));
      assertAbout(2 * MILLISECOND_NANOS, both.since(first).percentileNanos(1));
    }
  }

  private static void assertAbout(long nanos, long read) {
    assertTrue(read >= nanos && read <= nanos + nanos / 32, () -> read + ", not about " + nanos);
  }

  @Test
  void metricsCountWhatBecameOfEachTimer() throws Exception {
    try (FaultyLoop loop = frozenLoop()) {
      Timer cancelled = Timer.of((timer, now) -> {});
      Timer live = Timer.of((timer, now) -> {});
      start(loop, cancelled, HOUR_NANOS);
      start(loop, live, HOUR_NANOS);
      start(loop, live, 2 * HOUR_NANOS);
      for (int i = 0; i < 3; i++) {
        start(loop, Timer.of((timer, now) -> {}), i);
      }
      loop.run(() -> assertTrue(loop.proactor.cancelTimer(cancelled)));
      pass(loop, 2 * MILLISECOND_NANOS);
      ProactorMetrics metrics = loop.proactor.metrics();
      assertEquals(5, metrics.timersStarted());
      assertEquals(3, metrics.timersFired());
      assertEquals(1, metrics.timersCancelled());
      assertEquals(1, metrics.timersLive());
      assertEquals(0, metrics.timersRefused());
    }
  }

  @Test
  void turnsThatFindWorkAreNoWakeUps() throws Exception {
    try (LoopFixture loop = LoopFixture.start(options -> options.taskBudget(1))) {
      CompletableFuture<long[]> counted = new CompletableFuture<>();
      int rounds = 1000;
      loop.run(() -> again(loop.proactor(), rounds, loop.proactor().metrics(), counted));
      long[] turnsAndWaits = loop.await(counted);
      assertTrue(turnsAndWaits[0] >= rounds, () -> "turns: " + turnsAndWaits[0]);
      assertEquals(0, turnsAndWaits[1], "waits");
    }
  }

  private static void again(
      Proactor proactor, int left, ProactorMetrics before, CompletableFuture<long[]> counted) {
    if (left > 0) {
      proactor.execute(() -> again(proactor, left - 1, before, counted));
    } else {
      ProactorMetrics now = proactor.metrics();
      counted.complete(new long[] {now.turns() - before.turns(), now.waits() - before.waits()});
    }
  }

  @Test
  void missedTicksFireOnceOrEachAsTheTimerWasMade() throws Exception {
    try (FaultyLoop loop = frozenLoop()) {
      int[] fired = new int[2];
      long period = 10 * MILLISECOND_NANOS;
      PeriodicTimer skipping =
          PeriodicTimer.fixedRate(period, MissedTicks.SKIP, (timer, now) -> fired[0]++);
      PeriodicTimer firing =
          PeriodicTimer.fixedRate(period, MissedTicks.FIRE_EACH, (timer, now) -> fired[1]++);
      start(loop, skipping, period);
      start(loop, firing, period);
      pass(loop, 38 * MILLISECOND_NANOS);
      loop.turns(5);
      loop.run(
          () -> {
            assertEquals(1, fired[0]);
            assertEquals(2, skipping.missedCount());
            assertEquals(3, fired[1]);
          });
      pass(loop, 4 * MILLISECOND_NANOS);
      loop.run(
          () -> {
            assertEquals(2, fired[0], "at the next instant of its phase");
            assertEquals(4, fired[1]);
          });
    }
  }

  @Test
  void aFixedDelayCountsFromTheTurnThatFired() throws Exception {
    try (FaultyLoop loop = frozenLoop()) {
      List<Long> firedAfterNanos = new ArrayList<>();
      long period = 10 * MILLISECOND_NANOS;
      long begin = loop.proactor.nanoTime();
      PeriodicTimer timer =
          PeriodicTimer.fixedDelay(
              period,
              (self, now) -> {
                firedAfterNanos.add(now - begin);
                if (firedAfterNanos.size() == 2) {
                  // From inside the own handler: this replaces the deadline that it has by now.
                  assertTrue(loop.proactor.startTimer(self, 3 * period));
                } else if (firedAfterNanos.size() == 3) {
                  assertTrue(loop.proactor.cancelTimer(self));
                }
              });
      start(loop, timer, period);
      for (int millis = 0; millis < 120; millis++) {
        pass(loop, 12 * MILLISECOND_NANOS / 10);
      }
      loop.run(() -> {});
      assertEquals(3, firedAfterNanos.size(), firedAfterNanos::toString);
      long[] least = {period, firedAfterNanos.get(0) + period, firedAfterNanos.get(1) + 3 * period};
      for (int i = 0; i < least.length; i++) {
        // A tick, and the step of the clock.
        long late = firedAfterNanos.get(i) - least[i];
        assertTrue(late >= 0 && late < 3 * MILLISECOND_NANOS, i + " late by " + late);
      }
    }
  }

  /** Does not finish when it is asked to. */
  private static final class Stubborn implements ConnectionHandler {
    final CompletableFuture<Void> toldToDrain = new CompletableFuture<>();
    final StreamConnection connection;

    Stubborn(StreamConnection connection) {
      this.connection = connection;
    }

    @Override
    public void received(StreamConnection from, BufferSlice data) {}

    @Override
    public void draining(StreamConnection from) {
      toldToDrain.complete(null);
    }
  }

  @Test
  void timersGoOnWhileConnectionsFinishAndAreCancelledThen() throws Exception {
    try (FaultyLoop loop = frozenLoop();
        Socket peer = new Socket()) {
      CompletableFuture<Stubborn> accepted = new CompletableFuture<>();
      TcpListener listener =
          TcpListener.bind(
              loop.proactor,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              TcpListenerOptions.defaults(),
              connection -> {
                Stubborn handler = new Stubborn(connection);
                accepted.complete(handler);
                return handler;
              });
      peer.connect(listener.localAddress());
      Stubborn stubborn = FaultyLoop.await(accepted);
      start(loop, Timer.of((timer, now) -> stubborn.connection.abort()), 1_000_000_000);
      start(loop, Timer.of((timer, now) -> {}), HOUR_NANOS);
      CompletionStage<ShutdownReport> shutdown = loop.proactor.shutdown(Duration.ofMinutes(1));
      FaultyLoop.await(stubborn.toldToDrain);
      loop.backend.advance(1_002_000_000);
      loop.backend.wake();
      ShutdownReport report = FaultyLoop.await(shutdown);
      assertEquals(new ShutdownReport(true, 0, 0, 0, 1, 0, null), report);
    }
  }

  @Test
  void noTimerFiresWhileWhatIsLeftIsEndedByForce() throws Exception {
    FaultyLoop loop = new FaultyLoop(64);
    List<Timer> fired = new ArrayList<>();
    // The loop waits ten seconds for an operation that never completes; the clock jumps over them.
    start(loop, Timer.of((timer, now) -> fired.add(timer)), 5_000_000_000L);
    loop.backend.swallow(operation -> operation.kind == OperationKind.NOP);
    loop.run(() -> loop.proactor.operations().nop((context, a, result, flags) -> {}, 0, null));
    ShutdownReport report = loop.abandon();
    loop.proactor.awaitTermination();
    assertEquals(new ShutdownReport(false, 0, 1, 0, 1, 0, null), report);
    assertEquals(List.of(), fired);
  }

  @Test
  void timersOfALoopThatFailsAreCountedAsCancelled() throws Exception {
    FaultyLoop loop = frozenLoop();
    List<Timer> fired = new ArrayList<>();
    start(loop, Timer.of((timer, now) -> fired.add(timer)), HOUR_NANOS);
    start(loop, Timer.of((timer, now) -> fired.add(timer)), 2 * HOUR_NANOS);
    IOException failure = new IOException("by the test");
    loop.backend.failTurn(failure);
    loop.backend.wake();
    ShutdownReport report = FaultyLoop.await(loop.proactor.shutdown(Duration.ZERO));
    loop.proactor.awaitTermination();
    assertSame(failure, report.failure());
    assertEquals(0, report.timersFired());
    assertEquals(2, report.timersCancelled());
    assertEquals(2, loop.proactor.metrics().timersCancelled());
    assertEquals(List.of(), fired);
  }
}
