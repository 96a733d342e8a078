package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import millrace.timers.Timer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How many timers a loop takes, and what happens beyond. */
class TimerLimitTest {
  private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

  /** Kept, as loggers are only weakly referred to. */
  private final Logger logger = Logger.getLogger("millrace.proactor");

  private final List<String> warnings = new CopyOnWriteArrayList<>();

  private final Handler recorder =
      new Handler() {
        @Override
        public void publish(LogRecord message) {
          if (message.getLevel().equals(Level.WARNING)) {
            warnings.add(message.getMessage());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void record() {
    logger.addHandler(recorder);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void stopRecording() {
    logger.removeHandler(recorder);
    logger.setUseParentHandlers(true);
  }

  private static int limit(UnaryOperator<ProactorOptions.Builder> options) {
    return options.apply(ProactorOptions.builder()).build().maxTimers();
  }

  @Test
  void thereAreTwiceAsManyTimersAsOperationsUnlessToldOtherwise() {
    assertEquals(65_536, ProactorOptions.defaults().maxTimers());
    assertEquals(32, limit(options -> options.maxOperationsInFlight(16)));
    assertEquals(1 << 21, limit(options -> options.maxOperationsInFlight(1 << 20)));
    assertEquals(7, limit(options -> options.maxTimers(7).maxOperationsInFlight(16)));
    assertEquals(7, limit(options -> options.maxOperationsInFlight(16).maxTimers(7)));
  }

  @Test
  void aLimitOutsideOfItsRangeIsRefusedByName() {
    for (int value : new int[] {-1, 0, (1 << 28) + 1}) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> limit(options -> options.maxTimers(value)));
      assertEquals("maxTimers: " + value + ", must be 1..268435456", refused.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theFirstRefusalOfALoopIsLoggedAndAllAreCounted(TimerPolicy policy) throws Exception {
    try (LoopFixture loop =
        LoopFixture.start(o -> o.name("small-loop").timerPolicy(policy).maxTimers(2))) {
      Timer[] timers = new Timer[4];
      loop.run(
          () -> {
            for (int i = 0; i < timers.length; i++) {
              timers[i] = Timer.of((timer, now) -> {});
              assertEquals(i < 2, loop.proactor().startTimer(timers[i], HOUR_NANOS));
            }
            assertFalse(loop.proactor().startTimer(timers[3], HOUR_NANOS, HOUR_NANOS));
            assertFalse(timers[3].isStarted());
          });
      assertEquals(1, warnings.size(), warnings::toString);
      String warning = warnings.get(0);
      assertTrue(warning.startsWith("small-loop: a timer was refused: 2 are started, "), warning);
      assertTrue(warning.contains("ProactorOptions.maxTimers"), warning);
      loop.until("counted", () -> loop.proactor().metrics().timersRefused() == 3);
      loop.run(
          () -> {
            assertTrue(loop.proactor().cancelTimer(timers[0]));
            assertTrue(loop.proactor().startTimer(timers[3], HOUR_NANOS), "there is room again");
          });
    }
  }

  @Test
  void aRefusalForWantOfAnOperationSaysSo() throws Exception {
    try (LoopFixture loop =
        LoopFixture.start(o -> o.timerPolicy(TimerPolicy.KERNEL).maxOperationsInFlight(16))) {
      loop.run(
          () -> {
            Timer timer = Timer.of((self, now) -> {});
            int restarts = 0;
            // The kernel has the timeout of each until its completion is reaped.
            while (loop.proactor().startTimer(timer, HOUR_NANOS)) {
              restarts++;
            }
            assertEquals(16, restarts);
          });
      assertEquals(1, warnings.size(), warnings::toString);
      assertTrue(
          warnings.get(0).contains("0 are started, and TimerPolicy.KERNEL has no operation"),
          warnings.get(0));
    }
  }
}
