package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.FaultyBackend;
import millrace.proactor.backend.OperationTable;

/** A loop on a backend in which a test lets things fail. */
final class FaultyLoop implements AutoCloseable {

  /** Longer than the loop waits for operations that were cancelled. */
  private static final long JUMP_NANOS = Duration.ofSeconds(11).toNanos();

  final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
  final FaultyBackend backend;
  final Proactor proactor;

  FaultyLoop(int maxOperationsInFlight) throws IOException {
    this(maxOperationsInFlight, UnaryOperator.identity());
  }

  FaultyLoop(int maxOperationsInFlight, UnaryOperator<ProactorOptions.Builder> changes)
      throws IOException {
    OperationTable table = new OperationTable(maxOperationsInFlight);
    backend = new FaultyBackend(BackendUnderTest.current().open(table));
    ProactorOptions options =
        changes
            .apply(ProactorOptions.builder())
            .name("faulty")
            .maxOperationsInFlight(maxOperationsInFlight)
            .failureHandler(failures::add)
            .build();
    proactor = Proactor.start(options, table, backend);
  }

  static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  void run(Runnable action) throws Exception {
    await(CompletableFuture.runAsync(action, proactor::execute));
  }

  /** Returns when the loop has turned {@code count} times: one turn may run many tasks. */
  void turns(int count) throws Exception {
    long end = proactor.metrics().turns() + count;
    while (proactor.metrics().turns() <= end) {
      run(() -> {});
    }
  }

  /** As {@link #turns}, of a loop that may end meanwhile, once {@code unless} is complete. */
  void turnsUnless(CompletableFuture<?> unless, int count) {
    long end = proactor.metrics().turns() + count;
    while (proactor.metrics().turns() <= end && !unless.isDone()) {
      backend.wake();
      Thread.onSpinWait();
    }
  }

  /** Ends the loop without waiting for what the backend never completes. */
  ShutdownReport abandon() throws Exception {
    backend.jumpAtCancelAll(JUMP_NANOS);
    return await(proactor.shutdown(Duration.ZERO));
  }

  @Override
  public void close() {
    backend.jumpAtCancelAll(JUMP_NANOS);
    proactor.close();
    assertEquals(List.of(), failures);
  }
}
