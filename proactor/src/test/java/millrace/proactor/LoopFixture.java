package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * A running loop for a test, which ends with a look at what the loop leaves behind: no failed
 * handler, no stale completion, no buffer out, no operation abandoned.
 */
public final class LoopFixture implements AutoCloseable {

  /** Generous: a test that gets here has failed, and says what the loop was doing. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Proactor proactor;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private boolean failuresExpected;
  private boolean closed;

  private LoopFixture(UnaryOperator<ProactorOptions.Builder> options) throws IOException {
    proactor =
        Proactor.start(
            options.apply(ProactorOptions.builder()).failureHandler(failures::add).build());
  }

  public static LoopFixture start() throws IOException {
    return start(UnaryOperator.identity());
  }

  public static LoopFixture start(UnaryOperator<ProactorOptions.Builder> options)
      throws IOException {
    return new LoopFixture(options);
  }

  public Proactor proactor() {
    return proactor;
  }

  /** What handlers have thrown; the test expects some. */
  public List<Throwable> expectedFailures() {
    failuresExpected = true;
    return failures;
  }

  /** Runs {@code action} on the loop thread and gives its result. */
  public <T> T call(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    proactor.execute(
        () -> {
          try {
            result.complete(action.call());
          } catch (Throwable t) {
            result.completeExceptionally(t);
          }
        });
    return await(result);
  }

  public void run(Runnable action) {
    call(
        () -> {
          action.run();
          return null;
        });
  }

  /** The result of {@code stage}, within the limit; otherwise the loop's state. */
  public <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return fail("nothing happened; " + state(), e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new AssertionError(state() + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Waits until {@code condition}, looked at on the loop thread once a turn, is true. */
  public void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!call(condition::getAsBoolean)) {
      if (System.nanoTime() > end) {
        fail("not in time: " + what + "; " + state());
      }
    }
  }

  public String state() {
    return proactor.metrics() + ", failures " + failures;
  }

  /** Ends the loop and gives its report; for tests that look at it themselves. */
  public ShutdownReport shutdown(Duration drain) {
    closed = true;
    return await(proactor.shutdown(drain));
  }

  @Override
  public void close() {
    if (!closed) {
      ShutdownReport report = shutdown(Duration.ofSeconds(20));
      assertEquals(
          new ShutdownReport(true, 0, 0, 0, report.timersCancelled(), 0, null), report, state());
    }
    try {
      proactor.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!failuresExpected) {
      assertEquals(List.of(), failures);
    }
    assertEquals(0, proactor.metrics().staleCompletions(), "stale completions");
  }
}
