package millrace.examples;

import java.io.PrintWriter;
import java.time.Duration;
import millrace.proactor.Proactor;
import millrace.proactor.ShutdownReport;

/** Keeps a server running until a signal, then shuts it down. */
public final class Service {
  private Service() {}

  /**
   * Tells that the server is ready, and returns when {@code proactor} has ended after SIGTERM or
   * SIGINT.
   *
   * @param ready one line for {@code out}
   * @param drain how long connections may finish
   * @throws CommandFailure when the loop ended because of a failure
   */
  public static void runUntilSignal(
      Proactor proactor, Duration drain, PrintWriter out, String ready) throws CommandFailure {
    // First: whoever waits for the line may send the signal as soon as it is there.
    TerminationSignals.onFirst(() -> proactor.shutdown(drain));
    out.println(ready);
    out.flush();
    try {
      proactor.awaitTermination();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      proactor.close();
    }
    ShutdownReport report = proactor.shutdown(drain).toCompletableFuture().join();
    if (report.failure() != null) {
      throw new CommandFailure("the event loop has failed: " + report.failure(), report.failure());
    }
  }
}
