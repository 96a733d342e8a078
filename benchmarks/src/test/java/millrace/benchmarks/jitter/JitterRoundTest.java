package millrace.benchmarks.jitter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import millrace.proactor.ProactorOptions;
import millrace.proactor.TimerPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JitterRoundTest {

  private static JitterOptions options(int timers) {
    return JitterOptions.parse(
        new String[] {
          "--timers", Integer.toString(timers),
          "--most-millis", "2",
          "--warm-up-seconds", "0.05",
          "--seconds", "0.2"
        });
  }

  @ParameterizedTest
  @EnumSource
  void aRoundRecordsTimersOfEachPolicy(TimerPolicy policy) throws Exception {
    JitterFigure figure = new JitterFigure(policy, false);
    new JitterRound(options(10), figure).run(1);
    assertTrue(figure.lateness().count() > 0, figure.lateness()::toString);
    assertTrue(figure.waitsPerSecond() > 0);
  }

  @Test
  void aTimerThatIsRefusedEndsTheReport() {
    int tooMany = ProactorOptions.defaults().maxOperationsInFlight() + 1;
    JitterFigure figure = new JitterFigure(TimerPolicy.KERNEL, false);
    IllegalStateException failed =
        assertThrows(
            IllegalStateException.class, () -> new JitterRound(options(tooMany), figure).run(1));
    assertEquals("KERNEL, idle: a handler failed", failed.getMessage());
    assertTrue(failed.getCause().getMessage().startsWith("the timer was refused"));
  }
}
